"""The routes of the steps that staff take.

Each is open to all staff; one out of order or by the wrong role is refused and leaves an alert.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import Field

from chalicelib.cases.api.part_views import HandledPart, handled_parts
from chalicelib.cases.api.staff import ALL_STAFF
from chalicelib.cases.api.views import CaseState, case_state
from chalicelib.cases.domain import (
    AlreadyClaimed,
    Case,
    FeeUnpaid,
    OriginalsMissing,
    PartsOpen,
    Remark,
    StepName,
    StepRequest,
)
from chalicelib.cases.domain.authority import AuthorityUnchecked
from chalicelib.cases.service import processing
from chalicelib.certificates.domain.errors import CertificateNotValid
from chalicelib.core.errors import StaleVersion, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import BodyModel, Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.registers.domain import LookupExpired

routes: Final = Routes("admin_cases")


class RemarkGiven(BodyModel):
    """One thing to correct: where, as the one-time notice says it, and what."""

    pointer: Annotated[str, text(200, 0)]
    detail: Annotated[str, text(300, lines=True)]


class StepTaken(BodyModel):
    """The version that was seen, the reason, and for a correction request what is to correct."""

    version: Annotated[int, Field(ge=1)] | None = None
    note: Annotated[str, text(500, 0, lines=True)] | None = None
    items: Annotated[list[RemarkGiven], Field(max_length=50, default_factory=list)]


class HandledState(CaseState):
    """A case without what was applied for, and who handles it and its parts."""

    claimed_by: str | None
    handled_parts: list[HandledPart]


_STEP_ERRORS: Final = (
    WrongStatus,
    StaleVersion,
    AlreadyClaimed,
    AuthorityUnchecked,
    CertificateNotValid,
    LookupExpired,
    FeeUnpaid,
    OriginalsMissing,
    PartsOpen,
    SecondPersonNeeded,
)
_View = Callable[[Request[StepTaken], str], Response]


def _step(name: StepName) -> Callable[[_View], _View]:
    return routes.post(
        f"/v1/admin/cases/{{case_id}}/{name}",
        auth=ALL_STAFF,
        body=StepTaken,
        response=HandledState,
        errors=_STEP_ERRORS,
        idempotent=True,
    )


def _take(request: Request[StepTaken], case_id: str, name: StepName) -> Response:
    body = request.input
    items = tuple(Remark(item.pointer, item.detail) for item in body.items)
    step = StepRequest(name, body.version, body.note, items)
    applied = processing.step(request.staff, case_id, step, request.attempt, request.now)
    return replayed(handled_state(applied.new, request), again=applied.replayed)


def handled_state(case: Case, request: Request[Any]) -> HandledState:
    """Present what a step makes of a case."""
    return HandledState(
        **case_state(case, request.lang),
        claimed_by=case.claimed_by,
        handled_parts=handled_parts(case, request.lang, request.now),
    )


@_step("precheck")
def precheck(request: Request[StepTaken], case_id: str) -> Response:
    """Say that what was lodged looks right, so that originals can come; once."""
    return _take(request, case_id, "precheck")


@_step("claim")
def claim(request: Request[StepTaken], case_id: str) -> Response:
    """Take a case on."""
    return _take(request, case_id, "claim")


@_step("release")
def release(request: Request[StepTaken], case_id: str) -> Response:
    """Give a case back to the hall."""
    return _take(request, case_id, "release")


@_step("accept")
def accept(request: Request[StepTaken], case_id: str) -> Response:
    """Accept an application."""
    return _take(request, case_id, "accept")


@_step("decline")
def decline(request: Request[StepTaken], case_id: str) -> Response:
    """Decline an application; `note` says why."""
    return _take(request, case_id, "decline")


@_step("request-correction")
def request_correction(request: Request[StepTaken], case_id: str) -> Response:
    """Ask the citizen to correct; `items` say what."""
    return _take(request, case_id, "request-correction")


@_step("review")
def review(request: Request[StepTaken], case_id: str) -> Response:
    """Take a case under review."""
    return _take(request, case_id, "review")


@_step("approve")
def approve(request: Request[StepTaken], case_id: str) -> Response:
    """Approve an application."""
    return _take(request, case_id, "approve")


@_step("reject")
def reject(request: Request[StepTaken], case_id: str) -> Response:
    """Reject an application; `note` says why."""
    return _take(request, case_id, "reject")


@_step("issue")
def issue(request: Request[StepTaken], case_id: str) -> Response:
    """Issue the result."""
    return _take(request, case_id, "issue")


@_step("complete")
def complete(request: Request[StepTaken], case_id: str) -> Response:
    """End a case whose result was handed over."""
    return _take(request, case_id, "complete")


@_step("check-authority")
def check_authority(request: Request[StepTaken], case_id: str) -> Response:
    """Record that a parent was asked at the visit or the door; `note` says how."""
    return _take(request, case_id, "check-authority")
