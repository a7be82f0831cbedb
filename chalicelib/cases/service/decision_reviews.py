"""People's looks at what machines decided: asked for by citizens, and by sample.

A citizen may refuse a decision that is a machine's alone (Personal Information Protection Law of
the PRC, article 24).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, CaseFile, Effects, alerts
from chalicelib.cases.domain.automated import AutomatedDecision, RuleResult, Verdict
from chalicelib.cases.domain.decision_list import DecisionFilter, ListedDecision
from chalicelib.cases.service import changes, encryption, queries, staff_scope
from chalicelib.cases.service.requirements import check_given
from chalicelib.core import expressions, parallel
from chalicelib.core.auth import Citizen, Staff
from chalicelib.core.changes import Applied, Author, apply
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import Forbidden, NotFound, WrongStatus
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page


@dataclass(frozen=True, slots=True)
class ReviewWord:
    """What a person says of a machine's yes; a no has a `note` of why."""

    verdict: Verdict
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision, and what its rules say of its facts again; None once these were erased."""

    case: Case
    decision: AutomatedDecision
    results: tuple[RuleResult, ...] | None


def ask_for_person(
    caller: Citizen, case_id: str, reason: str, attempt: Attempt, now: datetime
) -> Applied[CaseFile]:
    """Let a person look at a case that is a machine's to decide, or was. Idempotent.

    Raises NotFound, IdempotencyKeyReused, or WrongStatus where the case has ended, or is a person's
    in any case.
    """

    def decide(file: CaseFile) -> changes.DecidedFile | None:
        old = file.case
        service = staff_scope.service_of(old.service_id)
        if old.ended or not (old.decision or (service and service.ruleset)):
            raise WrongStatus(current=old.status)
        if old.review_asked_at:
            return None
        decision = replace(old.decision, sampled=True) if old.decision else None
        new = replace(old, review_asked_at=now.replace(microsecond=0), decision=decision)
        event = DomainEvent("case.review_asked", {"note": encryption.seal_note(case_id, reason)})
        return changes.decided_file(file, new, now, event)

    return apply(
        lambda: queries.show(caller.citizen_id, case_id),
        decide,
        changes.store_file,
        Author.of(caller, now, attempt),
    )


def list_decisions(
    staff: Staff, wanted: DecisionFilter, position: str | None, limit: int
) -> Page[ListedDecision]:
    """Return the decisions of the staff's halls, newest first: one Query a hall."""
    lists = parallel.map_concurrently(
        lambda office_id: storage.list_decisions(office_id, wanted, position, limit + 1),
        sorted(staff.office_ids),
    )
    found = sorted(chain.from_iterable(lists), key=lambda one: one.position, reverse=True)
    seen = [
        one for one in found[:limit] if staff_scope.is_visible(staff, one.service_id, one.office_id)
    ]
    return Page(tuple(seen), found[limit - 1].position if len(found) > limit else None)


def show(staff: Staff, case_id: str) -> Replayed:
    """Return a decision, decided again by its own version of the rules; raises NotFound."""
    file = staff_scope.file_of_own_hall(staff, case_id)
    if file.case.decision is None:
        raise NotFound
    return Replayed(file.case, file.case.decision, _replayed(file, file.case.decision))


def review(
    staff: Staff, case_id: str, word: ReviewWord, attempt: Attempt, now: datetime
) -> Applied[Case]:
    """Say whether one agrees with a machine's yes; a no alerts the hall, and is counted.

    Raises NotFound, Forbidden, InvalidRequest, IdempotencyKeyReused, or WrongStatus for what was no
    yes or has somebody's word.
    """

    def decide(old: Case) -> changes.Decided:
        if not staff_scope.handles_whole(staff, old.service_id):
            raise Forbidden
        if old.decision is None:
            raise NotFound
        if old.decision.outcome != "approved" or old.decision.verdict:
            raise WrongStatus(current=old.status)
        verdict, note = word.verdict, word.note
        check_given(old, "note" if verdict == "disagreed" else None, note, ())
        decision = replace(old.decision, verdict=verdict, reviewed_by=staff.staff_id, sampled=True)
        new, alert = replace(old, decision=decision), None
        if verdict == "disagreed":
            new, alert = alerts.with_disagreement(new, staff.staff_id, now)
        facts: dict[str, str] = {"verdict": verdict}
        if note:
            facts["note"] = encryption.seal_note(case_id, note)
        event = DomainEvent("case.decision_reviewed", facts)
        return changes.decided(new, now, event, effects=Effects(alert=alert))

    return changes.apply(
        lambda: staff_scope.case_of_own_hall(staff, case_id),
        decide,
        Author(staff.actor, now, attempt),
    )


def _replayed(file: CaseFile, decision: AutomatedDecision) -> tuple[RuleResult, ...] | None:
    decided = [one for one in file.entries if "ruleset" in one.data]
    facts = encryption.open_facts(file.case.case_id, decided[0].data["facts"]) if decided else None
    if facts is None:
        return None
    rules: Sequence[tuple[str, str]] = list(
        storage.load_expressions(decision.ruleset_version).items()
    )
    return tuple(RuleResult(rule_id, expressions.holds(said, facts)) for rule_id, said in rules)
