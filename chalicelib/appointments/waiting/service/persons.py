"""One place for each person and service, also when they are known by another name from now on."""

from datetime import datetime

from chalicelib.appointments.waiting import storage
from chalicelib.appointments.waiting.domain import WaitingEntry
from chalicelib.identity import service as identity


def join_person(citizen_id: str, person: str, now: datetime) -> None:
    """Let what an account waits for be what its person waits for. Idempotent."""
    _move([citizen_id], citizen_id, person, now)


def correct_person(citizen_id: str, former: str, person: str, now: datetime) -> None:
    """Let what is waited for under a former number be waited for under the right one. Idempotent.

    Others who act for them have joined the list for them too.
    """
    _move([citizen_id, *(agent for agent, _ in identity.agents_of(former))], former, person, now)


def _move(citizens: list[str], former: str, person: str, now: datetime) -> None:
    for citizen_id in dict.fromkeys(citizens):
        for entry in storage.list_of(citizen_id):
            if entry.person == former and _waits(entry, now):
                _rename(entry, person, now)


def _rename(entry: WaitingEntry, person: str, now: datetime) -> None:
    there = storage.locked_by(person, entry.wish.service_id)
    other = storage.load(there) if there else None
    if other is None or not _waits(other, now):
        storage.rename(entry, person, there)


def _waits(entry: WaitingEntry, now: datetime) -> bool:
    return entry.active and not entry.is_over(now)
