"""Timers at the size of a province: due things by the hundred thousand, halls by the thousand.

Each part of a run must end within its function's time, with a record in every bucket that nobody
can read, and a few runs must leave nothing but these. Due are seats that nobody has, in slots of
many halls; cases past the first of their limits, of which supervisors hear; and reminders, of which
every tenth is told and the others are of appointments that are gone. `TIMERS_DUE` and
`TIMERS_HALLS` make it smaller.
"""

import os
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic, process_time
from typing import Any, Final

import pytest

from chalicelib.appointments import storage as slots
from chalicelib.appointments.domain.slots import Seat, parse_slot_id
from chalicelib.appointments.service import lookup
from chalicelib.appointments.storage import _records as appointments
from chalicelib.cases import storage as lodged
from chalicelib.cases.storage import _records as cases
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.service import cache
from chalicelib.core import metrics, parallel, tables
from chalicelib.core.attributes import seconds
from chalicelib.core.buckets import Buckets, Part
from chalicelib.core.ids import new_id
from chalicelib.notifications import storage as noticed
from chalicelib.notifications.service.reminders import due_of
from chalicelib.notifications.storage import _records as notifications
from functions import entry, manifest
from functions.manifest import Function
from tests.appointments.world import HALL, book, new_slot
from tests.load.report import table
from tests.support.cases import lodge, verified
from tests.support.client import ApiClient
from tests.support.clock import MONDAY
from tests.support.people import log_in

pytestmark = pytest.mark.slow
DUE = int(os.environ.get("TIMERS_DUE", "100000"))
HALLS = int(os.environ.get("TIMERS_HALLS", "3000"))
# As in production; other tests ask fewer.
BUCKETS: Final = 64
RUNS: Final = 6
# What BatchWriteItem takes.
_AT_ONCE = 25

Item = dict[str, Any]
# The due things, and when all of them are.
Due = tuple[Iterator[Item], datetime]
Make = Callable[[ApiClient], Due]


def write(room: str, items: Iterator[Item]) -> None:
    """Put items into a table, many at once."""
    dynamodb: Any = tables.client()

    def put(some: list[Item]) -> None:
        requests = [{"PutRequest": {"Item": one}} for one in some]
        while requests:
            answer = dynamodb.batch_write_item(RequestItems={room: requests})
            requests = answer.get("UnprocessedItems", {}).get(room, [])

    all_ = list(items)
    some = [all_[first : first + _AT_ONCE] for first in range(0, len(all_), _AT_ONCE)]
    parallel.map_concurrently(put, some)


def item(pk: str, sk: str, **more: str | int) -> Item:
    known = {"pk": pk, "sk": sk, **more}
    return {n: {"S": v} if isinstance(v, str) else {"N": str(v)} for n, v in known.items()}


def stored(room: str, pk: str, sk: str) -> Item:
    dynamodb: Any = tables.client()
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    found: Item = dynamodb.get_item(TableName=room, Key=key)["Item"]
    return found


