"""A rush on scarce seats, simulated with what the product costs; see `rush`."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Seat, Slot, SlotKey
from chalicelib.appointments.service import seats
from chalicelib.core.ids import new_id
from chalicelib.core.settings import Settings
from tests.appointments.world import HALL, book, remember_for_ever
from tests.load import report
from tests.load.rush import SEATS, SLOTS, Costs, Design, Outcome, Rush, Simulation, times
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.meter import Call, metered
from tests.support.people import log_in

PREFECTURE = Rush(halls=200, rate=1000, worst=225)
PROVINCE = times(PREFECTURE, 10)
# Almost each booking is the first of its slot.
EVEN = Rush(halls=24_000, rate=10_000, skew=0)
# A hall's requests a second: from what on does its own key break, and where it has as many seats?
ONE_HALL = (500, 1000, 1500, 2000, 2500, 3000, 4000, 6000)
MANY_SEATS = 600
_weeks = itertools.count(900, 3)
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "rush.svg"


@pytest.fixture(autouse=True)
def chance() -> Iterator[None]:
    """The simulation seeds the module's chance."""
    state = random.getstate()
    yield
    random.setstate(state)


@pytest.fixture
def costs(client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch) -> Costs:
    """Meter a booking, and a refusal where two days are full."""
    monday = MONDAY + timedelta(weeks=next(_weeks))
    days = (monday, monday + timedelta(days=1))
    full = [
        SlotKey(HALL, "identity", day + timedelta(minutes=15 * number))
        for day in days
        for number in range(SLOTS)
    ]
    free = SlotKey(HALL, "identity", monday + timedelta(days=7))
    shards = [Slot(key, 0, key.start + timedelta(minutes=15), SEATS) for key in (*full, free)]
    storage.create_slots(shards)
    for shard in shards[:-1]:
        there = [Seat(shard.key, 0, new_id()) for _ in range(SEATS)]
        assert storage.take_seats(shard, there, MONDAY)
    remember_for_ever(monkeypatch)
    taken = _bill(client, free, 201)
    in_vain = _bill(client, full[0], 409)
    seats._seen.clear()
    looked = _bill(client, full[0], 409)
    known = _bill(client, full[0], 409)
    again = _bill(client, free, 201)
    assert [call.operation for call in taken] == ["UpdateItem", "TransactWriteItems"]
    # The day and the next; then the next is remembered.
    assert [call.operation for call in in_vain] == ["UpdateItem", "Query", "Query"]
    assert [call.operation for call in looked] == ["Query"]
    assert known == []
    # A day of some 7 KB: to read it consistently would take two units of the hottest key.
    assert looked[0].rcu <= 1, looked
    assert [call.index_wcu for call in (taken[0], again[0], in_vain[0])] == [1, 0, 0]
    return Costs(taken[0].table_wcu, taken[0].index_wcu, looked[0].rcu)


def _bill(client: ApiClient, slot: SlotKey, status: int) -> list[Call]:
    me = log_in(client)
    with metered() as cost:
        assert book(client, me, slot.slot_id).status == status
    return cost.bill


def designs(costs: Costs) -> tuple[Design, Design]:
    """Return the control, and what the product does."""
    buckets = int(Settings.__dataclass_fields__["index_buckets"].metadata["default"])
    ours = Design("now", buckets, buckets, costs.look)
    # Two days were read in one, consistently, which costs twice as much.
    before = Design(
        "before", 4, 1, 4 * costs.look, look_first=False, sees_days=False, looks_up=True
    )
    return before, ours


def holds(outcome: Outcome) -> None:
    """Assert what a rush may cost, and that it reaches everybody."""
    assert (outcome.throttled, outcome.failed, outcome.oversold) == (0, 0, 0)
    assert outcome.calls_a_request <= 2.6
    assert outcome.within(0.99) <= 0.1


def test_a_prefecture_books_without_a_hot_key(costs: Costs) -> None:
    rush = replace(PREFECTURE, seconds=5)
    before, ours = (Simulation(design, costs, rush).run() for design in designs(costs))
    holds(ours)
    assert ours.requests > 5000
    assert ours.booked > 1000
    assert ours.full > 300
    # What all put together cost before, the crowd at the worst hall most.
    assert before.calls_a_request > ours.calls_a_request


