"""An opening with scripts among the people: whose are the seats in the end?

10,000 persons want one of 200 seats that come out. A hundred of them run a script that asks ten
times a second from each of ten accounts; the others wait on the page, which books by itself.
Whoever asks first after their moment is booked by the real code at that very time of a frozen
clock. What is asked before is refused by the real rule; it costs no database, and is counted.
"""

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from chalicelib.appointments import storage
from chalicelib.appointments.domain.booking_limits import AlreadyBooked
from chalicelib.appointments.domain.openings import NotYet
from chalicelib.appointments.domain.slots import Slot, SlotFull, SlotKey
from chalicelib.appointments.service import bookable, bookings, seats
from chalicelib.catalogue import service as catalogue
from chalicelib.core.auth import Citizen
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from infra.local.engine import Engine
from tests.load import report
from tests.support.clock import MONDAY

PERSONS, SCRIPTS, ACCOUNTS, SEATS = 10_000, 100, 10, 200
HALL, CATEGORY, SERVICE = "hall-330206", "exit-entry", "passport-issue"
# A script's next question, and how late the page's own booking comes: its timer and the network.
SCRIPT_SECONDS, PAGE_SECONDS = (0.0, 0.01), (0.05, 0.5)
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "fairness.png"


@dataclass(frozen=True)
class Asked:
    """What one booking asks for."""

    service_id: str
    office_id: str
    slot_id: SlotKey
    for_member: str | None = None
    case_id: str | None = None


@dataclass(frozen=True)
class Outcome:
    """Whose the seats are, when they were taken, and what was refused before."""

    title: str
    scripts: int
    taken: list[tuple[float, bool]]
    refused: int

    @property
    def share(self) -> float:
        """Return the scripts' share of the seats."""
        return self.scripts / len(self.taken)


@contextmanager
def ramp(seconds: int) -> Iterator[None]:
    """Let the hall's counters open over so many seconds."""
    groups = dict(catalogue.current().groups)
    key = HALL, CATEGORY
    release = replace(groups[key].release, ramp_seconds=seconds)
    known = catalogue.current()
    known.__dict__["groups"] = {**groups, key: replace(groups[key], release=release)}
    try:
        yield
    finally:
        known.__dict__["groups"] = groups


def slots(day: datetime) -> list[SlotKey]:
    """Make ten slots of twenty seats."""
    keys = [
        SlotKey(HALL, CATEGORY, day + timedelta(minutes=20 * number + 1)) for number in range(10)
    ]
    size = SEATS // len(keys)
    storage.create_slots([Slot(k, 0, k.start + timedelta(minutes=1), size) for k in keys])
    return keys


def play(title: str, week: int, seconds: int, *, persons: bool = True) -> Outcome:
    """Play an opening; without `persons` each account of a script counts as somebody."""
    chance, opens = random.Random(week), MONDAY + timedelta(weeks=week)
    day = opens + timedelta(days=7)
    with ramp(seconds):
        keys = slots(day)
        opening = bookable.opening_of(keys[0])
        assert opening
        queue: list[tuple[datetime, bool, str]] = []
        refused = 0
        for number in range(PERSONS):
            is_script = number < SCRIPTS
            for _ in range(ACCOUNTS if is_script and not persons else 1):
                person = new_id(8)
                moment = opening.moment(person)
                late = chance.uniform(*(SCRIPT_SECONDS if is_script else PAGE_SECONDS))
                queue.append((moment + timedelta(seconds=late), is_script, person))
                refused += _refused(is_script, (moment - opens).total_seconds())
        with pytest.raises(NotYet):
            opening.check(queue[0][2], opening.moment(queue[0][2]) - timedelta(milliseconds=1))
        taken = _take(sorted(queue), keys, opens, chance)
    return Outcome(title, sum(is_script for _, is_script in taken), taken, refused)


def _refused(is_script: bool, seconds: float) -> int:
    """Return how often somebody asks in vain until their moment: a page once in ten seconds."""
    return math.ceil(seconds * 10) * ACCOUNTS if is_script else math.ceil(seconds / 10)


