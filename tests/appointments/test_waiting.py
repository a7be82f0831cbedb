"""The waiting list: joining it, a freed seat that goes to whoever waited longest, and its end."""

import contextlib
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.jobs.release import release_expired
from chalicelib.appointments.occupancy import service as occupancy
from chalicelib.appointments.waiting import handlers
from chalicelib.appointments.waiting import storage as waiting
from chalicelib.appointments.waiting.service import offers
from chalicelib.catalogue import service as catalogue
from chalicelib.core import history
from chalicelib.core.errors import Problem
from chalicelib.core.events import Event, of_entry
from chalicelib.core.ids import new_id
from chalicelib.identity import storage as identity
from chalicelib.identity.service.revocations import revocations
from tests.appointments.waiting import Waiters, key_of, stored
from tests.appointments.world import of_family
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after, every_second_call_fails
from tests.support.meter import metered
from tests.support.people import be_adult

NO_MORE = "您已不在该候补名单中"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def list_(
    client: ApiClient, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Waiters]:
    made = Waiters(client, clock)
    # The timer looks at one hall's line, and counts nobody's seats: that takes its time.
    group = catalogue.current().groups[made.hall, made.category]
    known = SimpleNamespace(groups={(made.hall, made.category): group})
    monkeypatch.setattr(offers, "catalogue", SimpleNamespace(current=lambda: known))
    monkeypatch.setattr(occupancy, "count", lambda *_: 0)
    yield made
    made.clear()


def test_one_waits_in_the_order_of_coming_and_sees_how_many_are_ahead(list_: Waiters) -> None:
    (first, one), (second, two) = list_.waiter(), list_.waiter(times=["morning"])
    shown = list_.entry(first, one)
    assert (shown["status"], shown["ahead"], shown["offer"]) == ("waiting", 0, None)
    shown = list_.entry(second, two)
    assert (shown["ahead"], shown["times"]) == (1, ["morning"])
    [mine] = list_.client.get("/v1/waiting-list", token=second.token).json()["items"]
    assert mine == shown
    # Where fewest stand ahead counts.
    elsewhere = list_.wait(list_.person(), office_ids=[list_.hall, "hall-330212"]).json()
    assert elsewhere["ahead"] == 0


def test_one_person_waits_once_for_a_service(list_: Waiters) -> None:
    who = list_.person()
    first, again = (list_.wait(who, "wait-for-me") for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert first.json() == again.json()
    assert list_.wait(who).code == "already_waiting"
    assert list_.wait(who, "wait-for-me", times=["morning"]).code == "idempotency_key_reused"
    path = first.headers["location"]
    assert list_.client.send("DELETE", path, token=who.token).json()["status"] == "left"
    assert list_.client.send("DELETE", path, token=who.token).json()["status"] == "left"
    assert list_.wait(who).status == 201
    other, _ = list_.waiter()
    assert list_.client.get(path, token=other.token).status == 404
    assert list_.act(other, path, "accept").status == 404
    assert list_.client.send("DELETE", path, token=other.token).status == 404


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"service_id": "none"}, "/service_id"),
        ({"office_ids": ["none"]}, "/office_ids/0"),
        ({"office_ids": []}, "/office_ids"),
        ({"office_ids": ["hall-330211"] * 2}, "/office_ids"),
        ({"office_ids": [f"hall-{n}" for n in range(6)]}, "/office_ids"),
        ({"until": "2027-01-01"}, "/until"),
        ({"from": "2026-01-01", "until": "2026-01-02"}, "/until"),
        ({"until": "2040-01-01"}, "/until"),
        ({"until": "tomorrow"}, "/until"),
        ({"times": ["evening"]}, "/times/0"),
        ({"times": ["morning"] * 2}, "/times"),
        ({"for_member": "nobody"}, "/for_member"),
    ],
)
def test_what_cannot_be_waited_for_is_said(
    list_: Waiters, wrong: dict[str, Any], pointer: str
) -> None:
    refused = list_.wait(list_.person(), **wrong)
    assert refused.status == 422
    assert pointer in [one["pointer"] for one in refused.json()["errors"]]


