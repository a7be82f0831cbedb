"""One change of a case: its next version and its entries in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.cases import limits, storage
from chalicelib.cases.domain import STANDING_ALERTS, Body, Case, Given
from chalicelib.cases.storage import Alert
from chalicelib.core import history, idempotency
from chalicelib.core.idempotency import Attempt

Facts = Mapping[str, str]


def commit(  # noqa: PLR0913 - a change has these facts.
    old: Case,
    decided: Case,
    events: Sequence[tuple[str, Facts]],
    actor: str,
    now: datetime,
    *,
    attempt: Attempt | None = None,
    body: Body | None = None,
    given: tuple[Given, ...] = (),
    event_id: str | None = None,
    rated_on: str | None = None,
    alert: Alert | None = None,
) -> Case | None:
    """Keep what was decided, with an entry for each event; None when another was faster.

    The time limits stand still from a change after which the citizen must act, to the next.
    """
    decided = limits.paused(decided, now)
    entries, head = [], old.head
    for type_, facts in events:
        entry = history.append(
            old.case_id, head, type_=type_, at=now, actor=actor, data=_data(decided, facts)
        )
        entries.append(entry)
        head = entry.head
    ledger = idempotency.note(old.ledger, attempt, now) if attempt else old.ledger
    new = replace(decided, version=head.seq, head=head, ledger=ledger)
    if storage.store_change(
        old,
        new,
        entries,
        body=body,
        given=given,
        event_id=event_id,
        rated_on=rated_on,
        alert=alert,
    ):
        return new
    # The answer of a write that took effect may have got lost.
    current = storage.load(old.case_id)
    return current if current and current.head == head else None


def answered(case: Case) -> Case:
    """Drop the alerts that a rightful change answers; standing ones once it is decided."""
    kept = frozenset() if case.decided_at or case.ended else STANDING_ALERTS
    return replace(case, alerts=case.alerts & kept)


def _data(case: Case, facts: Facts) -> dict[str, str]:
    return {
        "status": case.status.value,
        "service": case.service_id,
        "office": case.office_id,
        **facts,
    }
