"""Joining the waiting list, and one's own places on it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.appointments.service import bookable, openings
from chalicelib.appointments.waiting import domain, storage
from chalicelib.appointments.waiting.domain import (
    AlreadyWaiting,
    EntryStatus,
    WaitingEntry,
    Wish,
)
from chalicelib.appointments.waiting.service import endings, offers
from chalicelib.catalogue import service as catalogue
from chalicelib.core import idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author, until_stored
from chalicelib.core.errors import NotFound, Problem, unknown
from chalicelib.core.idempotency import Attempt
from chalicelib.identity.domain import ConsentRequired
from chalicelib.mandates import service as mandates
from chalicelib.mandates.service import Acting

_ID_LENGTH: Final = 12


def join(
    caller: Citizen, wish: Wish, for_member: str | None, attempt: Attempt, now: datetime
) -> tuple[Applied[WaitingEntry], int]:
    """Join the lines of some halls; return the entry and how many stand ahead. Idempotent.

    Raises InvalidRequest, VerificationRequired, ConsentRequired, AlreadyWaiting or
    IdempotencyKeyReused; Unauthenticated of who has left.
    """
    acting, person = _who(caller, wish, for_member, now)
    entry = WaitingEntry(
        caller.citizen_id + attempt.id_for("waiting", _ID_LENGTH),
        caller.citizen_id,
        person,
        wish,
        for_member,
        now.replace(microsecond=now.microsecond // 1000 * 1000),
        ledger=idempotency.note((), attempt, now),
    )
    before, replaces = storage.stand_in_line(entry), None

    def write() -> Applied[WaitingEntry] | None:
        nonlocal entry, replaces
        stands = acting.stands if acting else None
        in_its_way = storage.add(entry, replaces, stands)
        if in_its_way is None:
            return Applied(entry, entry)
        other = storage.load(in_its_way) if in_its_way else None
        if other and (replayed := _replayed(entry, other, attempt, now)):
            return replayed
        if in_its_way:
            replaces = in_its_way
        else:
            entry = replace(entry, person=_counted_now(caller, entry, now))
        return None

    applied = until_stored(write)
    return applied, ahead(applied.new) if applied.replayed else before


def _counted_now(caller: Citizen, entry: WaitingEntry, now: datetime) -> str:
    """Return whom a refused entry counts for by now; out of line again, raises why for nobody."""
    try:
        return openings.counted_now(caller, entry.for_member, entry.person, now)
    except Problem:
        storage.leave_line(entry)
        raise


def _replayed(
    entry: WaitingEntry, other: WaitingEntry, attempt: Attempt, now: datetime
) -> Applied[WaitingEntry] | None:
    """Return what an earlier try has made; None for one that is over; raises AlreadyWaiting."""
    if other.entry_id == entry.entry_id:
        if other.since != entry.since:
            # The retry stood in line once more, at its own time.
            storage.leave_line(entry)
        idempotency.already_applied(other.ledger, attempt)
        return Applied(other, other, replayed=True)
    if other.active and not other.is_over(now) and not _gives_way(other, entry, now):
        storage.leave_line(entry)
        raise AlreadyWaiting
    return None


def _gives_way(other: WaitingEntry, entry: WaitingEntry, now: datetime) -> bool:
    """Let who waits for the person, and may act for them no more, leave the list."""
    if other.citizen_id == entry.citizen_id or other.for_member is None:
        return False
    if mandates.has_consent(other.citizen_id, other.for_member, now):
        return False
    leave(other.citizen_id, other.entry_id, now)
    return True


def wish_of(service_id: str, office_ids: Iterable[str], wish: Wish) -> Wish:
    """Return a wish with its category, for halls that offer the service; raises InvalidRequest."""
    service = bookable.service(service_id)
    if not service.bookable:
        raise unknown("/service_id")
    for place, office_id in enumerate(office_ids):
        if (office_id, service.category) not in catalogue.current().groups:
            raise unknown(f"/office_ids/{place}")
    return replace(wish, category=service.category)


def mine(citizen_id: str, entry_id: str) -> WaitingEntry:
    """Return a citizen's own entry; raises NotFound."""
    if not entry_id.startswith(citizen_id):
        raise NotFound
    return endings.existing(entry_id)


def all_of(citizen_id: str) -> list[WaitingEntry]:
    """Return a citizen's entries, those that wait first, then the latest first."""
    entries = storage.list_of(citizen_id)
    return sorted(entries, key=lambda one: (not one.active, -one.since.timestamp()))


def ahead(entry: WaitingEntry) -> int:
    """Return how many stand before an entry where that are fewest; none for one that has left."""
    return storage.ahead(entry) if entry.active else 0


def decline(
    citizen_id: str, entry_id: str, attempt: Attempt, now: datetime
) -> Applied[WaitingEntry]:
    """Let an offer pass and keep the place. Idempotent.

    Raises NotFound, OfferExpired or IdempotencyKeyReused.
    """

    def decide(old: WaitingEntry) -> WaitingEntry | None:
        if old.status is not EntryStatus.OFFERED:
            raise domain.nothing_offered(old)
        return domain.declined(old)

    return _end(citizen_id, entry_id, decide, Author(f"citizen:{citizen_id}", now, attempt))


def leave(citizen_id: str, entry_id: str, now: datetime) -> Applied[WaitingEntry]:
    """Leave the list, and give up what is offered; a second time changes nothing."""

    def decide(old: WaitingEntry) -> WaitingEntry | None:
        return domain.ended(old, EntryStatus.LEFT) if old.active else None

    return _end(citizen_id, entry_id, decide, Author(f"citizen:{citizen_id}", now))


def leave_for(citizen_id: str, member_id: str, now: datetime) -> None:
    """Leave the list for a member of the family. Idempotent."""
    for entry in storage.list_of(citizen_id):
        if entry.active and entry.for_member == member_id:
            leave(citizen_id, entry.entry_id, now)


def _end(
    citizen_id: str, entry_id: str, decide: endings.Decide, author: Author
) -> Applied[WaitingEntry]:
    applied = endings.change(lambda: mine(citizen_id, entry_id), decide, author)
    seat = endings.freed_seat(applied)
    if seat:
        offers.give_up(seat, author.now)
    return applied


def _who(
    caller: Citizen, wish: Wish, for_member: str | None, now: datetime
) -> tuple[Acting | None, str]:
    """Return by whose leave it is, and who waits: a known person where seats are scarce."""
    scarce = catalogue.release_of(wish.category).scarce
    person = openings.verified(caller) if scarce else caller.person
    acting = openings.acting_as(caller, for_member, now)
    if acting is None:
        return None, person
    if scarce and acting.counted_as != acting.person:
        raise ConsentRequired
    return acting, acting.counted_as
