"""Everything is killed at once under load: what was answered holds, and all are told once.

`make kill` does it twenty times over one folder, and writes the figures into docs/benchmarks.md.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.load.report import table
from tests.support.crowd import Crowd
from tests.support.senders import Sender
from tests.support.system import System
from tests.support.visitors import CONSENTS, Visitor

KILLS = 20
# A message that was taken comes again when its worker's time is over.
# What a message that was received too often did not do, the second way does every ten minutes.
SETTLED_WITHIN_SECONDS = 660
# From asking a platform to noting that it was asked, on a busy machine.
ON_THE_WIRE = timedelta(seconds=20)


def kill_under_load(system: System, crowd: Crowd, seconds: float) -> tuple[datetime, int]:
    """Kill all under a crowd, start again; return when, and how many writes had no answer."""
    threads = crowd.come(seconds)
    killed = datetime.now(UTC)
    system.stop()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    system.start()
    return killed, sum(one.go_on() for one in (*crowd.visitors, *crowd.senders))


def check_booked(visitor: Visitor) -> None:
    """See that all that was answered is there, by its id, and nothing else."""
    held = visitor.look("/v1/appointments")["items"]
    assert [one["appointment_id"] for one in held] == [visitor.appointment_id][: len(held)]
    if visitor.appointment_id:
        found = visitor.look(f"/v1/appointments/{visitor.appointment_id}")
        assert found == next(one.answer for one in reversed(visitor.writes) if one.answer)
        assert found["status"] == ("cancelled" if visitor.is_cancelled else "booked")


def check_sent(sender: Sender) -> None:
    """See that the case and the delivery are there, by their ids, and no other."""
    held = sender.look("/v1/cases")["items"]
    assert [one["case_id"] for one in held] == [sender.case_id][: len(sender.writes)]
    held = sender.look("/v1/deliveries")["items"]
    assert [one["delivery_id"] for one in held] == [sender.delivery_id][: len(sender.writes[1:])]
    for write in sender.writes:
        number = write.answer.get("delivery_id") or write.answer["case_id"]
        found = sender.look(f"{write.path}/{number}")
        kept = ("status", "form", "materials", "address", "receipt_number")
        assert [found.get(name) for name in kept] == [write.answer.get(name) for name in kept]


def check(crowds: Sequence[Crowd]) -> int:
    """Check what all were answered; return how many writes that were, log-ins left out."""
    for crowd in crowds:
        for visitor in crowd.visitors:
            check_booked(visitor)
        for sender in crowd.senders:
            check_sent(sender)
    return sum(one.answered for crowd in crowds for one in (*crowd.visitors, *crowd.senders))


def settle(crowds: Sequence[Crowd]) -> None:
    """Wait until every notice is there, and what goes outside is no longer due."""
    everyone = [one for crowd in crowds for one in (*crowd.visitors, *crowd.senders)]
    for one in everyone:
        one.log_in()
    left, until = everyone, time.monotonic() + SETTLED_WITHIN_SECONDS
    while left and time.monotonic() < until:
        left = [one for one in left if not is_told(one)]
        time.sleep(0.5)


def is_told(one: Visitor) -> bool:
    """Tell whether nothing is to come."""
    if one.notices() < one.events or "due" in one.outside().values():
        return False
    return not isinstance(one, Sender) or not one.delivery_id or bool(one.asked())


def check_told(visitor: Visitor) -> Iterator[list[datetime]]:
    """See that each notice is there once, and its message; return when each was shown."""
    assert visitor.notices() == visitor.events
    outside, messages = visitor.outside(), visitor.messages()
    sent = {event for event, state in outside.items() if state == "sent"}
    assert messages.keys() == sent
    # Of a booking that was cancelled before it was told of nobody needs a message.
    assert len(outside) - len(sent) <= visitor.is_cancelled
    assert visitor.consents() == len(visitor.writes[:1]) * CONSENTS - len(sent)
    for times in messages.values():
        yield list(map(datetime.fromisoformat, times))


def check_asked(sender: Sender) -> Iterator[list[datetime]]:
    """See that the courier was asked once; return when, as often as it was asked."""
    assert sender.notices() == sender.events
    asked = sender.asked()
    wanted = ["delivery.requested"] if sender.delivery_id else []
    assert [one["type"] for one in asked] == wanted
    assert all(one["verified"] for one in asked)
    for one in asked:
        yield [datetime.fromisoformat(one["received_at"])] * one["times"]


def doubled(messages: Sequence[list[datetime]], kills: Sequence[datetime]) -> int:
    """See that each kill doubled at most one; return how many came twice."""
    found = Counter[datetime]()
    for first, *again in messages:
        for _ in again:
            found[min(kills, key=lambda kill: abs(kill - first))] += 1
            assert min(abs(kill - first) for kill in kills) < ON_THE_WIRE
    # A worker sends one message at a time, so each kill finds at most one on the wire.
    assert set(found.values()) <= {1}
    return found.total()


def killed_again_and_again(system: System) -> dict[str, int]:
    """Kill one run again and again, the next crowd there at once; return the figures."""
    chance, unanswered, answered = random.Random(), 0, 0
    crowds, kills = list[Crowd](), list[datetime]()
    for number in range(KILLS):
        crowds.append(Crowd(system.url, f"kill-{number}"))
        killed, waited = kill_under_load(system, crowds[-1], chance.uniform(1, 6))
        kills.append(killed)
        unanswered += waited
        answered += check(crowds[-1:])
    settle(crowds)
    # What was answered in the first round is there after the last kill.
    assert check(crowds) == answered
    shown = [m for crowd in crowds for one in crowd.visitors for m in check_told(one)]
    asked = [m for crowd in crowds for one in crowd.senders for m in check_asked(one)]
    everyone = [one for crowd in crowds for one in (*crowd.visitors, *crowd.senders)]
    figures = {
        "answered": answered,
        "unanswered": unanswered,
        "notices": sum(one.events.total() for one in everyone),
        "shown": len(shown),
        "shown twice": doubled(shown, kills),
        "asked": len(asked),
        "asked twice": doubled(asked, kills),
    }
    for crowd in crowds:
        crowd.close()
    return figures


@pytest.mark.slow
def test_twenty_kills_lose_nothing_and_double_nothing_but_what_was_on_the_wire(
    tmp_path: Path,
) -> None:
    system = System(tmp_path)
    try:
        figures = killed_again_and_again(system)
    finally:
        system.stop()
    rows: list[list[object]] = [
        ["writes that were answered, retried ones with them", f"{figures['answered']:,}"],
        ["of these gone, or not as answered, after their kill and after the last", 0],
        ["writes cut off, sent again by their keys after the start", figures["unanswered"]],
        ["notices in inboxes", f"{figures['notices']:,}"],
        ["of these missing / twice", "0 / 0"],
        ["messages that platforms showed", f"{figures['shown']:,}"],
        ["of these missing / twice", f"0 / {figures['shown twice']}"],
        ["messages to couriers", f"{figures['asked']:,}"],
        ["of these missing / twice", f"0 / {figures['asked twice']}"],
    ]
    title = f"{KILLS} times `kill -9` of everything under bookings, cases and parcels, one folder"
    table("kills", title, ["", "measured"], rows)
