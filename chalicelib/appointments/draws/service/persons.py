"""One entry for each person and draw, also when their number was corrected since.

Who may act for them no more holds no entry for them either. An authority that ends by an event is
followed at once; one that ends by the calendar, at the minor's birthday, when the person enters
themselves, or the list is closed.
"""

from datetime import datetime

from chalicelib.appointments.draws import storage
from chalicelib.appointments.draws.domain.draws import DrawEntry, DrawEntryStatus
from chalicelib.core.clock import office_time
from chalicelib.identity import service as identity
from chalicelib.mandates import service as mandates


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


def withdraw_lapsed(draw_id: str, now: datetime) -> None:
    """Take out of a draw whoever was entered by a guardian who is none any more. Idempotent."""
    today = office_time(now).date()
    for listed in storage.list_entries(draw_id):
        if listed.until and listed.until < today and listed.entry_id:
            entry = storage.load_entry(listed.entry_id)
            if entry:
                withdraw_unless_by_right(entry, now)


def withdraw_unless_by_right(entry: DrawEntry, now: datetime) -> bool:
    """Take an entry out of an open draw whose maker may act for its person no more."""
    if entry.for_member is None or mandates.has_consent(entry.citizen_id, entry.for_member, now):
        return False
    return storage.withdraw(entry)


def withdraw_for(citizen_id: str, member_id: str) -> None:
    """Take a member of a family out of the draws that are open. Idempotent."""
    for entry in open_entries(citizen_id):
        if entry.for_member == member_id:
            storage.withdraw(entry)