def test_only_who_is_known_waits_where_seats_are_scarce(list_: Waiters) -> None:
    who = list_.person()
    assert list_.wait(who, service_id="passport-issue").code == "verification_required"
    be_adult(list_.client, who)
    assert list_.wait(who, service_id="passport-issue").status == 201


def test_a_person_served_waits_once_whoever_asks(list_: Waiters) -> None:
    who = list_.person()
    child = of_family(list_.client, who, "王小明")
    assert list_.wait(who, for_member=child).json()["for_member"] == child
    assert list_.wait(who).status == 201
    assert list_.wait(who, for_member=child).code == "already_waiting"


@pytest.mark.parametrize("for_whom", ["self", "member", "again"])
def test_who_has_left_waits_for_nothing_though_the_process_knows_it_not(
    list_: Waiters, monkeypatch: pytest.MonkeyPatch, for_whom: str
) -> None:
    who = list_.person()
    citizen_id = list_.client.get("/v1/me", token=who.token).json()["citizen_id"]
    member = of_family(list_.client, who, "王小明") if for_whom == "member" else None
    if for_whom == "again":
        left = list_.wait(who).headers["location"]
        list_.client.delete(left, token=who.token)
    assert list_.client.delete("/v1/me", token=who.token).status == 204
    # As in another process, which reads what was revoked every fifteen seconds.
    monkeypatch.setattr(revocations, "_rights", {})
    monkeypatch.setattr(revocations, "refresh", lambda _: None)
    assert list_.wait(who, for_member=member).status in ((401, 422) if member else (401,))
    assert waiting.line_of(list_.hall, list_.category) == []
    assert [one for one in waiting.list_of(citizen_id) if one.active] == []


def test_nobody_waits_for_who_was_left_out_of_the_family(list_: Waiters) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    who, other = list_.person(), list_.person()
    kept, left = (of_family(list_.client, who, name) for name in ("王小明", "王小红"))
    entry = list_.wait(who, for_member=left)
    assert entry.status == 201
    list_.cancel(booker, path)
    list_.pass_on(slot)
    assert list_.entry(who, entry.headers["location"])["status"] == "offered"
    assert list_.wait(who, for_member=kept).status == 201
    assert list_.wait(other).status == 201
    removed = list_.client.delete(f"/v1/me/family/{left}", token=who.token)
    assert removed.status == 204, removed.body
    for _ in range(2):
        for one in identity.load_entries(who.citizen_id):
            handlers.follow_up(of_entry(one), list_.now)
    mine = list_.client.get("/v1/waiting-list", token=who.token).json()["items"]
    assert {one["for_member"]: one["status"] for one in mine} == {kept: "offered", left: "left"}


def test_who_was_verified_since_the_log_in_waits_once_as_the_person(list_: Waiters) -> None:
    who = list_.person()
    earlier = who
    be_adult(list_.client, who)
    assert list_.wait(earlier).status == 201
    assert list_.wait(list_.again(who)).code == "already_waiting"


def test_who_waits_and_is_verified_then_waits_once_all_the_same(list_: Waiters) -> None:
    who, path = list_.waiter()
    be_adult(list_.client, who)
    who = list_.again(who)
    assert list_.wait(who).code == "already_waiting"
    slot = list_.slot()
    list_.cancel(*list_.full(slot))
    list_.pass_on(slot)
    assert list_.act(who, path, "accept").status == 201
    other = list_.person()
    assert list_.wait(other).status == 201
    # Whose place has ended waits anew, whichever name it was under.
    assert list_.client.send("DELETE", list_.places[-1], token=other.token).status == 200
    be_adult(list_.client, other)
    assert list_.wait(list_.again(other)).status == 201