def test_the_control_breaks_at_the_few_keys_of_its_lists(costs: Costs) -> None:
    rush = replace(EVEN, seconds=1)
    before, ours = (Simulation(design, costs, rush).run() for design in designs(costs))
    holds(ours)
    assert before.throttled_by["sweep"] > 1000
    assert Simulation(designs(costs)[1], costs, rush).run() == ours


@pytest.mark.slow
def test_rushes_of_all_sizes(costs: Costs) -> None:
    both = designs(costs)
    lines: list[tuple[object, ...]] = []
    for title, rush in (("a prefecture", PREFECTURE), ("ten of them", PROVINCE), ("even", EVEN)):
        for design in both:
            outcome = Simulation(design, costs, rush).run()
            lines.append((f"{title}, {design.name}", *_cells(outcome)))
            if design is both[1]:
                holds(outcome)
    curves: dict[str, list[tuple[int, float]]] = {}
    kinds = (*((design, SEATS) for design in both), (both[1], MANY_SEATS))
    for (design, places), rate in itertools.product(kinds, ONE_HALL):
        outcome = Simulation(design, costs, Rush(1, 1, worst=rate, seats=places)).run()
        name = f"{design.name}, {places} seats a slot"
        curves.setdefault(name, []).append((rate, outcome.throttled / outcome.calls))
        lines.append((f"one hall, {rate:,} a second, {name}", *_cells(outcome)))
    report.table(
        "rush",
        f"A rush, simulated: {PREFECTURE.rate:,.0f} bookings a second over {PREFECTURE.halls} halls"
        f" and {PREFECTURE.worst:.0f} at the worst of them; ten times that over"
        f" {PROVINCE.halls:,} halls; {EVEN.rate:,.0f} evenly over {EVEN.halls:,}; one hall alone",
        (
            "",
            "requests",
            "booked",
            "full",
            "503",
            "throttled calls, by key",
            "calls a request",
            "p99 at the database",
            "containers",
        ),
        lines,
    )
    PICTURE.write_text(picture(curves))


def _cells(outcome: Outcome) -> tuple[object, ...]:
    by = ", ".join(f"{kind} {count:,}" for kind, count in sorted(outcome.throttled_by.items()))
    return (
        f"{outcome.requests:,}",
        f"{outcome.booked:,}",
        f"{outcome.full:,}",
        f"{outcome.failed:,}",
        by or "0",
        f"{outcome.calls_a_request:.2f}",
        f"{outcome.within(0.99) * 1000:.0f} ms",
        f"{outcome.containers:,}",
    )


def picture(curves: dict[str, list[tuple[int, float]]]) -> str:
    """Draw the share of calls that one hall's key throttles, by its requests a second, as SVG."""
    wide, high, left, top = 640, 300, 70, 40
    most = max(ONE_HALL)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide + 40} {high + 80}">',
        "<style>text{font:14px sans-serif}</style>",
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="24" >Share of calls throttled at one hall</text>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = top + high * (1 - share)
        parts.append(f'<path d="M{left} {y:.0f}H{wide}" stroke="#ccc"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 5:.0f}" text-anchor="end">{share:.0%}</text>')
    for rate in ONE_HALL:
        x = left + (wide - left) * rate / most
        parts.append(f'<text x="{x:.0f}" y="{top + high + 22}" text-anchor="middle">{rate}</text>')
    parts.append(f'<text x="{left}" y="{top + high + 44}">requests a second</text>')
    for number, (name, points) in enumerate(curves.items()):
        colour = ("#b3261e", "#1d7a46", "#b36b00")[number]
        path = " ".join(
            f"{left + (wide - left) * rate / most:.0f},{top + high * (1 - share):.0f}"
            for rate, share in points
        )
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="3"/>')
        y = top + 20 + number * 20
        parts.append(f'<text x="{left + 12}" y="{y}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>\n"])
