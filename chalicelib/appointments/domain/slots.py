"""Slots and their seats: when they begin, how they are split, and what is free in them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text

HORIZON_DAYS: Final = 30


SHARD_SEATS: Final = 32
# How many who gave their seats back, or may not do so any more, a shard remembers.
LEFT_LIMIT: Final = 32
# The shards of a slot from this number on are of seats that one service alone takes.
QUOTA_SHARDS: Final = 90
_APPOINTMENT_ID_LENGTH: Final = 16


# How long a seat is reserved until its fee is paid; giving it up may take some minutes more.
RESERVED_FOR: Final = timedelta(minutes=15)


_GIVEN_UP_WITHIN: Final = timedelta(minutes=5)


_RETRY_AFTER: Final = timedelta(minutes=1)


_SLOT_ID: Final = re.compile(r"([a-z0-9-]{1,40})\.([a-z-]{1,30})\.([0-9]{12})")


class SlotFull(Problem):
    """All seats of the slot are taken."""

    status = 409
    code = "slot_full"
    title = Text("该时段已约满，请选择其他时间", "This time is fully booked; choose another")


class KnownFull(SlotFull):
    """The slot was seen full a moment ago, and the attempt had no seat in it then."""


class SlotClosed(Problem):
    """The slot is over, or the hall is closed then."""

    status = 409
    code = "slot_closed"
    title = Text("该时段不可预约", "This time cannot be booked")


@dataclass(frozen=True, slots=True)
class SlotKey:
    """Names a slot: a hall's counter group at a local time."""

    office_id: str
    category: str
    start: datetime

    @property
    def slot_id(self) -> str:
        """Return the public id, as hall-330200.identity.202612010900."""
        return f"{self.office_id}.{self.category}.{self.stamp}"

    @property
    def day(self) -> date:
        """Return the day on which it is, by the offices' wall clocks."""
        return office_time(self.start).date()

    @property
    def stamp(self) -> str:
        """Return the local start, as 202612010900."""
        at = office_time(self.start)
        # A format of strftime would take twice as long, and a week's availability has hundreds.
        return f"{at.year:04}{at.month:02}{at.day:02}{at.hour:02}{at.minute:02}"


@dataclass(frozen=True, slots=True)
class Seat:
    """Names a seat in a shard of a slot: an appointment's id, and after a move what tells it apart.

    `reservation` is the mark of a seat that waits for its fee. `further` are the slots in a row
    after it, with their shards, in which a service that is longer than a slot has a seat too.
    """

    slot: SlotKey
    shard: int
    seat_id: str
    reservation: str | None = None
    further: tuple[tuple[SlotKey, int], ...] = ()

    @property
    def singles(self) -> tuple["Seat", ...]:
        """Return its seats one by one, each of one slot."""
        places = ((self.slot, self.shard), *self.further)
        return tuple(replace(self, slot=s, shard=n, further=()) for s, n in places)


@dataclass(frozen=True, slots=True)
class TakenSeat:
    """A seat that was taken: `fresh` when it was not there before.

    `further` are those that were taken with it in the slots after it.
    """

    seat: Seat
    fresh: bool
    further: tuple["TakenSeat", ...] = ()


def taken_row(taken: Sequence[TakenSeat]) -> TakenSeat:
    """Return seats that were taken for one in slots in a row as one."""
    first, *rest = taken
    places = tuple((one.seat.slot, one.seat.shard) for one in rest)
    return replace(first, seat=replace(first.seat, further=places), further=tuple(rest))