def _take(
    queue: list[tuple[datetime, bool, str]],
    keys: list[SlotKey],
    opens: datetime,
    chance: random.Random,
) -> list[tuple[float, bool]]:
    """Let people book in the order of their asking until all seats are gone."""
    taken: list[tuple[float, bool]] = []
    left = list(keys)
    for now, is_script, person in queue:
        while left:
            slot = chance.choice(left)
            caller = Citizen(person, person, "real_name")
            attempt = Attempt(new_id(16), "opening")
            try:
                bookings.book(caller, Asked(SERVICE, HALL, slot), attempt, now)
            except SlotFull:
                left.remove(slot)
                continue
            except AlreadyBooked:
                break
            taken.append(((now - opens).total_seconds(), is_script))
            break
        if not left or len(taken) == SEATS:
            break
    return taken


def interval(share: float, outside: float = 0.05) -> tuple[int, int]:
    """Return between what a share of the persons gets of the seats by lot, but `outside` times."""
    chances = [
        math.comb(SEATS, k) * share**k * (1 - share) ** (SEATS - k) for k in range(SEATS + 1)
    ]
    low = next(k for k in range(SEATS) if sum(chances[: k + 1]) > outside / 2)
    high = next(k for k in range(SEATS) if sum(chances[: k + 1]) >= 1 - outside / 2)
    return low, high


@pytest.mark.slow
def test_scripts_get_the_seats_of_their_share_of_persons(engine: Engine) -> None:
    seats.forget()
    fair = play("ramp of 120 s", 520, 120)
    no_ramp = play("no ramp", 521, 0)
    neither = play("no ramp, an account is a person", 522, 0, persons=False)
    low, high = interval(SCRIPTS / PERSONS)
    # One run in twenty is outside of the picture's interval.
    least, most = interval(SCRIPTS / PERSONS, outside=1e-4)
    assert least <= fair.scripts <= most
    # The controls: each script has its one seat, or they have them all.
    assert no_ramp.scripts == SCRIPTS
    assert neither.share > 0.9
    for one in (fair, no_ramp, neither):
        assert len(one.taken) == SEATS
    report.table(
        "fairness",
        f"Fair opening: {SEATS} seats, {PERSONS:,} persons, {SCRIPTS} of them scripts with"
        f" {ACCOUNTS} accounts each",
        (
            "",
            "seats of scripts",
            "their share of persons",
            "of seats",
            "refused before",
            "last seat",
        ),
        [
            (
                one.title,
                one.scripts,
                f"{SCRIPTS / PERSONS:.0%}",
                f"{one.share:.0%}",
                f"{one.refused:,}",
                f"{one.taken[-1][0]:.1f} s",
            )
            for one in (fair, no_ramp, neither)
        ],
    )
    draw([fair, no_ramp, neither], (low, high))


def draw(outcomes: list[Outcome], by_lot: tuple[int, int]) -> None:
    """Draw the scripts' seats as bars, with what they would get by lot."""
    wide, row, left = 860, 56, 300
    image = Image.new("RGB", (wide, row * len(outcomes) + 70), "white")
    pen, scale = ImageDraw.Draw(image), (wide - left - 60) / SEATS
    band = left + by_lot[0] * scale, left + by_lot[1] * scale
    pen.rectangle((band[0], 8, band[1], row * len(outcomes) + 20), fill="#cfe8d8")
    for place, one in enumerate(outcomes):
        top = 20 + place * row
        pen.text((12, top + 8), one.title, fill="black", font_size=17)
        pen.rectangle((left, top, left + SEATS * scale, top + 34), outline="#999999")
        pen.rectangle((left, top, left + one.scripts * scale, top + 34), fill="#b3261e")
        pen.text((left + SEATS * scale + 8, top + 8), str(one.scripts), fill="black", font_size=17)
    words = (
        f"red: seats of scripts, of {SEATS}; green: what their share of persons gets by lot (95%)"
    )
    pen.text((12, row * len(outcomes) + 36), words, fill="black", font_size=15)
    image.save(PICTURE, optimize=True)
