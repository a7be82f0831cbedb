"""Entries of the waiting list, whom a seat fits, and how long it is held for them."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Literal

from chalicelib.appointments.domain.slots import Seat, SlotKey
from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.decisions import Versioned
from chalicelib.core.errors import Problem
from chalicelib.core.history import Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger

PartOfDay = Literal["morning", "afternoon"]
LAPSES_ALLOWED: Final = 3
_NOON: Final = 12
_BY_DAY: Final = timedelta(minutes=30)
# Nobody is woken: an offer of the night stands until people have got up.
_NIGHT_BEGINS: Final = time(22)
_NIGHT_ENDS: Final = time(8)
_NIGHT_OFFERS_END: Final = time(8, 30)


class EntryStatus(StrEnum):
    """The states of an entry; `waiting` and `offered` turn into one another."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LEFT = "left"
    EXPIRED = "expired"


class AlreadyWaiting(Problem):
    """The person waits for the same service already."""

    status = 409
    code = "already_waiting"
    title = Text("已在该事项的候补名单中", "This person waits for the service already")


class OfferExpired(Problem):
    """There is no offer, or its time is over."""

    status = 409
    code = "offer_expired"
    title = Text("为您保留的号已失效，您仍在候补名单中", "This offer is over; you still wait")


class WaitsNoMore(OfferExpired):
    """There is no offer, and the entry has left the list: its seat was taken, or it ended."""

    title = Text("您已不在该候补名单中", "You are no longer on this waiting list")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody waits for: halls, days from the first to the last, and parts of the day."""

    service_id: str
    category: str
    office_ids: tuple[str, ...]
    first: date
    last: date
    times: tuple[PartOfDay, ...] = ()

    def fits(self, slot: SlotKey) -> bool:
        """Tell whether a slot is one that is waited for."""
        start = office_time(slot.start)
        part: PartOfDay = "morning" if start.hour < _NOON else "afternoon"
        return (
            slot.category == self.category
            and slot.office_id in self.office_ids
            and self.first <= start.date() <= self.last
            and (not self.times or part in self.times)
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a hall's line: whose, what is waited for there, and since when."""

    entry_id: str
    wish: Wish
    since: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A seat that is held for somebody until a moment; its id is that of the appointment to be."""

    seat: Seat
    until: datetime


@dataclass(frozen=True, slots=True)
class WaitingEntry(Versioned):
    """One person's place on the list; `passed` are the slots that they let pass.

    `lapses` counts the offers that they did not answer. `leads` is the moment by which it stands in
    line where that is not when it joined. Its history begins with the first offer.
    """

    entry_id: str
    citizen_id: str
    person: str
    wish: Wish
    for_member: str | None
    since: datetime
    status: EntryStatus = EntryStatus.WAITING
    offer: Offer | None = None
    lapses: int = 0
    passed: frozenset[str] = frozenset()
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()
    leads: datetime | None = None

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.entry_id

    @property
    def stands_since(self) -> datetime:
        """Return the moment by which it stands in line."""
        return self.leads or self.since

    @property
    def active(self) -> bool:
        """Tell whether it still has a place on the list."""
        return self.status in (EntryStatus.WAITING, EntryStatus.OFFERED)

    def wants(self, slot: SlotKey) -> bool:
        """Tell whether a seat in a slot can be offered to it."""
        waits = self.status is EntryStatus.WAITING
        return waits and self.wish.fits(slot) and slot.slot_id not in self.passed

    def is_over(self, now: datetime) -> bool:
        """Tell whether its last day has passed."""
        return office_time(now).date() > self.wish.last

    def holds(self, seat_id: str) -> bool:
        """Tell whether it is offered a seat."""
        is_offered = self.status is EntryStatus.OFFERED and self.offer is not None
        return is_offered and self.offer is not None and self.offer.seat.seat_id == seat_id


def nothing_offered(entry: WaitingEntry) -> OfferExpired:
    """Return why nothing of an entry can be taken or let pass."""
    return OfferExpired() if entry.active else WaitsNoMore()


def is_night(now: datetime) -> bool:
    """Tell whether nobody is told aloud: from 22:00 to 08:00."""
    at = office_time(now).time()
    return at >= _NIGHT_BEGINS or at < _NIGHT_ENDS


def held_until(now: datetime, start: datetime) -> datetime:
    """Return until when a seat is held: 30 minutes, at night until 08:30, never past its slot."""
    if not is_night(now):
        return min(now + _BY_DAY, start)
    local = office_time(now)
    morning = local.date() + timedelta(days=local.time() >= _NIGHT_BEGINS)
    return min(datetime.combine(morning, _NIGHT_OFFERS_END, OFFICE_ZONE), start)


def offered(entry: WaitingEntry, offer: Offer) -> WaitingEntry:
    """Return the entry with a seat that is held for it."""
    return replace(entry, status=EntryStatus.OFFERED, offer=offer)


def declined(entry: WaitingEntry) -> WaitingEntry:
    """Return the entry that let its offer pass and keeps its place."""
    passed = entry.passed | ({entry.offer.seat.slot.slot_id} if entry.offer else frozenset())
    return replace(entry, status=EntryStatus.WAITING, offer=None, passed=passed)


def lapsed(entry: WaitingEntry) -> WaitingEntry:
    """Return the entry that did not answer; after three times it has lost its place."""
    lapses = entry.lapses + 1
    if lapses >= LAPSES_ALLOWED:
        return replace(ended(entry, EntryStatus.EXPIRED), lapses=lapses)
    return replace(declined(entry), lapses=lapses)


def accepted(entry: WaitingEntry) -> WaitingEntry:
    """Return the entry whose offer was taken; it goes on naming the seat."""
    return replace(entry, status=EntryStatus.ACCEPTED)


def ended(entry: WaitingEntry, status: EntryStatus) -> WaitingEntry:
    """Return the entry that has left the list without an appointment."""
    return replace(entry, status=status, offer=None)