@dataclass(frozen=True, slots=True)
class Slot:
    """A shard of a slot, with the seats taken; `left` are appointments that gave theirs back.

    Who took the same seat twice is among them as well, with the seat: nobody undoes the first take.

    `reservations` are the marks of seats that wait for their fee, `withheld` of those that are
    nobody's and cannot be had yet; a mark may outlive its seat. With a `quota` the seats are for
    that service alone.
    """

    key: SlotKey
    shard: int
    end: datetime
    capacity: int
    seats: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    closed: bool = False
    reservations: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    quota: str | None = None

    @property
    def remaining(self) -> int:
        """Return how many seats are free."""
        return max(0, self.capacity - len(self.seats))

    @property
    def taken_back(self) -> bool:
        """Tell whether the hall took back what was booked: it is closed, or has fewer seats."""
        return self.closed or len(self.seats) > self.capacity

    def handed_over(self, old: str | None, seat_id: str, entry_id: str) -> "Slot":
        """Return the shard with a seat that is offered in place of one, or where there is room."""
        marks = {mark for mark in self.withheld if mark.partition(".")[0] != old}
        marks.add(offered_mark(seat_id, entry_id))
        seats = (self.seats - {old}) | {seat_id}
        return replace(self, seats=seats, withheld=frozenset(marks))

    def withholds(self) -> bool:
        """Tell whether a seat of it is nobody's and cannot be had yet."""
        return not marked_seats(self.withheld).isdisjoint(self.seats)

    def booked(self, now: datetime) -> int:
        """Return how many of its seats are somebody's by now.

        Those are not that wait for their fee, are offered to who waits, or cannot be had yet.
        """
        unpaid, offered = marked_seats(self.reservations), offered_seats(self.withheld).keys()
        return len(self.seats - unpaid - offered - still_withheld(self.withheld, now))

    def retry_at(self, now: datetime) -> datetime | None:
        """Return when the first of the seats reserved may be given up; None without any."""
        marks = (mark.partition(".") for mark in self.reservations)
        ends = [_moment(end) for seat, _, end in marks if seat in self.seats]
        waiting = [end for end in ends if end + _GIVEN_UP_WITHIN > now]
        return max(min(waiting), now + _RETRY_AFTER) if waiting else None


def holder_of(seat_id: str) -> str:
    """Return the id of the appointment that a seat is, or was, taken for."""
    return seat_id[:_APPOINTMENT_ID_LENGTH]


def reservation_mark(seat_id: str, since: datetime) -> str:
    """Return the mark of a reserved seat: until which minute since 1970 it waits for its fee."""
    return f"{seat_id}.{-(-int((since + RESERVED_FOR).timestamp()) // 60)}"


def withheld_mark(seat_id: str, until: datetime) -> str:
    """Return the mark of a seat that nobody can have until a minute since 1970."""
    return f"{seat_id}.{-(-int(until.timestamp()) // 60)}"


def marked_seats(marks: Iterable[str]) -> set[str]:
    """Return the seats that marks of any kind are about."""
    return {mark.partition(".")[0] for mark in marks}


def still_withheld(marks: Iterable[str], now: datetime) -> set[str]:
    """Return the seats whose marks say that nobody can have them yet."""
    parts = (mark.split(".") for mark in marks)
    return {seat_id for seat_id, until, *_ in parts if now < _moment(until)}


def offered_mark(seat_id: str, entry_id: str) -> str:
    """Return the mark of a seat that is offered to an entry of the waiting list."""
    return f"{seat_id}.0.{entry_id}"


def offered_seats(marks: Iterable[str]) -> dict[str, str]:
    """Return the entries of the waiting list to which seats were offered, by the seats' ids."""
    parts = (mark.split(".") for mark in marks)
    return {seat_id: entry[0] for seat_id, _, *entry in parts if entry}


def parse_slot_id(slot_id: str) -> SlotKey | None:
    """Read a public slot id; None for what cannot be one."""
    match = _SLOT_ID.fullmatch(slot_id)
    if not match:
        return None
    try:
        stamp = match[3]
        # strptime would take ten times as long, and a week's availability has hundreds.
        day = int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8])
        start = datetime(*day, int(stamp[8:10]), int(stamp[10:]), tzinfo=OFFICE_ZONE)
    except ValueError:
        return None
    return SlotKey(match[1], match[2], start)


def starts(day: date, hours: tuple[tuple[time, time], ...], minutes: int) -> Iterator[datetime]:
    """Yield when slots begin: one after another within each span, none over its end."""
    for begin, end in hours:
        at = datetime.combine(day, begin, OFFICE_ZONE)
        last = datetime.combine(day, end, OFFICE_ZONE) - timedelta(minutes=minutes)
        while at <= last:
            yield at
            at += timedelta(minutes=minutes)


def shard_capacities(capacity: int) -> list[int]:
    """Split a capacity into shards of at most 32 seats."""
    full, rest = divmod(capacity, SHARD_SEATS)
    return [SHARD_SEATS] * full + ([rest] if rest else [])


def _moment(minute: str) -> datetime:
    return datetime.fromtimestamp(int(minute) * 60, UTC)


def shards_by_slot(slots: list[Slot]) -> Mapping[str, list[Slot]]:
    """Group shards by their slot, in order of time."""
    grouped: dict[str, list[Slot]] = {}
    for slot in slots:
        grouped.setdefault(slot.key.slot_id, []).append(slot)
    return grouped
