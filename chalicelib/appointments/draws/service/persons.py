"""One entry for each person and draw, also when their number was corrected since.

Who may act for them no more holds no entry for them either.
"""

from datetime import datetime

from chalicelib.appointments.draws import storage
from chalicelib.appointments.draws.domain.draws import DrawEntry, DrawEntryStatus
from chalicelib.identity import service as identity


def open_entries(citizen_id: str) -> list[DrawEntry]:
    """Return what a citizen has entered in draws that are not held yet."""
    found = storage.entries_of(citizen_id)
    return [entry for entry in found if entry.status is DrawEntryStatus.ENTERED]


def correct_person(citizen_id: str, former: str, person: str, _now: datetime) -> None:
    """Let what was entered under a former number be of the right one. Idempotent.

    Others who act for them have entered for them too.
    """
    for who in {citizen_id, *(agent for agent, _ in identity.agents_of(former))}:
        for entry in open_entries(who):
            if entry.person == former:
                storage.enter_as(entry, person)


def withdraw_for(citizen_id: str, member_id: str) -> None:
    """Take a member of a family out of the draws that are open. Idempotent."""
    for entry in open_entries(citizen_id):
        if entry.for_member == member_id:
            storage.withdraw(entry)