def test_a_freed_seat_goes_to_the_longest_waiting_and_never_to_the_crowd(list_: Waiters) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    (first, one), (second, two) = list_.waiter(), list_.waiter()
    assert list_.cancel(booker, path).status == 200
    crowd = list_.person()
    assert list_.book(crowd, slot).code == "slot_full"
    assert (list_.state(slot)["state"], list_.state(slot)["retry_at"]) == ("reserved", None)
    assert list_.pass_on(slot) == 1
    assert list_.book(crowd, slot).code == "slot_full"
    offer = list_.entry(first, one)["offer"]
    assert (offer["slot_id"], offer["office_id"]) == (slot, list_.hall)
    assert list_.entry(second, two)["status"] == "waiting"
    assert list_.pass_on(slot) == 0
    booked, again = (list_.act(first, one, "accept", "take-this-seat") for _ in range(2))
    assert (booked.status, again.status) == (201, 201), booked.body
    assert again.headers["idempotency-replayed"] == "true"
    made = booked.json()
    assert (made["slot_id"], made["status"]) == (slot, "booked")
    assert booked.headers["location"] == f"/v1/appointments/{made['appointment_id']}"
    assert list_.client.get(booked.headers["location"], token=first.token).json() == made
    shown = list_.entry(first, one)
    assert (shown["status"], shown["appointment_id"]) == ("accepted", made["appointment_id"])
    assert list_.shard(slot).seats == {made["appointment_id"]}
    assert list_.shard(slot).withheld == frozenset()
    assert list_.entry(second, two)["ahead"] == 0
    # A tap more, by whatever key, is answered with what was booked.
    more = list_.act(first, one, "accept")
    assert (more.status, more.json()) == (201, made)
    assert more.headers["idempotency-replayed"] == "true"
    left = list_.act(first, one, "decline")
    assert (left.code, left.json()["title"]) == ("offer_expired", NO_MORE)
    # Whoever took it can cancel like everybody; then it is the next one's turn.
    assert list_.cancel(first, booked.headers["location"]).status == 200
    late = list_.act(first, one, "accept")
    assert (late.code, late.json()["title"]) == ("offer_expired", NO_MORE)
    assert list_.pass_on(slot) == 1
    assert list_.entry(second, two)["status"] == "offered"
    for path in (one, two):
        entries = waiting.load_entries(path.rpartition("/")[2])
        assert history.check(stored(path).entry_id, entries, stored(path).head) is None


def test_who_declines_keeps_the_place_and_the_seat_goes_on(list_: Waiters) -> None:
    slot, other = list_.slot(), list_.slot(hours=51)
    booker, path = list_.full(slot)
    (first, one), (second, two) = list_.waiter(), list_.waiter()
    list_.cancel(booker, path)
    list_.pass_on(slot)
    declined, again = (list_.act(first, one, "decline", "not-this-one") for _ in range(2))
    shown = declined.json()
    assert (declined.status, shown["status"], shown["ahead"]) == (200, "waiting", 0)
    assert again.headers["idempotency-replayed"] == "true"
    assert list_.act(first, one, "decline").code == "offer_expired"
    assert list_.act(first, one, "accept").code == "offer_expired"
    assert list_.entry(second, two)["offer"]["slot_id"] == slot
    # It is not offered the same slot again, and is first for every other.
    booker, path = list_.full(other)
    list_.cancel(booker, path)
    list_.pass_on(other)
    assert list_.entry(first, one)["offer"]["slot_id"] == other


def test_an_offer_that_lapses_goes_on_and_the_last_goes_to_the_crowd(list_: Waiters) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    (first, one), (second, two) = list_.waiter(), list_.waiter()
    list_.cancel(booker, path)
    list_.pass_on(slot)
    until = list_.entry(first, one)["offer"]["until"]
    assert until == _later(list_, 30)
    list_.at(list_.now + 30 * MINUTE)
    first, second = list_.again(first), list_.again(second)
    assert list_.act(first, one, "accept").code == "offer_expired"
    offers.watch(list_.now)
    assert list_.entry(first, one)["status"] == "waiting"
    assert list_.entry(second, two)["status"] == "offered"
    list_.at(list_.now + 31 * MINUTE)
    offers.watch(list_.now)
    # Both have let it pass.
    assert list_.shard(slot).seats == frozenset()
    assert list_.book(list_.person(), slot).status == 201


def _later(list_: Waiters, minutes: int) -> str:
    from chalicelib.core.clock import rfc3339

    return rfc3339(list_.now + minutes * MINUTE)


