"""A minute of trouble with every call of the database, while all routes are asked by several.

What is in the way is real: a server of our own between the product and the engine that throttles,
does not answer, or hangs up (`tests/support/troubled.py`). `CAMPAIGN_SECONDS` makes a minute of it
another time.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from time import monotonic, sleep
from typing import Any, Final

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Seat, parse_slot_id
from chalicelib.catalogue import service as catalogue
from chalicelib.core import tables, worker
from chalicelib.core.ids import new_id
from chalicelib.core.routes import Routes
from chalicelib.notifications import storage as notices
from chalicelib.notifications.domain import Due
from functions import entry, manifest
from infra.local.engine import Engine
from tests.appointments.world import book, new_slot, seats
from tests.faults.world import ask, known, tokens
from tests.load.report import table
from tests.support.client import ApiClient
from tests.support.faults import sent_to
from tests.support.people import Citizen, log_in
from tests.support.troubled import TroubledWay, Ways

pytestmark = pytest.mark.slow
SECONDS: Final = float(os.environ.get("CAMPAIGN_SECONDS", "60"))
CALLERS: Final = 4
# Who is left without an answer waits for most of five seconds, so that more must ask to reach all.
WAITING_CALLERS: Final = 20
# What may pass until everything is well again, and until an answer comes.
WELL_WITHIN: Final = 60.0
ANSWER_WITHIN: Final = 5.0
BOOKINGS: Final = 30


@dataclass
class Heard:
    """What callers heard during one trouble."""

    codes: Counter[int] = field(default_factory=Counter)
    longest: float = 0
    late: int = 0
    wrong: list[str] = field(default_factory=list)
    asked: set[tuple[str, str]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, what: str, answer: Any, took: float) -> None:
        with self.lock:
            self.codes[answer.status] += 1
            self.longest = max(self.longest, took)
            waits = answer.headers.get("retry-after", "")
            well = answer.status < 500 or (
                answer.status == 503 and answer.code == "try_again" and 1 <= int(waits or 0) <= 5
            )
            self.late += took > ANSWER_WITHIN
            if not well or took > ANSWER_WITHIN:
                self.wrong.append(f"{what}: {answer.status} after {took:.1f} s")


@dataclass
class Booking:
    """What one citizen wants, by one key however often it is asked."""

    who: Citizen
    slot: str
    key: str = field(default_factory=new_id)
    answered: str = ""


@dataclass
class City:
    """Who asks, and what there is to be done."""

    client: ApiClient
    way: TroubledWay
    wanted: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def want(self, **_: object) -> None:
        with self.lock:
            self.wanted += 1

    def bookings(self) -> list[Booking]:
        return [Booking(log_in(self.client), new_slot(1)) for _ in range(BOOKINGS)]


@pytest.fixture
def city(engine: Engine, client: ApiClient) -> Iterator[City]:
    way = TroubledWay(engine.url)
    with way.opened(), sent_to(way.url):
        here = City(client, way)
        events: Any = tables.client().meta.events
        events.register("before-call.dynamodb", here.want)
        yield here
        events.unregister("before-call.dynamodb", here.want)
    catalogue.forget()


def walk(heard: Heard, begin: float, stop: threading.Event, shown: dict[str, Any]) -> None:
    """Ask one route after another, from a share of all of them on, until it is over."""
    given, routes = tokens(shown["case_id"][:8]), [*Routes.declared.items()]
    for key, route in islice(cycle(routes), int(begin * len(routes)), None):
        if stop.is_set():
            return
        began = monotonic()
        answer = ask(key, given[route.access.kind], shown)
        heard.hear(" ".join(key), answer, monotonic() - began)
        heard.asked.add(key)


def try_to_book(city: City, heard: Heard, bookings: list[Booking], stop: threading.Event) -> None:
    """Let each want a time once during the trouble, evenly."""
    for one in bookings:
        if stop.wait(SECONDS / len(bookings) / 2):
            return
        began = monotonic()
        answer = book(city.client, one.who, one.slot, one.key)
        heard.hear("a booking", answer, monotonic() - began)
        if answer.status == 201:
            one.answered = answer.json()["appointment_id"]


def run_timers(stop: threading.Event, failed: list[str]) -> None:
    """Run by turns what the clock runs; a run may fail, and only by saying so."""
    for function in cycle(manifest.with_schedules()):
        if stop.wait(0.2):
            return
        try:
            entry.run_now(function, datetime.now(UTC))
        except worker.RunFailed:
            continue
        except Exception as error:  # noqa: BLE001 - the test tells of it.
            failed.append(f"{function.name}: {error!r}")


@pytest.mark.parametrize(
    "way", [Ways.THROTTLED, Ways.TIMED_OUT, Ways.CLOSED, Ways.HALF], ids=lambda one: one.name
)
def test_a_minute_of_trouble_is_told_in_time_and_leaves_nothing(city: City, way: Ways) -> None:
    bookings, heard, stop, failed = city.bookings(), Heard(), threading.Event(), list[str]()
    callers = WAITING_CALLERS if way is Ways.TIMED_OUT else CALLERS
    shown = [known(log_in(city.client).citizen_id) for _ in range(callers)]
    me = log_in(city.client).citizen_id
    slot, due = orphaned(), reminders(me)
    acts = [
        *(
            threading.Thread(target=walk, args=(heard, number / callers, stop, one))
            for number, one in enumerate(shown)
        ),
        threading.Thread(target=try_to_book, args=(city, heard, bookings, stop)),
        threading.Thread(target=run_timers, args=(stop, failed)),
    ]
    before = city.wanted, city.way.calls
    city.way.way = way
    for one in acts:
        one.start()
    sleep(SECONDS)
    stop.set()
    for one in acts:
        one.join()
    wanted, sent = city.wanted - before[0], city.way.calls - before[1]
    city.way.way = Ways.WELL
    well = all_well(me)
    kept(city.client, bookings)
    assert drained(slot, due)
    told = f"{len(bookings)} / {sum(bool(one.answered) for one in bookings)} / {len(bookings)}"
    table(
        f"campaign-{way.name.lower()}",
        f"{SECONDS:.0f} seconds of every {way}, {callers} callers of all routes beside timers",
        ["measured", ""],
        [
            ["answers", f"{sum(heard.codes.values()):,}"],
            ["503 with Retry-After", f"{heard.codes[503]:,}"],
            ["otherwise wrong", len(heard.wrong)],
            ["later than in 5 seconds", heard.late],
            ["longest answer, seconds", round(heard.longest, 1)],
            ["calls sent for a call wanted", round(sent / wanted, 2)],
            ["seconds until no route said to try again", round(well, 1)],
            ["bookings wanted / answered meanwhile / had once in the end", told],
        ],
    )
    assert heard.wrong == []
    # Each route met the trouble.
    assert heard.asked == set(Routes.declared)
    assert failed == []
    assert well < WELL_WITHIN
    if way is Ways.HALF:
        assert sent <= 1.2 * wanted


def reminders(citizen_id: str) -> list[Due]:
    """Keep reminders that are due, of appointments that are gone."""
    at = datetime.now(UTC) - timedelta(days=2000)
    due = [Due(citizen_id, citizen_id + new_id(8), "reminder_day_before", at) for _ in range(20)]
    for one in due:
        notices.plan_reminder(one, 1, at + timedelta(days=4000))
    return due


def orphaned() -> str:
    """Return a slot with a seat that nobody has, for long enough to be swept."""
    slot = new_slot(2)
    key = parse_slot_id(slot)
    assert key
    assert storage.take_seat(Seat(key, 0, new_id()), datetime.now(UTC) - timedelta(hours=1))
    return slot


def all_well(me: str) -> float:
    """Ask every route until none says to try again; return after how many seconds that was."""
    since = monotonic()
    given, shown = tokens(me), known(me)
    waiting = set(Routes.declared)
    while waiting and monotonic() - since < WELL_WITHIN:
        for key in sorted(waiting):
            answer = ask(key, given[Routes.declared[key].access.kind], shown)
            assert answer.status == 503 or answer.status < 500, (key, answer.body)
            waiting -= {key} if answer.status != 503 else set()
    assert not waiting
    return monotonic() - since


def kept(client: ApiClient, bookings: list[Booking]) -> None:
    """See that what was answered is there, and that what was not can be had, each once."""
    for one in bookings:
        again = book(client, one.who, one.slot, one.key)
        assert again.status in (200, 201), again.body
        made = again.json()["appointment_id"]
        assert one.answered in ("", made)
        listed = client.get("/v1/appointments", token=one.who.token).json()["items"]
        assert [there["appointment_id"] for there in listed] == [made]
        assert len(seats(one.slot)) == 1


def drained(slot: str, due: list[Due]) -> bool:
    """Run every timer once; tell whether nothing waits that should have been done."""
    for function in manifest.with_schedules():
        entry.run_now(function, datetime.now(UTC))
    now = datetime.now(UTC)
    return seats(slot) == set() and not {*due} & {*notices.list_due(now, 10_000)}
