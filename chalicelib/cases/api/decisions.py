"""The routes of staff about machines: their decisions, people's word on these, the switches."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.cases.api.staff import ALL_STAFF
from chalicelib.cases.api.steps import HandledState, handled_state
from chalicelib.cases.domain import receipt_of
from chalicelib.cases.domain.automated import DecisionOutcome, Verdict
from chalicelib.cases.domain.decision_list import DecisionFilter, ListedDecision
from chalicelib.cases.domain.machine import Machine
from chalicelib.cases.service import decision_reviews, machine_switch
from chalicelib.cases.service.decision_reviews import Replayed, ReviewWord
from chalicelib.core import auth, dependencies
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor, NotFound, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    PendingView,
    QueryModel,
    Request,
    Response,
    WholeList,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import text

routes: Final = Routes("admin_decisions")

_DESK: Final = auth.staff("clerk", "supervisor", "admin")
_ABOVE: Final = auth.staff("supervisor", "admin")


class DecisionQuery(QueryModel):
    """Which decisions: of a service, of an outcome, of a sample, with a person's word."""

    service_id: Id | None = None
    outcome: DecisionOutcome | None = None
    verdict: Verdict | None = None
    sampled: bool | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class DecisionView(BodyModel):
    """What a machine decided; nothing personal. A `sampled` one is a person's to look at as well.

    `verdict` is null until somebody has.
    """

    case_id: str
    receipt_number: str
    service_id: str
    office_id: str
    ruleset_version: str
    outcome: DecisionOutcome
    at: str
    sampled: bool
    verdict: Verdict | None


class DecisionList(BodyModel):
    """Decisions of one page, newest first."""

    items: list[DecisionView]
    next_cursor: str | None


class ReplayedRule(BodyModel):
    """A rule, whether it held, and whether it holds again; null once the facts were erased."""

    rule_id: str
    passed: bool
    again: bool | None


class ReplayedDecision(DecisionView):
    """A decision, decided again by its own version of the rules and its own facts."""

    results: list[ReplayedRule]
    same: bool | None


class VerdictGiven(BodyModel):
    """Whether one agrees with a machine's yes; a no says why."""

    verdict: Verdict
    note: Annotated[str, text(500, 0, lines=True)] | None = None


class MachineSwitch(BodyModel):
    """Whether a machine is to decide, and why."""

    enabled: bool
    reason: Annotated[str, text(200, lines=True)]


class MachineView(BodyModel):
    """The switch of a service's machine; `pending` is the word of the first who wants it on.

    `disagreements` are those of the last days that were counted.
    """

    service_id: str
    enabled: bool
    pending: PendingView | None
    disagreements: int


class MachineList(WholeList):
    """The switches of all services that have rules."""

    items: list[MachineView]


@routes.get(
    "/v1/admin/decisions",
    auth=ALL_STAFF,
    body=DecisionQuery,
    response=DecisionList,
    errors=[InvalidCursor],
)
def list_decisions(request: Request[DecisionQuery]) -> DecisionList:
    """List what machines decided in one's halls, newest first, with what people say of it."""
    asked = request.input
    wanted = DecisionFilter(asked.service_id, asked.outcome, asked.verdict, asked.sampled)
    page = dependencies.cursors().page(
        f"decisions/{request.staff.staff_id}/{wanted}",
        asked.cursor,
        lambda position: decision_reviews.list_decisions(
            request.staff, wanted, position, asked.limit
        ),
    )
    return DecisionList(items=[_listed(one) for one in page.items], next_cursor=page.next_cursor)


@routes.get(
    "/v1/admin/decisions/{case_id}", auth=ALL_STAFF, response=ReplayedDecision, errors=[NotFound]
)
def show(request: Request[QueryModel], case_id: str) -> ReplayedDecision:
    """Show a decision, decided again by its own version of the rules."""
    return _replayed(decision_reviews.show(request.staff, case_id))


@routes.post(
    "/v1/admin/decisions/{case_id}/verdict",
    auth=_DESK,
    body=VerdictGiven,
    response=HandledState,
    errors=[NotFound, WrongStatus],
    idempotent=True,
)
def review(request: Request[VerdictGiven], case_id: str) -> Response:
    """Say whether one agrees with a machine's yes; three who do not switch the machine off."""
    word = ReviewWord(request.input.verdict, request.input.note)
    applied = decision_reviews.review(request.staff, case_id, word, request.attempt, request.now)
    return replayed(handled_state(applied.new, request), again=applied.replayed)


@routes.get("/v1/admin/machines", auth=ALL_STAFF, response=MachineList)
def list_machines(_: Request[QueryModel]) -> MachineList:
    """List the switches of all services that a machine decides."""
    return MachineList(items=[_machine(one) for one in machine_switch.machines()])


@routes.put(
    "/v1/admin/services/{service_id}/machine",
    auth=_ABOVE,
    body=MachineSwitch,
    response=MachineView,
    errors=[NotFound, SecondPersonNeeded],
    two_persons=True,
)
def switch(request: Request[MachineSwitch], service_id: str) -> Response:
    """Switch a service's machine off at once, or on by two persons."""
    machine = machine_switch.set_enabled(
        request.staff,
        service_id,
        enabled=request.input.enabled,
        reason=request.input.reason,
        now=request.now,
    )
    return Response(_machine(machine), 202 if machine.asked else 200)


def _listed(one: ListedDecision) -> DecisionView:
    return DecisionView(
        case_id=one.case_id,
        receipt_number=receipt_of(one.case_id),
        service_id=one.service_id,
        office_id=one.office_id,
        ruleset_version=one.ruleset_version,
        outcome=one.outcome,
        at=rfc3339(one.at),
        sampled=one.sampled,
        verdict=one.verdict,
    )


def _replayed(found: Replayed) -> ReplayedDecision:
    case, decision = found.case, found.decision
    again = {one.rule_id: one.passed for one in found.results or ()}
    return ReplayedDecision(
        case_id=case.case_id,
        receipt_number=case.receipt_number,
        service_id=case.service_id,
        office_id=decision.office_id,
        ruleset_version=decision.ruleset_version,
        outcome=decision.outcome,
        at=rfc3339(decision.at),
        sampled=decision.sampled,
        verdict=decision.verdict,
        results=[
            ReplayedRule(rule_id=one.rule_id, passed=one.passed, again=again.get(one.rule_id))
            for one in decision.results
        ],
        same=found.results == decision.results if found.results is not None else None,
    )


def _machine(machine: Machine) -> MachineView:
    return MachineView(
        service_id=machine.service_id,
        enabled=machine.enabled,
        pending=PendingView.of(machine.asked),
        disagreements=len(machine.disagreements),
    )
