"""A draw, those who have entered it, and what is refused."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from chalicelib.appointments.draws.domain.proof import Places
from chalicelib.appointments.draws.domain.schedule import REVEAL_WITHIN
from chalicelib.core.decisions import Versioned
from chalicelib.core.errors import Problem
from chalicelib.core.history import Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger

PREFERENCES: Final = 10


class DrawStatus(StrEnum):
    """The states of a draw; one that is `open` can be entered between its two times."""

    OPEN = "open"
    CLOSED = "closed"
    DRAWN = "drawn"
    VOID = "void"


class DrawEntryStatus(StrEnum):
    """The states of an entry."""

    ENTERED = "entered"
    WON = "won"
    NOT_DRAWN = "not_drawn"


class AlreadyEntered(Problem):
    """The person has entered the draw already."""

    status = 409
    code = "already_entered"
    title = Text("已经报过名", "This person has entered the draw already")


class DrawClosed(Problem):
    """The draw cannot be entered any more, or not yet."""

    status = 409
    code = "draw_closed"
    title = Text("现在不能报名", "The draw cannot be entered now")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seed as it is kept: encrypted under a key of the draw's own, which is wrapped."""

    key: bytes
    seed: str


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What comes last: the seed and the public value, in hexadecimal digits, and when."""

    seed: str
    beacon: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Draw(Versioned):
    """A draw of a quota's seats on some days.

    `commitment` is the hash of the seed, `beacon_name` which public value will be used, that nobody
    can know before `beacon_from`. From closing on there are `entries`, `root` and the `places`,
    which are the seats of each slot. `settled` says that everybody has what the draw gave them.
    """

    draw_id: str
    service_id: str
    office_id: str
    category: str
    days: tuple[date, ...]
    seats: int
    opens_at: datetime
    closes_at: datetime
    commitment: str
    sealed: Sealed
    beacon_name: str
    beacon_from: datetime
    status: DrawStatus = DrawStatus.OPEN
    entries: int | None = None
    root: str | None = None
    places: Places = field(default_factory=dict)
    disclosed: Disclosed | None = None
    settled: bool = False
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.draw_id

    def check_open(self, now: datetime) -> None:
        """Refuse to enter it before and after its time; raises DrawClosed."""
        if self.status is not DrawStatus.OPEN or not self.opens_at <= now < self.closes_at:
            raise DrawClosed

    def is_late(self, now: datetime) -> bool:
        """Tell whether its seed should have been revealed, or its list closed, by now.

        A list that is closed when the public value may be known proves nothing.
        """
        if self.status is DrawStatus.OPEN and now >= self.beacon_from:
            return True
        return now >= self.closes_at + REVEAL_WITHIN


@dataclass(frozen=True, slots=True)
class DrawEntry(Versioned):
    """One person's entry: for whom, and under which `number` the public sees it.

    Once it is drawn it has a `rank` from 1, and who won a slot and an appointment in it, or none
    where that could not be booked. Its history begins with the result.
    """

    entry_id: str
    draw_id: str
    citizen_id: str
    person: str
    for_member: str | None
    number: str
    preferences: tuple[str, ...]
    entered_at: datetime
    status: DrawEntryStatus = DrawEntryStatus.ENTERED
    rank: int | None = None
    appointment_id: str | None = None
    claim_by: datetime | None = None
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.entry_id


def closed(draw: Draw, entries: int, root: str, places: Places) -> Draw:
    """Return a draw that nobody can enter any more."""
    seats = sum(places.values())
    return replace(
        draw, status=DrawStatus.CLOSED, entries=entries, root=root, places=places, seats=seats
    )


def drawn(draw: Draw, disclosed: Disclosed) -> Draw:
    """Return a draw whose seed and public value are known, and with them its order."""
    return replace(draw, status=DrawStatus.DRAWN, disclosed=disclosed)


def voided(draw: Draw) -> Draw:
    """Return a draw that came to nothing."""
    return replace(draw, status=DrawStatus.VOID)


def won(
    entry: DrawEntry, rank: int, appointment_id: str | None, claim_by: datetime | None
) -> DrawEntry:
    """Return an entry that was drawn, with what was booked for it."""
    return replace(
        entry,
        status=DrawEntryStatus.WON,
        rank=rank,
        appointment_id=appointment_id,
        claim_by=claim_by,
    )


def not_drawn(entry: DrawEntry, rank: int | None) -> DrawEntry:
    """Return an entry that got no seat; without a rank where the draw came to nothing."""
    return replace(entry, status=DrawEntryStatus.NOT_DRAWN, rank=rank)
