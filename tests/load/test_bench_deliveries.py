"""Ten thousand deliveries through a bad network and workers that are killed at random."""

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from rich.progress import Progress

from chalicelib.cases.domain import Address, Case, CaseStatus
from chalicelib.core.changes import Author
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.service import changes, creation, steps
from tests.appointments.world import HALL
from tests.deliveries.world import Hired, hire
from tests.load.report import table
from tests.support.cases import worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import log_in
from tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.slow
DELIVERIES: Final = int(os.environ.get("BENCH_DELIVERIES", "10000"))
PEOPLE: Final = min(200, max(10, DELIVERIES // 20))
FAULTS: Final = 0.3
WORKERS: Final = 2
# How many times as fast the product's clock runs: what the endpoint asks to wait is not our pace.
FASTER: Final = 30
_GLANCE: Final = 0.2
_LEAP_EVERY: Final = 3
_LEAP_SECONDS: Final = 3600
_KILLED_AFTER: Final = max(50, DELIVERIES // 40)
_GIVE_UP_AFTER: Final = 3600


class Workers:
    """Worker processes of which one is killed now and then, and started anew."""

    def __init__(self, courier_id: str) -> None:
        self._courier_id = courier_id
        self.killed = 0
        self.largest_kilobytes = 0
        self.cpu_seconds = 0.0
        self._processes = [self._start() for _ in range(WORKERS)]

    def kill_one(self) -> None:
        at = random.randrange(WORKERS)
        self._measure(self._processes[at])
        self._processes[at].kill()
        self._processes[at].wait()
        self._processes[at] = self._start()
        self.killed += 1

    def start_ended(self) -> None:
        """Start again what ended by itself, as when the database was too slow; a timer does."""
        for at, process in enumerate(self._processes):
            if process.poll() is not None:
                self._processes[at] = self._start()

    def stop(self) -> None:
        for process in self._processes:
            self._measure(process)
            process.kill()
            process.wait()

    def _measure(self, process: "subprocess.Popen[bytes]") -> None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+)", status)
        self.largest_kilobytes = max(self.largest_kilobytes, int(found[1]) if found else 0)
        user, system = (
            Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        )
        self.cpu_seconds += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.load.courier_worker", self._courier_id]
        return subprocess.Popen(command)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def bad_network(_number: int) -> tuple[int, Mapping[str, str], bytes]:
    """Fail as often as FAULTS says, in every way."""
    if random.random() >= FAULTS:
        return 200, {}, b"ok"
    kind = random.choice(("500", "429", "cut", "slow"))
    if kind == "cut":
        raise ConnectionAbortedError
    if kind == "slow":
        return 503, {"Retry-After": "1"}, b"busy"
    return (500, {}, b"oops") if kind == "500" else (429, {"Retry-After": "2"}, b"slowly")


def ask_for(number: int, hired: Hired, citizen_id: str, now: datetime) -> None:
    case = Case(
        case_id=citizen_id + new_id(12),
        person=citizen_id,
        service_id="elder-card",
        office_id=HALL,
        status=CaseStatus.ISSUED,
        lodged_at=now,
        promised_at=now,
        due_at=now,
    )
    attempt = Attempt(new_id(16), new_id(8))
    made = creation.begin(case, Address(**hired.address), "bench", attempt, now)
    assert made
    if number % 10 == 0:
        # Two messages, which must come in their order.
        changes.change(lambda: changes.load(made.delivery_id), steps.cancel, Author("bench", now))


def test_ten_thousand_deliveries(client: ApiClient, receiver: Receiver, clock: TestClock) -> None:
    hired = hire(client, receiver, worker(client, "admin"))
    directory.forget()
    hired.inbox.play = bad_network
    people, now = [log_in(client).citizen_id for _ in range(PEOPLE)], datetime.now(UTC)
    with Progress() as progress:
        bar = progress.add_task("ask", total=DELIVERIES)
        with ThreadPoolExecutor(4) as threads:
            asked = (
                threads.submit(ask_for, n, hired, people[n % PEOPLE], now)
                for n in range(DELIVERIES)
            )
            for one in list(asked):
                one.result()
                progress.advance(bar)
        wanted = DELIVERIES + DELIVERIES // 10
        bar = progress.add_task("send", total=wanted)
        began, workers, flood = time.monotonic(), Workers(hired.courier_id), None
        leapt = began
        while len(hired.inbox.effects) < wanted or not all_taken(hired, wanted):
            assert time.monotonic() - began < _GIVE_UP_AFTER
            time.sleep(_GLANCE)
            arrived = len(hired.inbox.effects)
            if flood is None and arrived >= wanted * 0.9:
                flood = len(hired.inbox.got) / (time.monotonic() - began)
            clock.advance(_GLANCE * FASTER)
            if flood and time.monotonic() - leapt > _LEAP_EVERY:
                # The last ones wait for hours by the schedule; leases need their minute between.
                clock.advance(_LEAP_SECONDS)
                leapt = time.monotonic()
            if len(hired.inbox.got) > _KILLED_AFTER * (workers.killed + 1):
                workers.kill_one()
            workers.start_ended()
            progress.update(bar, completed=arrived)
        seconds = time.monotonic() - began
        workers.stop()
    check_order(hired)
    attempts = len(hired.inbox.got)
    assert all(got.verified for got in hired.inbox.got)
    table(
        "deliveries",
        f"{DELIVERIES:,} deliveries, {FAULTS:.0%} of attempts fail, {WORKERS} workers, some killed",
        ["", ""],
        [
            ["messages (every tenth delivery has two)", f"{wanted:,}"],
            ["attempts that reached the receiver", f"{attempts:,}"],
            ["workers killed by SIGKILL", workers.killed],
            ["messages lost", wanted - len(hired.inbox.effects)],
            ["effects at a receiver that knows webhook-id", f"{len(hired.inbox.effects):,}"],
            ["deliveries with messages out of order", 0],
            ["seconds, from the first attempt to the last", round(seconds)],
            ["attempts a second until nine of ten had arrived", round(flood or 0)],
            [
                "processor time of the workers for each attempt, their starts included, ms",
                round(1000 * workers.cpu_seconds / attempts),
            ],
            ["most memory of a worker, MB", round(workers.largest_kilobytes / 1024)],
        ],
    )


def all_taken(hired: Hired, wanted: int) -> bool:
    """Tell whether our own side knows of every message that it was taken."""
    assert len(hired.inbox.effects) == wanted
    return not OUTBOX.list_unsent(hired.courier_id, None, 10).items


def check_order(hired: Hired) -> None:
    last: dict[str, int] = {}
    for body in hired.inbox.effects.values():
        delivery_id = body["data"]["delivery_id"]
        assert body["sequence"] == last.get(delivery_id, 0) + 1
        last[delivery_id] = body["sequence"]
