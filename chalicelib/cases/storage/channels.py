"""What keeps one thing from being lodged by phone and entered at a counter at the same moment."""

from datetime import datetime
from typing import Final

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.cases.domain import Case, CitizenLeaves
from chalicelib.cases.storage._records import LEAVING, LeavingRecord, MineRecord
from chalicelib.core.attributes import seconds
from chalicelib.core.tables import condition_failed

_SPAN: Final = "K#"


def may_lodge(case: Case) -> Condition:
    """Return the condition of a new case: its citizen stays, and no counter enters the same."""
    until, counter = LeavingRecord.tidy_at, LeavingRecord.counter
    free: Condition = until.does_not_exist() | (until <= seconds(case.lodged_at))
    other: Condition = counter.exists()
    if case.channel == "online":
        other = other & (counter != _what(case.service_id, case.person))
    allowed: Condition = free | other
    return allowed


def claim_counter(
    citizen_id: str, service_id: str, person: str, now: datetime, until: datetime
) -> None:
    """Refuse to a citizen's phone what a counter enters for a person, until a time. Idempotent.

    Raises CitizenLeaves.
    """
    tidy_at, counter = LeavingRecord.tidy_at, LeavingRecord.counter
    stays = tidy_at.does_not_exist() | (tidy_at <= seconds(now)) | counter.exists()
    claim: list[Action] = [tidy_at.set(seconds(until)), counter.set(_what(service_id, person))]
    try:
        LeavingRecord(f"C#{citizen_id}", LEAVING).update(claim, condition=stays)
    except UpdateError as error:
        condition_failed(error)
        raise CitizenLeaves from error


def is_at_counter(citizen_id: str, service_id: str, person: str) -> bool:
    """Tell whether a counter is entering the same for a person, or did a moment ago."""
    pk = f"C#{citizen_id}"
    found = LeavingRecord.query(pk, LeavingRecord.sk == LEAVING, consistent_read=True)
    return any(record.counter == _what(service_id, person) for record in found)


def lodged_since(citizen_id: str, service_id: str, person: str, since: datetime) -> list[str]:
    """Return a citizen's cases of a service for a person that were lodged since; one Query."""
    span = MineRecord.sk.between(f"{_SPAN}{seconds(since):010}", f"{_SPAN}~")
    found = MineRecord.query(f"C#{citizen_id}", span, consistent_read=True)
    return [one.case for one in found if (one.service, one.person) == (service_id, person)]


def _what(service_id: str, person: str) -> str:
    return f"{service_id}#{person}"