def test_whoever_takes_what_the_hall_has_closed_waits_on_without_a_lapse(list_: Waiters) -> None:
    slot, other = list_.slot(), list_.slot(hours=51)
    booker, path = list_.full(slot)
    who, one = list_.waiter()
    list_.cancel(booker, path)
    list_.pass_on(slot)
    storage.resize_slot(key_of(slot), 0, 0)
    refused = list_.act(who, one, "accept")
    assert (refused.status, refused.code) == (409, "offer_expired")
    shown = list_.entry(who, one)
    assert (shown["status"], shown["offer"]) == ("waiting", None)
    assert (stored(one).lapses, list_.shard(slot).seats) == (0, frozenset())
    assert list_.pass_on(other) == 1
    assert list_.entry(who, one)["offer"]["slot_id"] == other


def test_what_the_hall_took_back_before_an_answer_is_no_lapse(list_: Waiters) -> None:
    slot, other = list_.slot(), list_.slot(hours=51)
    booker, path = list_.full(slot)
    who, one = list_.waiter()
    list_.cancel(booker, path)
    list_.pass_on(slot)
    assert list_.entry(who, one)["status"] == "offered"
    storage.resize_slot(key_of(slot), 0, 0)
    list_.at(list_.now + 30 * MINUTE)
    for _ in range(2):
        offers.lapse(stored(one).entry_id, list_.now)
    found = stored(one)
    assert (found.status, found.lapses) == ("waiting", 0)
    assert [entry.type for entry in waiting.load_entries(found.entry_id)][-1] == "waiting.declined"
    assert list_.pass_on(other) == 1
    assert list_.entry(list_.again(who), one)["offer"]["slot_id"] == other


def test_three_offers_without_an_answer_end_the_place(list_: Waiters) -> None:
    slots = [list_.slot(hours=50 + n) for n in range(3)]
    who, one = list_.waiter()
    for lapses in range(3):
        offers.watch(list_.now)
        assert (stored(one).status, stored(one).lapses) == ("offered", lapses)
        list_.at(list_.now + 30 * MINUTE)
    offers.watch(list_.now)
    who = list_.again(who)
    assert list_.entry(who, one)["status"] == "expired"
    assert stored(one).lapses == 3
    assert all(list_.shard(slot).seats == frozenset() for slot in slots)
    assert list_.wait(who).status == 201


def test_a_seat_of_the_night_is_held_until_the_morning(list_: Waiters) -> None:
    # Monday at 23:00, for a slot on Wednesday.
    slot = list_.slot()
    booker, path = list_.full(slot)
    who, one = list_.waiter()
    list_.at(list_.now + timedelta(hours=14))
    booker, who = list_.again(booker), list_.again(who)
    list_.cancel(booker, path)
    list_.pass_on(slot)
    morning = list_.entry(who, one)["offer"]["until"]
    assert morning[11:16] == "08:30"
    list_.at(list_.now + timedelta(hours=9, minutes=10))
    offers.watch(list_.now)
    assert list_.act(list_.again(who), one, "accept").status == 201


def test_an_offer_ends_with_leaving_and_goes_on(list_: Waiters) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    (first, one), (second, two) = list_.waiter(), list_.waiter()
    list_.cancel(booker, path)
    list_.pass_on(slot)
    list_.client.send("DELETE", one, token=first.token)
    assert list_.entry(second, two)["status"] == "offered"
    list_.client.send("DELETE", two, token=second.token)
    assert list_.book(list_.person(), slot).status == 201


def test_events_offer_what_was_cancelled_moved_away_from_or_added(list_: Waiters) -> None:
    slot, other = list_.slot(), list_.slot(hours=51)
    booker, path = list_.full(slot)
    who, one = list_.waiter()
    moved = list_.client.post(f"{path}/reschedule", {"slot_id": other}, token=booker.token)
    assert moved.status == 200
    entry = storage.load_entries(path.rpartition("/")[2])[-1]
    event = Event(entry.subject, entry.seq, entry.type, entry.at, entry.actor, entry.data)
    handlers.follow_up(event, list_.now)
    assert list_.entry(who, one)["offer"]["slot_id"] == slot
    later, two = list_.waiter()
    handlers.follow_up(event, list_.now)
    assert list_.entry(later, two)["status"] == "waiting"
    added = list_.slot(hours=52)
    at = entry.at
    reopened = Event(list_.hall, 1, "office.reopened", at, "x", {})
    handlers.follow_up(reopened, list_.now)
    assert list_.entry(later, two)["offer"]["slot_id"] == added
    handlers.follow_up(Event("x", 1, "case.issued", at, "x", {}), list_.now)