def reminders(client: ApiClient) -> Due:
    me = log_in(client)
    made = book(client, me, new_slot(1, hours=50)).json()["appointment_id"]
    appointment = lookup.load(made)
    due = due_of(appointment, "reminder_day_before")
    pattern = stored(appointments.TABLE.name, f"C#{me.citizen_id}", f"A#{made}")
    told = [me.citizen_id + new_id(len(made) - 8) for _ in range(DUE // 10)]
    keep = (pattern | item(f"C#{me.citizen_id}", f"A#{one}") for one in told)
    write(appointments.TABLE.name, keep)
    ids = [*told, *(new_id(16) for _ in range(DUE - len(told)))]
    # Each is due some minutes later or earlier, as its id says.
    late = max(due_of(replace(appointment, appointment_id=one), due.reminder).due_at for one in ids)

    def listed() -> Iterator[Item]:
        for one in ids:
            at = due_of(replace(appointment, appointment_id=one), due.reminder).due_at
            keys = f"C#{one[:8]}", f"R#{one}#{due.reminder}"
            bucket = notifications.DUE.of(one)
            yield item(*keys, bucket=bucket, due_at=seconds(at), version=1)
        for number, bucket in enumerate(notifications.DUE.keys):
            yield item(f"C#x{number}", "bad", bucket=bucket, due_at=1)

    return listed(), late


def limits(client: ApiClient) -> Due:
    case_id = lodge(client, verified(client)).json()["case_id"]
    number = case_id[8:]
    pattern = stored(cases.TABLE.name, f"K#{number}", "case")
    at = int(pattern["watch_at"]["N"])

    def listed() -> Iterator[Item]:
        for one in (new_id(len(number)) for _ in range(DUE)):
            keys = item(f"K#{one}", "case", case=case_id[:8] + one, watch=cases.WATCH.of(one))
            yield pattern | keys
        for bucket in cases.WATCH.keys:
            yield item(f"K#{new_id(len(number))}", "case", watch=bucket, watch_at=1)

    return listed(), datetime.fromtimestamp(at + 60, MONDAY.tzinfo)


def orphans(client: ApiClient) -> Due:
    slot, orphan = new_slot(2, hours=50), new_id(16)
    key = parse_slot_id(slot)
    assert key
    assert slots.take_seat(Seat(key, 0, orphan), MONDAY)
    pattern = stored(appointments.TABLE.name, *appointments.slot_keys(key, 0))
    # Each has a minute for itself, of a day that no other test opens.
    minutes = -(-DUE // HALLS)
    stamps = [f"{MONDAY + timedelta(days=20, minutes=n):%Y%m%d%H%M}" for n in range(minutes)]

    def listed() -> Iterator[Item]:
        for number in range(DUE):
            at, hall = divmod(number, HALLS)
            pk, sk = f"S#hall-33{hall:04}#identity", f"{stamps[at]}#0"
            yield pattern | item(pk, sk, sweep=appointments.SWEEP.of(f"{pk}{sk}"))
        for number, bucket in enumerate(appointments.SWEEP.keys):
            yield item(f"S#bad{number}", "x", sweep=bucket, sweep_at=1)

    return listed(), MONDAY + timedelta(minutes=30)


@contextmanager
def as_large(monkeypatch: pytest.MonkeyPatch, lists: Buckets) -> Iterator[None]:
    """Let there be many halls, and as many buckets of a list as in production."""
    known, before = catalogue.current(), lists.count
    pattern = known.offices[HALL]
    many: dict[str, Any] = {
        f"hall-33{n:04}": replace(pattern, office_id=f"hall-33{n:04}") for n in range(HALLS)
    }
    bigger = replace(known, offices={**known.offices, **many})
    for module in (cache, catalogue):
        monkeypatch.setattr(module, "current", lambda: bigger)
    object.__setattr__(lists, "count", BUCKETS)
    yield
    object.__setattr__(lists, "count", before)


TIMERS: Final[dict[str, tuple[str, Buckets, Make, Callable[[datetime], Sized]]]] = {
    "send_reminders": (
        notifications.TABLE.name,
        notifications.DUE,
        reminders,
        lambda now: noticed.list_due(now, DUE),
    ),
    "watch_deadlines": (cases.TABLE.name, cases.WATCH, limits, lodged.list_to_watch),
    "release_expired": (
        appointments.TABLE.name,
        appointments.SWEEP,
        orphans,
        lambda _now: slots.list_to_sweep(),
    ),
}


@pytest.mark.parametrize("name", TIMERS)
def test_each_part_ends_in_time_and_a_few_runs_leave_nothing(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    room, lists, make, list_due = TIMERS[name]
    function, set_aside = manifest.named(name), list[int]()
    count = metrics.count

    def counted(function: str, *, processed: int = 0, failed: int = 0) -> None:
        set_aside.append(failed)
        count(function, processed=processed, failed=failed)

    with as_large(monkeypatch, lists):
        items, now = make(client)
        write(room, items)
        monkeypatch.setattr(metrics, "count", counted)
        runs = list[list[tuple[float, float]]]()
        # What cannot be read is listed for ever.
        while len(runs) < RUNS and (not runs or len(list_due(now)) > BUCKETS):
            set_aside.clear()
            runs.append([timed(function, number, now) for number in range(function.parts)])
            failed = sum(set_aside)
        left = len(list_due(now))
    slowest, busiest = (max(one[n] for some in runs for one in some) for n in (0, 1))
    table(
        f"timers-{name}",
        f"{name}: {DUE:,} due things, {BUCKETS} that nobody can read, {HALLS:,} halls",
        ["measured", ""],
        [
            ["parts of a run, one after another", function.parts],
            ["slowest part, seconds", round(slowest, 1)],
            ["limit of a part, seconds", function.timeout_seconds],
            ["processor of the busiest part, seconds", round(busiest, 1)],
            ["runs until nothing is left but what nobody can read", len(runs)],
            ["left on the list", left],
            ["set aside in the last run, counted for the alarm", failed],
        ],
    )
    assert slowest < function.timeout_seconds
    assert left <= BUCKETS
    assert failed >= BUCKETS


def timed(function: Function, number: int, now: datetime) -> tuple[float, float]:
    """Do a part; return the seconds and those of the processor."""
    began, busy = monotonic(), process_time()
    run: Callable[..., object] = entry.run(function)
    run(now, part=Part(number, function.parts))
    return monotonic() - began, process_time() - busy
