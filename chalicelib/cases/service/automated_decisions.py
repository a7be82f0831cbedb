"""A machine decides what is lodged, by the service's rules: it says yes, or refers to a person.

It hears of a case by its event, and `functions.reconcile_events` sees to it that it has: each case
is decided once, for what it decided is kept in the case, in one write with the history. What could
not be asked leaves the rules about it unfulfilled, and the case to a person. A process that stops
before that write has changed nothing, and the event comes again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Final, TypeVar

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, CaseFile, CaseStatus, alerts
from chalicelib.cases.domain.automated import (
    AutomatedDecision,
    Circumstances,
    RuleResult,
    facts_of,
    outcome_of,
)
from chalicelib.cases.domain.originals import unchecked
from chalicelib.cases.service import changes, encryption, evidence, fees, lookups, staff_scope
from chalicelib.cases.service.applicant import applicant_of, is_in_doubt
from chalicelib.catalogue.domain import Ruleset, Service
from chalicelib.core import expressions, secret_code
from chalicelib.core.changes import Author, apply
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import NotFound, Problem
from chalicelib.core.events import Event
from chalicelib.core.id_documents import document_of
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import problem_of
from chalicelib.registers import service as registers

ACTOR: Final = "system:machine"
# No machine takes these steps, and so none of them is what a fee can wait for.
_SKIPPED: Final = frozenset({"accept", "review", "approve"})
_UNAVAILABLE: Final = 503
T = TypeVar("T")


def decide(event: Event, now: datetime) -> None:
    """Decide the case of an event, if a machine is to. Idempotent."""

    def decide_file(file: CaseFile) -> changes.DecidedFile | None:
        service = _service_that_decides(file.case)
        form = encryption.open_form(file.case.case_id, file.body.form)
        if service is None or service.ruleset is None or form is None:
            return None
        ruleset, today = service.ruleset, office_time(now).date()
        facts = facts_of(ruleset.fields, form, _circumstances(file, service, now), today)
        results = evaluated(ruleset, facts)
        _keep(ruleset)
        sealed = encryption.seal_facts(file.case.case_id, facts)
        return _decided(file, ruleset, results, sealed, now)

    if _may_concern(event):
        apply(lambda: _load(event.subject), decide_file, changes.store_file, Author(ACTOR, now))


def is_decided(event: Event) -> bool:
    """Tell whether a machine has nothing to decide in the case of an event."""
    return not _may_concern(event) or _service_that_decides(_load(event.subject).case) is None


def evaluated(ruleset: Ruleset, facts: dict[str, object]) -> tuple[RuleResult, ...]:
    """Return which rules hold."""
    return tuple(
        RuleResult(one.rule_id, expressions.holds(one.expression, facts)) for one in ruleset.rules
    )


def born_of(known: Mapping[str, str]) -> date | None:
    """Return when somebody was born, as far as their document tells."""
    return document_of(known).born if "id_number" in known else None


def available(ask: Callable[[], T]) -> T | None:
    """Return what somebody else's register says, None while it is away."""
    try:
        return ask()
    except Exception as error:
        is_away = isinstance(error, Problem) and error.status == _UNAVAILABLE
        if is_away or problem_of(error):
            return None
        raise


def _may_concern(event: Event) -> bool:
    service = staff_scope.service_of(event.data.get("service", ""))
    return service is not None and service.ruleset is not None


def _service_that_decides(case: Case) -> Service | None:
    """Return the service by whose rules a machine is to decide a case now, if one is."""
    service = staff_scope.service_of(case.service_id)
    is_untouched = not (case.decision or case.claimed_by or case.corrections or case.prechecked_at)
    if service is None or case.status is not CaseStatus.SUBMITTED or not is_untouched:
        return None
    if fees.fee_step(case) in _SKIPPED:
        # It is decided once it is paid.
        return None
    if not storage.load_machine(case.service_id).decides(case.lodged_at) or is_in_doubt(case):
        return None
    return service


def _circumstances(file: CaseFile, service: Service, now: datetime) -> Circumstances:
    case = file.case
    types = available(lambda: evidence.valid_types(case.citizen_id, file.body.certificates, now))
    valid = {name: one for name, one in types.items() if one} if types is not None else None
    asked_again = available(
        lambda: lookups.outcomes(
            case.citizen_id,
            file.body.lookups,
            lambda shown: registers.ask_for_decision(shown, case.case_id, ACTOR, now),
        )
    )
    before_decision = service.originals == "before_decision"
    return Circumstances(
        agreed=case.authority != "unchecked",
        at_counter=case.entered_by is not None,
        asks_for_person=case.review_asked_at is not None,
        born=born_of(applicant_of(case) or {}),
        certificate_types=valid,
        certificates_valid=valid == types,
        lookups=asked_again,
        fee_cents=case.fee.cents if case.fee else 0,
        fee_paid=not case.unpaid,
        originals_missing=len(unchecked(case.originals)) if before_decision else 0,
    )


def _decided(
    file: CaseFile, ruleset: Ruleset, results: tuple[RuleResult, ...], sealed: str, now: datetime
) -> changes.DecidedFile:
    case, outcome = file.case, outcome_of(results)
    decision = AutomatedDecision(
        ruleset.version,
        outcome,
        results,
        now.replace(microsecond=0),
        case.office_id,
        sampled=outcome == "approved" and is_sampled(case.case_id),
    )
    new = replace(case, decision=decision)
    if outcome == "approved":
        new = alerts.answered(replace(new, status=CaseStatus.APPROVED))
    facts = {
        "ruleset": ruleset.version,
        "rules": " ".join(one.rule_id for one in results if one.passed == (outcome == "approved")),
        "facts": sealed,
    }
    event = DomainEvent("case.approved" if outcome == "approved" else "case.referred", facts)
    return changes.decided_file(file, new, now, event)


def is_sampled(case_id: str) -> bool:
    """Tell whether a person looks as well; nobody outside can tell beforehand."""
    number = int(secret_code.code_of("decision_sample", case_id))
    return number % SETTINGS.machine_sample == 0


@cache
def _keep(ruleset: Ruleset) -> None:
    storage.keep_ruleset(ruleset)


def _load(case_id: str) -> CaseFile:
    file = storage.load_file(case_id)
    if file is None:
        raise NotFound
    return file
