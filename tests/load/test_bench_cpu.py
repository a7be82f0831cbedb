"""What a request costs the processor beside its calls of DynamoDB; writes docs/benchmarks.md.

A request is measured from the gateway's event to its answer, as it is in production: it asks by the
SDK, not by the short way that tests go, and writes one log.
"""

import itertools
import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, Final

import pytest

from app import app
from chalicelib.core import aws, dependencies, logs
from chalicelib.core.clock import Clock
from chalicelib.core.ids import new_id
from tests.appointments.world import HALL, clerk, new_slot
from tests.load import bare
from tests.load.bare import Bare
from tests.load.report import table
from tests.load.week import half_taken_week
from tests.support.client import ApiClient, gateway
from tests.support.clock import TestClock
from tests.support.people import log_in

pytestmark = pytest.mark.slow
_TURNS, _OF_A_TURN = 24, 6
_SERVICE: Final = "id-card-renewal"
_WEEK: Final = f"/v1/offices/{HALL}/availability?service_id={_SERVICE}&days="
_FIRST_SEEN: Final = "book, by a token that the process sees for the first time"
# What a request may cost, of what its calls cost by the bare SDK; a ratio scatters by a twentieth.
_MOST, _SCATTER = 1.3, 1.05
# A request, or its calls, ready to be made.
Act = Callable[[], object]


def test_cpu_of_a_request(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_taken_week()
    slots, others = ([new_slot(32) for _ in range(12)] for _ in range(2))
    day = slots[0][-12:-4]
    board = f"/v1/admin/offices/{HALL}/appointments?service_id={_SERVICE}"
    board += f"&date={day[:4]}-{day[4:6]}-{day[6:]}"
    desk = clerk(client)
    # Only a run on one machine reads from a file how far its clock is ahead.
    ahead = dependencies.clock().now() - Clock.outside()
    monkeypatch.setattr(Clock, "_offset", lambda _: ahead)
    monkeypatch.setattr(aws, "_client", cache(aws._client.__wrapped__))
    log = logging.getLogger("onetrip")
    written = [one for one in log.handlers if isinstance(one.formatter, logs.JsonLines)]
    monkeypatch.setattr(log, "handlers", written)
    found = [
        ["book", *_cpu_by_turns(*_bookings(client, slots, seen=True))],
        [
            _FIRST_SEEN,
            *_cpu_by_turns(*_bookings(client, others, seen=False)),
        ],
        ["board of a day", *_cpu_by_turns(*_readings(board, desk))],
        ["availability, 1 day", *_cpu_by_turns(*_readings(f"{_WEEK}1"))],
        ["availability, 7 days", *_cpu_by_turns(*_readings(f"{_WEEK}7"))],
    ]
    title = "CPU of a request: ratio to the same calls by the bare SDK, and milliseconds"
    table("cpu", title, ["", "ratio", "request", "bare SDK"], found)
    above = [one[:2] for one in found if float(one[1]) > _MOST * _SCATTER]
    # Of a token that is new to a process the signature is verified, once.
    assert [name for name, _ in above if name != _FIRST_SEEN] == [], above


def _bookings(
    client: ApiClient, slots: list[str], *, seen: bool
) -> tuple[Iterator[Act], Iterator[Act]]:
    """Return bookings, each by another citizen, and their calls as others would make them.

    Citizens who were `seen` have looked at what they have booked before.
    """

    def ours() -> Iterator[Act]:
        for slot in itertools.cycle(slots):
            token, key = log_in(client).token, {"idempotency-key": new_id()}
            if seen:
                _ready("GET", "/v1/appointments", token)()
            wanted = {"service_id": _SERVICE, "office_id": HALL, "slot_id": slot}
            yield _ready("POST", "/v1/appointments", token, json.dumps(wanted), key)

    made = ours()
    # What a process reads now and then for itself comes first.
    next(made)()
    known = [_recorded(next(made)) for _ in slots]

    def theirs() -> Iterator[Act]:
        sdk = Bare()
        for calls in itertools.cycle(known):
            item = calls[-1][1]["TransactItems"][0]["Put"]["Item"]
            yield sdk.again(bare.of_another(calls, item["pk"]["S"].removeprefix("C#")))

    return made, theirs()


def _readings(path: str, token: str = "") -> tuple[Iterator[Act], Iterator[Act]]:
    ask = partial(_ready, "GET", path, token)
    ask()()
    again = Bare().again(_recorded(ask()))
    return iter(ask, None), itertools.repeat(again)


def _recorded(act: Act) -> bare.Calls:
    with bare.recorded() as calls:
        act()
    return calls


def _ready(
    method: str, path: str, token: str = "", body: str = "", more: dict[str, str] | None = None
) -> Act:
    headers = {"accept": "application/json", "content-type": "application/json", **(more or {})}
    if token:
        headers["authorization"] = f"Bearer {token}"
    event: Any = gateway().event_converter.create_lambda_event(method, path, headers, body.encode())

    def ask() -> None:
        answer = app(event, None)
        assert answer["statusCode"] in (200, 201), answer

    return ask


def _cpu_by_turns(ours: Iterator[Act], theirs: Iterator[Act]) -> list[str]:
    """Return what two cost as a ratio and each, the least of its turns beside the other's."""
    least = [math.inf, math.inf]
    for _ in range(_TURNS):
        for number, acts in enumerate((ours, theirs)):
            first, *others = itertools.islice(acts, 1 + _OF_A_TURN)
            first()
            began = time.process_time()
            for act in others:
                act()
            least[number] = min(least[number], (time.process_time() - began) / _OF_A_TURN)
    return [f"{least[0] / least[1]:.2f}", *(f"{seconds * 1000:.1f}" for seconds in least)]
