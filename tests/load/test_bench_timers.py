"""Timers at the size of a province: due things by the hundred thousand, halls by the thousand.

Each part of a run must end within its function's time, with a record among its own that nobody can
read. What is due here asks for what is gone, or closes nothing: the cheapest of its kind, as the
embedded engine answers less in a second than the service does. `TIMERS_DUE` and `TIMERS_HALLS`
make it smaller.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest

from chalicelib.appointments.storage import _records as appointments
from chalicelib.cases.storage import _records as cases
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.service import cache
from chalicelib.core import parallel, tables
from chalicelib.core.attributes import seconds
from chalicelib.core.buckets import Part
from chalicelib.core.ids import new_id
from chalicelib.notifications.storage import _records as notifications
from functions import entry, manifest
from infra.local.engine import Engine
from tests.appointments.world import HALL
from tests.load.report import table
from tests.support.clock import MONDAY

pytestmark = pytest.mark.slow
DUE = int(os.environ.get("TIMERS_DUE", "100000"))
HALLS = int(os.environ.get("TIMERS_HALLS", "3000"))
LONG_AGO = MONDAY - timedelta(days=2000)
# What BatchWriteItem takes.
_AT_ONCE = 25

Item = dict[str, Any]


def write(room: str, items: list[Item]) -> None:
    """Put items into a table, many at once."""
    dynamodb: Any = tables.client()

    def put(some: list[Item]) -> None:
        requests = [{"PutRequest": {"Item": one}} for one in some]
        while requests:
            answer = dynamodb.batch_write_item(RequestItems={room: requests})
            requests = answer.get("UnprocessedItems", {}).get(room, [])

    some = [items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE)]
    parallel.map_concurrently(put, some)


def item(pk: str, sk: str, **more: str | int) -> Item:
    known = {"pk": pk, "sk": sk, **more}
    return {n: {"S": v} if isinstance(v, str) else {"N": str(v)} for n, v in known.items()}


def reminders(at: int) -> list[Item]:
    """Return reminders of appointments that are gone, and in each bucket one that is none."""
    ids = [new_id(16) for _ in range(DUE)]
    return [
        *(
            item(
                f"C#{one[:8]}",
                f"R#{one}#reminder_day_before",
                bucket=notifications.DUE.of(one),
                due_at=at,
                version=1,
            )
            for one in ids
        ),
        *(item(f"C#x{n}", "bad", bucket=b, due_at=1) for n, b in enumerate(notifications.DUE.keys)),
    ]


def limits(at: int) -> list[Item]:
    """Return time limits of cases that are gone, and in each bucket one that is none."""
    return [
        *(
            item(f"K#{one}", "case", watch=cases.WATCH.of(one), watch_at=at)
            for one in (new_id(16) for _ in range(DUE))
        ),
        *(item(f"K#{n}", "bad", watch=b, watch_at=1) for n, b in enumerate(cases.WATCH.keys)),
    ]


def slots(at: int) -> list[Item]:
    """Return slots that nobody can read, one in each bucket."""
    return [
        item(f"S#bad{n}", "x", sweep=b, sweep_at=at) for n, b in enumerate(appointments.SWEEP.keys)
    ]


def many_halls(monkeypatch: pytest.MonkeyPatch) -> None:
    known = catalogue.current()
    pattern = known.offices[HALL]
    many: dict[str, Any] = {
        f"hall-33{n:04}": replace(pattern, office_id=f"hall-33{n:04}") for n in range(HALLS)
    }
    bigger = replace(known, offices={**known.offices, **many})
    for module in (cache, catalogue):
        monkeypatch.setattr(module, "current", lambda: bigger)


@pytest.mark.parametrize(
    ("name", "room", "make"),
    [
        ("send_reminders", notifications.TABLE.name, reminders),
        ("watch_deadlines", cases.TABLE.name, limits),
        ("release_expired", appointments.TABLE.name, slots),
    ],
)
def test_each_part_ends_in_time(
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    room: str,
    make: Callable[[int], list[Item]],
) -> None:
    now: datetime = MONDAY
    items = make(seconds(LONG_AGO))
    write(room, items)
    many_halls(monkeypatch)
    function = manifest.named(name)
    run: Callable[..., object] = entry.run(function)
    took = []
    for number in range(function.parts):
        began = monotonic()
        run(now, part=Part(number, function.parts))
        took.append(monotonic() - began)
    table(
        f"timers-{name}",
        f"{name} with {len(items):,} things on its list and {HALLS:,} halls, in parts",
        ["parts", "slowest part, seconds", "limit"],
        [[function.parts, round(max(took), 1), function.timeout_seconds]],
    )
    assert max(took) < function.timeout_seconds