def test_nobody_is_offered_what_does_not_fit_and_the_crowd_has_it(list_: Waiters) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    day = str(list_.now.date())
    who, one = list_.waiter(until=day)
    list_.cancel(booker, path)
    assert list_.pass_on(slot) == 0
    assert list_.entry(who, one)["status"] == "waiting"
    assert list_.book(list_.person(), slot).status == 201


def test_a_place_whose_days_are_over_ends_by_itself(list_: Waiters) -> None:
    day = list_.now.date()
    who, one = list_.waiter(until=str(day))
    list_.at(list_.now + timedelta(days=1))
    offers.watch(list_.now)
    assert list_.entry(list_.again(who), one)["status"] == "expired"
    assert waiting.line_of(list_.hall, list_.category) == []


def test_the_place_of_nobody_ends_with_its_days_and_keeps_nothing_else_waiting(
    list_: Waiters,
) -> None:
    day = str(list_.now.date())
    (gone, one), (who, two) = list_.waiter(until=day), list_.waiter(until=day)
    entry = stored(one)
    # One whose leaving stopped half way, and one whose joining did.
    assert list_.client.send("DELETE", one, token=gone.token).status == 200
    waiting.stand_in_line(entry)
    waiting.stand_in_line(replace(entry, entry_id=new_id()))
    list_.at(list_.now + timedelta(days=1))
    offers.look(list_.hall, list_.category, list_.now)
    assert list_.entry(list_.again(who), two)["status"] == "expired"
    assert waiting.line_of(list_.hall, list_.category) == []


def test_a_booking_that_is_refused_leaves_the_offer(list_: Waiters) -> None:
    slot, other = list_.slot(), list_.slot(hours=51)
    booker, path = list_.full(slot)
    who, one = list_.waiter()
    assert list_.book(who, other).status == 201
    list_.cancel(booker, path)
    list_.pass_on(slot)
    assert list_.act(who, one, "accept").code == "already_booked"
    assert list_.entry(who, one)["status"] == "offered"
    assert len(list_.shard(slot).seats) == 1


def test_budgets(list_: Waiters) -> None:
    who, slot = list_.person(), list_.slot()
    booker, path = list_.full(slot)
    with metered() as joining:
        assert list_.wait(who).status == 201
    assert (joining.wcu <= 6, joining.rcu <= 1, joining.trips <= 2) == (True,) * 3, joining
    list_.cancel(booker, path)
    with metered() as offering:
        assert list_.pass_on(slot) == 1
    assert (offering.wcu <= 10, offering.rcu <= 2, offering.trips <= 4) == (True,) * 3, offering


def check(list_: Waiters, slot: str, capacity: int) -> None:
    """Sweep, and then see that seats, appointments and offers agree."""
    list_.at(list_.now + 3 * MINUTE)
    for _ in range(2):
        release_expired(list_.now)
        list_.at(list_.now + 3 * MINUTE)
    shard = list_.shard(slot)
    assert len(shard.seats) <= capacity
    held = offers.held_seats(shard.withheld)
    booked = {
        one.seat_id
        for one in storage.load_many(shard.seats)
        if one.active and one.slot == key_of(slot)
    }
    assert shard.seats == held | booked
    assert not held & booked


@pytest.mark.parametrize("calls", range(5))
def test_a_crash_while_a_freed_seat_is_passed_on(list_: Waiters, calls: int) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    who, one = list_.waiter()
    with crash_after(calls), contextlib.suppress(Crash):
        list_.cancel(booker, path)
    with crash_after(calls), contextlib.suppress(Crash):
        list_.pass_on(slot)
    list_.cancel(booker, path)
    assert list_.book(list_.person(), slot).code == "slot_full"
    check(list_, slot, 1)
    assert list_.entry(list_.again(who), one)["status"] == "offered"


@pytest.mark.parametrize("calls", range(7))
def test_a_crash_while_an_offer_is_taken(list_: Waiters, calls: int) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    who, one = list_.waiter()
    list_.cancel(booker, path)
    list_.pass_on(slot)
    with crash_after(calls), contextlib.suppress(Crash):
        list_.act(who, one, "accept", "once-and-again")
    answer = list_.act(who, one, "accept", "once-and-again")
    assert answer.status == 201, answer.body
    check(list_, slot, 1)
    assert stored(one).status == "accepted"
    assert len(list_.shard(slot).seats) == 1


@pytest.mark.parametrize("calls", range(6))
def test_a_crash_of_the_taking_and_then_the_end_of_its_time(list_: Waiters, calls: int) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    (who, one), (_, two) = list_.waiter(), list_.waiter()
    list_.cancel(booker, path)
    list_.pass_on(slot)
    with crash_after(calls), contextlib.suppress(Crash):
        list_.act(who, one, "accept", "once-and-again")
    list_.at(list_.now + 31 * MINUTE)
    offers.watch(list_.now)
    taken = storage.list_of(who.citizen_id)
    assert (stored(one).status == "accepted") is bool(taken)
    assert (stored(two).status == "offered") is not bool(taken)
    check(list_, slot, 1)


@pytest.mark.parametrize("seed", range(4))
def test_seats_agree_after_all_kinds_of_changes_through_trouble(list_: Waiters, seed: int) -> None:
    chance, capacity = random.Random(seed), 2
    slot = list_.slot(capacity)
    people = [(list_.person(), "", "") for _ in range(5)]
    for step in range(25):
        number = chance.randrange(len(people))
        who, visit, place = people[number]
        act = chance.choice(["book", "cancel", "wait", "accept", "decline", "pass", "watch"])
        with contextlib.ExitStack() as trouble:
            trouble.enter_context(contextlib.suppress(Crash, Problem))
            if chance.random() < 0.4:
                trouble.enter_context(crash_after(chance.randrange(5)))
            answer = None
            if act == "book":
                answer = list_.book(who, slot)
                visit = answer.headers.get("location", visit)
            elif act == "cancel" and visit:
                list_.cancel(who, visit)
            elif act == "wait":
                place = list_.wait(who).headers.get("location", place)
            elif act in ("accept", "decline") and place:
                answer = list_.act(who, place, act)
                visit = answer.headers.get("location", visit) if act == "accept" else visit
            elif act == "pass":
                list_.pass_on(slot)
            elif act == "watch":
                offers.watch(list_.now)
        people[number] = who, visit, place
        active = [
            one
            for who, _, _ in people
            for one in storage.list_of(who.citizen_id, consistent=True)
            if one.active
        ]
        held = offers.held_seats(list_.shard(slot).withheld)
        booked = {one.seat_id for one in active}
        assert len(booked | held) <= capacity, (step, act)
        assert booked <= list_.shard(slot).seats
    check(list_, slot, capacity)


def test_a_crowd_that_waits_through_faults_is_offered_each_seat_once(list_: Waiters) -> None:
    slot = list_.slot(2)
    bookers = [list_.full(slot) for _ in range(2)]
    waiters = [list_.waiter() for _ in range(3)]
    with every_second_call_fails():
        for who, path in bookers:
            assert list_.cancel(who, path).status == 200
        for _ in range(6):
            with contextlib.suppress(Problem, Exception):
                list_.pass_on(slot)
    check(list_, slot, 2)
    offered = [one for _, one in waiters if stored(one).status == "offered"]
    assert len(offered) == 2
    assert offered == [one for _, one in waiters[:2]]


def test_who_leaves_gives_up_the_place_and_what_is_offered(list_: Waiters) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    (first, one), (second, two) = list_.waiter(), list_.waiter()
    list_.cancel(booker, path)
    list_.pass_on(slot)
    exported = list_.client.get("/v1/me/export", token=first.token).json()
    [kept] = exported["waiting_list"]
    assert (kept["entry_id"], kept["status"]) == (stored(one).entry_id, "offered")
    assert list_.client.send("DELETE", "/v1/me", token=first.token).status == 204
    assert stored(one).status == "left"
    assert list_.entry(second, two)["offer"]["slot_id"] == slot
