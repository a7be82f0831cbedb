"""Draws by their routes and their timer: entered once, held by rule, given out to the seat."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage as appointments
from chalicelib.appointments.domain.booking_limits import CHANGES_A_DAY
from chalicelib.appointments.domain.slots import Slot, SlotKey, parse_slot_id
from chalicelib.appointments.draws import jobs, providers, storage
from chalicelib.appointments.draws.service import holding, personal_data
from chalicelib.appointments.jobs import verify_draw
from chalicelib.appointments.storage.booking_limits import write_guard
from chalicelib.appointments.waiting import handlers
from chalicelib.appointments.waiting import storage as waiting
from chalicelib.appointments.waiting.service import offers
from chalicelib.core.clock import office_time
from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from chalicelib.core.tables import transaction
from chalicelib.identity import storage as identity
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.identity.service import profiles
from chalicelib.supervision import service as supervision
from tests.appointments.draws import CATEGORY, HALL, SERVICE, World
from tests.appointments.world import ask, at_once, of_family
from tests.mandates.world import person as person_of
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.meter import metered
from tests.support.people import Citizen, id_number, log_in, number_of


@pytest.fixture
def world(client: ApiClient, clock: TestClock) -> World:
    return World(client, clock)


def key_of(slot_id: str) -> SlotKey:
    key = parse_slot_id(slot_id)
    assert key
    return key


def results(world: World, entrants: list[tuple[Citizen, str]]) -> list[Any]:
    return [world.get(path, world.again(who)) for who, path in entrants]


def waits(world: World, who: Citizen) -> Any:
    return world.get("/v1/waiting-list", world.again(who))["items"]


def test_a_draw_is_announced_with_its_commitment_and_shown_to_everybody(world: World) -> None:
    shown = world.get()
    expected = {
        "draw_id": world.draw_id,
        "service_id": SERVICE,
        "office_id": HALL,
        "status": "open",
        "days": shown["days"],
        "seats": shown["seats"],
        "opens_at": shown["opens_at"],
        "closes_at": shown["closes_at"],
        "commitment": shown["commitment"],
        "beacon_name": shown["beacon_name"],
        "entries": None,
        "entries_root": None,
        "beacon": None,
        "seed": None,
        "drawn_at": None,
    }
    assert shown == expected
    assert shown["days"][0] == str(world.window.first)
    assert len(shown["commitment"]) == 64
    assert shown["seats"] > 0
    items = world.get(f"/v1/draws?service_id={SERVICE}")["items"]
    assert shown in items
    assert len(world.get("/v1/draws?limit=1")["items"]) == 1
    file = world.file()
    assert (file["draw"], file["listed"], file["winners"]) == (shown, [], [])
    # The seed is kept sealed, and announcing again makes no other.
    before = world.stored()
    [plan] = [one for one in holding.planned(world.now) if one.draw_id == world.draw_id]
    holding.announce(plan, world.now)
    assert world.stored() == before
    assert before.sealed.seed.encode() != bytes.fromhex(shown["commitment"])


def test_what_is_no_draw_or_no_service_is_not_found(world: World) -> None:
    client = world.client
    for path in ("/v1/draws/none", "/v1/draws/a.b.20270101", "/v1/draws/none/file"):
        assert client.get(path).status == 404
    assert client.get("/v1/draws?service_id=none").status == 400
    assert client.post("/v1/draws/none/entries", {}, token=world.person().token).status == 404


def test_the_rule_is_shown_with_the_service(world: World) -> None:
    rule = world.get(f"/v1/services/{SERVICE}")["release"]["draw"]
    assert rule == {
        "entry_days": 7,
        "closes": "12:00",
        "covers_days": 7,
        "seats": 1,
        "office_ids": [HALL],
    }
    assert world.get("/v1/services/passport-issue")["release"]["draw"] is None


def test_one_enters_once_however_often_it_is_sent(world: World) -> None:
    who, key = world.person(), new_id()
    first = world.enter(who, key, preferences=[world.slots[0]])
    assert first.status == 201, first.body
    entry = first.json()
    assert (entry["status"], entry["rank"], entry["appointment_id"]) == ("entered", None, None)
    again = world.enter(who, key, preferences=[world.slots[0]])
    assert (again.status, again.json()) == (201, entry)
    assert again.headers["idempotency-replayed"] == "true"
    assert world.enter(who, key).status == 422
    other = world.enter(who)
    assert (other.status, other.json()["code"]) == (409, "already_entered")
    assert world.get(first.headers["location"], who) == entry
    assert world.get(f"/v1/draws/{world.draw_id}/entries", who)["items"] == [entry]
    # Another's entry is not there, nor is one's own in another draw.
    path = first.headers["location"]
    assert world.client.get(path, token=world.person().token).status == 404
    elsewhere = path.replace(world.draw_id, "a.b.20270101")
    assert world.client.get(elsewhere, token=who.token).status == 404
    # The number says nothing of the person.
    assert who.citizen_id not in entry["number"]
    # The answer to the same key is the same after the draw has closed.
    world.close()
    who = world.again(who)
    assert world.enter(who, key, preferences=[world.slots[0]]).status == 201
    late = world.enter(world.person())
    assert (late.status, late.json()["code"]) == (409, "draw_closed")


def test_budget_of_entering(world: World) -> None:
    world.entrant()
    who, wanted = world.person(), world.slots[:2]
    with metered() as cost:
        assert world.enter(who, preferences=wanted).status == 201
    assert (cost.wcu <= 10, cost.rcu <= 1, cost.trips <= 2) == (True,) * 3, cost


def test_two_at_once_are_one_entry(world: World) -> None:
    who = world.person()
    answers: list[int] = []
    at_once(4, lambda _: answers.append(world.enter(who).status))
    assert sorted(answers) == [201, 409, 409, 409]
    assert len(storage.list_entries(world.draw_id)) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"preferences": ["none"]}, "/preferences/0"),
        ({"preferences": [f"{HALL}.identity.203001010900"]}, "/preferences/0"),
        ({"preferences": [f"{HALL}.{CATEGORY}.203001010900"]}, "/preferences/0"),
        ({"preferences": 3}, "/preferences"),
        ({"preferences": ["x"] * 11}, "/preferences"),
        ({"preferences": ["x", "x"]}, "/preferences"),
        ({"for_member": "nobody"}, "/for_member"),
        ({"more": 1}, "/more"),
    ],
)
def test_what_cannot_be_is_said(world: World, body: dict[str, Any], pointer: str) -> None:
    answer = world.enter(world.person(), **body)
    assert answer.status == 422, answer.body
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


def test_a_person_who_is_not_known_cannot_enter(world: World) -> None:
    answer = world.enter(log_in(world.client))
    assert (answer.status, answer.json()["code"]) == (403, "verification_required")


def test_one_enters_for_a_child_beside_oneself(world: World) -> None:
    who = world.person()
    member = of_family(world.client, who, "王小明")
    for body in ({}, {"for_member": member}):
        assert world.enter(who, **body).status == 201
    assert world.enter(who, for_member=member).status == 409
    world.hold()
    items = world.get(f"/v1/draws/{world.draw_id}/entries", world.again(who))["items"]
    assert [one["status"] for one in items] == ["won", "won"]
    for one in items:
        made = world.get(f"/v1/appointments/{one['appointment_id']}", world.again(who))
        assert made["for_member"] == one["for_member"]


def test_a_draw_gives_each_seat_once_and_the_line_to_the_rest(world: World) -> None:
    entrants = [world.entrant(preferences=[world.slots[1]]) for _ in range(5)]
    world.hold()
    file = world.file()
    assert verify_draw.findings(file) == []
    assert file["draw"]["status"] == "drawn"
    assert file["draw"]["entries"] == 5
    found = results(world, entrants)
    assert sorted(one["rank"] for one in found) == [1, 2, 3, 4, 5]
    won = {one["number"]: one for one in found if one["status"] == "won"}
    assert [one["number"] for one in file["winners"]] == sorted(won, key=lambda n: won[n]["rank"])
    assert file["winners"][0]["slot_id"] == world.slots[1]
    for (who, _), one in zip(entrants, found, strict=True):
        if one["status"] == "won":
            path = f"/v1/appointments/{one['appointment_id']}"
            made = world.get(path, world.again(who))
            assert (made["status"], made["service_id"]) == ("booked", SERVICE)
            assert waits(world, who) == []
        else:
            [entry] = waits(world, who)
            assert (entry["status"], entry["ahead"]) == ("waiting", one["rank"] - 3)
    assert [len(one.seats) for one in world.shards()] == [1, 1]
    # A seat that is given back goes to the first of those who were not drawn.
    number, slot_id = file["winners"][0].values()
    who = entrants[[one["number"] for one in found].index(number)][0]
    path = f"/v1/appointments/{won[number]['appointment_id']}/cancel"
    assert world.client.post(path, {}, token=world.again(who).token).status == 200
    offers.pass_on(key_of(slot_id), world.now)
    third = entrants[[one["rank"] for one in found].index(3)][0]
    [entry] = waits(world, third)
    assert (entry["status"], entry["offer"]["slot_id"]) == ("offered", slot_id)


def test_nobody_but_the_draw_gives_its_seats_before_it_is_held(world: World) -> None:
    [first, _] = world.slots
    who = world.person()
    assert offers.pass_on(key_of(first), world.now) == 0
    # Who waits is offered none of them, nor does the day show them to the crowd.
    for hours in (0, 24 * 7):
        world.at(world.now + timedelta(hours=hours))
        who = world.again(who)
        day = key_of(first).day
        asked = f"service_id={SERVICE}&from={day}&days=1"
        [shown] = world.get(f"/v1/offices/{HALL}/availability?{asked}")["days"]
        capacity = [one["capacity"] for one in shown["slots"] if one["slot_id"] == first]
        # Of this slot there are no other seats, and long after the draw was due it is out.
        assert capacity == ([] if hours == 0 else [1])
        other = f"service_id=passport-issue&from={day}&days=1"
        [shown] = world.get(f"/v1/offices/{HALL}/availability?{other}")["days"]
        assert first not in [one["slot_id"] for one in shown["slots"]]
    assert ask(world.client, who, first, "passport-issue").status == 422
    booked = ask(world.client, who, first, SERVICE)
    assert booked.status == 201, booked.body
    full = ask(world.client, world.person(), first, SERVICE)
    assert (full.status, full.json()["code"]) == (409, "slot_full")


def test_more_seats_than_entries_leave_the_rest_to_who_waits(world: World) -> None:
    waiting = world.person()
    day = str(world.window.first)
    body = {"service_id": SERVICE, "office_ids": [HALL], "from": day, "until": day}
    assert world.client.post("/v1/waiting-list", body, token=waiting.token).status == 201
    _, path = entrant = world.entrant()
    world.hold()
    [found] = results(world, [entrant])
    assert (found["status"], found["rank"]) == ("won", 1)
    assert path.endswith(found["entry_id"])
    [entry] = waits(world, waiting)
    assert entry["status"] == "offered"
    assert entry["offer"]["slot_id"] == world.slots[1]


def test_a_draw_that_nobody_entered_is_proven_too(world: World) -> None:
    world.hold()
    assert verify_draw.findings(world.file()) == []
    assert world.stored().settled


def test_who_has_booked_meanwhile_wins_no_second_appointment(world: World) -> None:
    who, _ = entrant = world.entrant()
    # By another hall, on the day before the draw's first.
    day = world.window.closes_at - timedelta(hours=3) + timedelta(days=1)
    key = SlotKey("hall-330225", CATEGORY, day)
    appointments.create_slots([Slot(key, 0, day + timedelta(minutes=15), 3)])
    made = ask(world.client, world.again(who), key.slot_id, SERVICE)
    assert made.status == 201, made.body
    world.hold()
    [found] = results(world, [entrant])
    assert (found["status"], found["rank"], found["appointment_id"]) == ("won", 1, None)
    assert all(not one.seats for one in world.shards())


def test_a_slot_that_is_closed_before_its_winner_has_it_gives_the_line(world: World) -> None:
    entrant = world.entrant()
    world.close()
    holding.step(world.draw_id, world.now)
    for slot_id in world.slots:
        shard = world.shard(slot_id)
        appointments.resize_slot(shard.key, shard.shard, 0)
    jobs.advance(world.draw_id, world.now)
    [found] = results(world, [entrant])
    assert (found["status"], found["appointment_id"]) == ("won", None)
    [entry] = waits(world, entrant[0])
    assert entry["status"] == "waiting"


def test_who_has_changed_too_much_today_leads_the_line_for_another_day(world: World) -> None:
    who, _ = entrant = world.entrant()
    [entry] = storage.entries_of(who.citizen_id)
    world.close()
    marks = frozenset(f"{office_time(world.now):%y%m%d}{number}" for number in range(20))
    with transaction() as write:
        guard = appointments.load_guard(entry.person)
        write_guard(write, entry.person, replace(guard, changes=marks))
    assert len(appointments.load_guard(entry.person).changes_on(world.now)) == CHANGES_A_DAY
    world.hold()
    [found] = results(world, [entrant])
    assert (found["status"], found["appointment_id"]) == ("won", None)
    assert [one["status"] for one in waits(world, who)] == ["offered"]


def test_who_waits_already_keeps_their_entry_and_leads(world: World) -> None:
    other = world.person()
    day = str(world.window.first)
    body = {"service_id": SERVICE, "office_ids": [HALL], "from": day, "until": day}
    assert world.client.post("/v1/waiting-list", body, token=other.token).status == 201
    entrants = [world.entrant() for _ in range(3)]
    for who, _ in entrants:
        assert world.client.post("/v1/waiting-list", body, token=who.token).status == 201
    world.hold()
    found = results(world, entrants)
    last = [one["rank"] for one in found].index(3)
    # A winner gives their seat back: it goes to who was not drawn, before the first to wait.
    first = [one["rank"] for one in found].index(1)
    path = f"/v1/appointments/{found[first]['appointment_id']}"
    slot_id = world.get(path, world.again(entrants[first][0]))["slot_id"]
    token = world.again(entrants[first][0]).token
    assert world.client.post(f"{path}/cancel", {}, token=token).status == 200
    offers.pass_on(key_of(slot_id), world.now)
    [entry] = waits(world, entrants[last][0])
    assert entry["status"] == "offered"


def test_who_has_left_since_they_entered_leads_no_line(world: World) -> None:
    entrants = [world.entrant() for _ in range(3)]
    world.close()
    for who, _ in entrants:
        [entry] = storage.entries_of(who.citizen_id)
        appointments.bar({entry.person}, who.citizen_id)
    world.hold()
    assert all(not one.seats for one in world.shards())
    assert [waits(world, who) for who, _ in entrants] == [[], [], []]
    standing = {place.entry_id[:8] for place in waiting.line_of(HALL, CATEGORY)}
    assert not standing & {who.citizen_id for who, _ in entrants}


@pytest.mark.parametrize("for_whom", ["self", "member"])
def test_who_has_left_enters_nothing_though_the_process_knows_it_not(
    world: World, monkeypatch: pytest.MonkeyPatch, for_whom: str
) -> None:
    who = world.person()
    citizen_id = who.citizen_id
    member = {}
    if for_whom == "member":
        member["for_member"] = of_family(world.client, who, "王小明")
        who = world.again(who)
    add = storage.add

    def erased_meanwhile(*asked: Any) -> Any:
        monkeypatch.setattr(storage, "add", add)
        assert world.client.delete("/v1/me", token=who.token).status == 204
        return add(*asked)

    monkeypatch.setattr(storage, "add", erased_meanwhile)
    answer = world.enter(who, **member)
    assert answer.status in ((401, 422) if member else (401,)), answer.body
    assert storage.entries_of(citizen_id) == []
    assert storage.list_entries(world.draw_id) == []


def test_who_is_erased_has_entered_nothing_after_all(world: World) -> None:
    who, _ = world.entrant()
    assert world.client.delete("/v1/me", token=who.token).status == 204
    assert storage.entries_of(who.citizen_id) == []
    assert storage.list_entries(world.draw_id) == []


def of_parent(world: World) -> tuple[Citizen, Citizen, str]:
    """Return a parent, who has agreed that a child acts for them, and the member's id."""
    number = id_number()
    parent, child = person_of(world.client, number), person_of(world.client)
    body = {"name": "王大明", "id_number": number, "relation": "parent"}
    member = world.client.post("/v1/me/family", body, token=child.token).json()["member_id"]
    path = f"/v1/me/mandates/{child.citizen_id}{member}/accept"
    assert world.client.post(path, {}, token=parent.token).status == 200
    return parent, child, member


def revoke(world: World, parent: Citizen, child: Citizen, member: str) -> None:
    path = f"/v1/me/mandates/{child.citizen_id}{member}/revoke"
    assert world.client.post(path, {}, token=world.again(parent).token).status == 200
    for _ in range(2):
        for one in identity.load_entries(child.citizen_id):
            handlers.follow_up(of_entry(one), world.now)


def test_who_revokes_a_mandate_is_free_of_what_was_entered_and_waited_for(world: World) -> None:
    parent, child, member = of_parent(world)
    day = str(world.window.first)
    body = {"service_id": SERVICE, "office_ids": [HALL], "from": day, "until": day}
    wish = {**body, "for_member": member}
    assert world.enter(child, for_member=member).status == 201
    assert world.client.post("/v1/waiting-list", wish, token=child.token).status == 201
    # What was not revoked stays.
    for one in identity.load_entries(child.citizen_id):
        handlers.follow_up(of_entry(one), world.now)
    assert world.enter(parent).json()["code"] == "already_entered"
    revoke(world, parent, child, member)
    assert [one["status"] for one in waits(world, child)] == ["left"]
    parent = world.again(parent)
    assert world.enter(parent).status == 201
    assert world.client.post("/v1/waiting-list", body, token=parent.token).status == 201
    assert [one.person for one in storage.entries_of(child.citizen_id)] == []
    assert len(storage.list_entries(world.draw_id)) == 1


def of_guardian(world: World) -> tuple[Citizen, Citizen, str]:
    """Return who is of age from tomorrow on, their guardian, and the member's id."""
    tomorrow = office_time(world.now).date() + timedelta(days=1)
    number = number_of(tomorrow.replace(year=tomorrow.year - 18))
    minor, guardian = person_of(world.client, number), person_of(world.client)
    body = {"name": "王小明", "id_number": number, "relation": "child"}
    answer = world.client.post("/v1/me/family", body, token=guardian.token)
    assert (answer.status, answer.json()["status"]) == (201, "active")
    return minor, guardian, answer.json()["member_id"]


def test_who_comes_of_age_is_free_of_what_their_guardian_entered_and_waits_for(
    world: World,
) -> None:
    minor, guardian, member = of_guardian(world)
    day = str(world.window.first)
    body = {"service_id": SERVICE, "office_ids": [HALL], "from": day, "until": day}
    wish = {**body, "for_member": member}
    assert world.enter(guardian, for_member=member).status == 201
    assert world.client.post("/v1/waiting-list", wish, token=guardian.token).status == 201
    assert world.enter(minor).json()["code"] == "already_entered"
    again = world.client.post("/v1/waiting-list", body, token=minor.token)
    assert again.json()["code"] == "already_waiting"
    world.at(world.now + timedelta(days=1))
    minor = world.again(minor)
    assert world.enter(minor).status == 201
    assert world.client.post("/v1/waiting-list", body, token=minor.token).status == 201
    assert [one["status"] for one in waits(world, guardian)] == ["left"]
    assert storage.entries_of(guardian.citizen_id) == []
    [listed] = storage.list_entries(world.draw_id)
    assert (listed.entry_id or "").startswith(minor.citizen_id)


@pytest.mark.parametrize("agrees", [True, False])
def test_a_guardian_wins_nothing_for_who_is_of_age_when_the_list_is_closed(
    world: World, *, agrees: bool
) -> None:
    """Who has agreed by then keeps their place; a child who is one still does, too."""
    minor, guardian, member = of_guardian(world)
    child = of_family(world.client, guardian, "王小小")
    for one in (member, child):
        assert world.enter(guardian, for_member=one).status == 201
    world.at(world.now + timedelta(days=1))
    if agrees:
        path = f"/v1/me/mandates/{guardian.citizen_id}{member}/accept"
        assert world.client.post(path, {}, token=world.again(minor).token).status == 200
    world.hold()
    entries = storage.entries_of(guardian.citizen_id)
    assert {one.for_member for one in entries} == ({member, child} if agrees else {child})
    assert all(one.status.value == "won" and one.appointment_id for one in entries)
    assert verify_draw.findings(world.file()) == []


def test_who_was_not_drawn_leads_nobody_whose_mandate_has_ended(
    client: ApiClient, clock: TestClock
) -> None:
    world = World(client, clock, seats=0)
    parent, child, member = of_parent(world)
    assert world.enter(child, for_member=member).status == 201
    world.close()
    holding.step(world.draw_id, world.now)
    revoke(world, parent, child, member)
    assert len(storage.list_entries(world.draw_id)) == 1
    jobs.advance(world.draw_id, world.now)
    assert waits(world, child) == []


def test_whose_number_was_corrected_since_their_log_in_enters_as_the_person(world: World) -> None:
    who = world.person()
    person = profiles.me(who.citizen_id).profile.person
    assert person
    appointments.join_guards(person, "another person's")
    assert world.enter(who).status == 201
    [entry] = storage.entries_of(who.citizen_id)
    assert entry.person == "another person's"


def test_a_run_that_is_cut_short_anywhere_comes_to_the_same(
    client: ApiClient, clock: TestClock
) -> None:
    world = World(client, clock)
    entrants = [world.entrant() for _ in range(3)]
    world.close()
    crashes = 0
    for calls in range(2, 400, 9):
        try:
            with crash_after(calls):
                jobs.advance(world.draw_id, world.now)
        except Crash:
            crashes += 1
        else:
            break
    jobs.advance(world.draw_id, world.now)
    assert crashes > 2
    assert world.stored().settled
    found = results(world, entrants)
    assert verify_draw.findings(world.file()) == []
    assert sorted((one["rank"], one["status"]) for one in found) == [
        (1, "won"),
        (2, "won"),
        (3, "not_drawn"),
    ]
    assert [len(one.seats) for one in world.shards()] == [1, 1]
    history = [one.type for one in storage.load_entries(world.draw_id)]
    assert history == ["draw.opened", "draw.closed", "draw.drawn"]


class Silent:
    """A beacon that does not answer."""

    def named(self, _: Any) -> Any:
        raise ProviderUnavailable

    def value(self, _: str) -> str:
        raise ProviderUnavailable


def test_a_seed_that_is_not_revealed_within_an_hour_voids_the_draw(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    entrant = world.entrant()
    with monkeypatch.context() as patch:
        patch.setattr(holding, "beacon", Silent)
        for minutes in (1, 59):
            world.close(minutes)
            with pytest.raises(ProviderUnavailable):
                jobs.advance(world.draw_id, world.now)
            assert world.get()["status"] == "closed"
        world.hold(60)
    assert world.get()["status"] == "void"
    assert world.get()["seed"] is None
    [found] = results(world, [entrant])
    assert (found["status"], found["rank"]) == ("not_drawn", None)
    alert = supervision.find_alert(world.draw_id, "draw_void")
    assert alert
    assert alert.office_id == HALL
    assert not alert.cleared_at
    assert waits(world, entrant[0]) == []
    # It stays so.
    world.hold(61)
    assert world.stored().settled


def test_a_list_that_is_closed_too_late_proves_nothing(world: World) -> None:
    world.hold(60)
    assert world.get()["status"] == "void"


def test_without_a_beacon_no_draw_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "SETTINGS", type("Settings", (), {"draw_beacon": ""}))
    providers.beacon.cache_clear()
    assert not providers.has_beacon()
    with pytest.raises(ProviderUnavailable):
        providers.beacon()
    providers.beacon.cache_clear()


@pytest.mark.fresh_index("asks the list whether what is done has left it")
def test_the_timer_announces_and_holds(world: World) -> None:
    entrant = world.entrant()
    world.close()
    jobs.hold_draws(world.now)
    [found] = results(world, [entrant])
    assert found["status"] == "won"
    assert world.draw_id not in storage.list_due(world.now + timedelta(days=900))
    names = {one.draw_id for one in holding.planned(world.now)}
    assert all(storage.load(name) for name in names)
    assert names


@pytest.mark.parametrize("is_held", [False, True])
def test_who_leaves_is_forgotten_and_a_closed_list_stays(world: World, is_held: bool) -> None:
    who, path = world.entrant()
    entry_id = path.rpartition("/")[2]
    [exported] = personal_data.export_data(who.citizen_id)
    assert exported["entry_id"] == entry_id
    if is_held:
        world.close()
        holding.step(world.draw_id, world.now)
    assert world.client.delete("/v1/me", token=world.again(who).token).status == 204
    assert personal_data.export_data(who.citizen_id) == []
    assert storage.load_entry(entry_id) is None
    entries = storage.list_entries(world.draw_id)
    assert [one.entry_id for one in entries] == ([None] if is_held else [])
    world.hold(2)
    assert verify_draw.findings(world.file()) == []
    assert world.stored().settled
    assert all(not one.seats for one in world.shards())


def test_the_histories_are_there_for_auditors(world: World) -> None:
    _, path = world.entrant()
    world.hold()
    of_draw = personal_data.history_of(world.draw_id)
    of_entry = personal_data.history_of(path.rpartition("/")[2])
    assert of_draw
    assert of_entry
    assert [one.type for one in of_draw.entries][-1] == "draw.drawn"
    assert [one.type for one in of_entry.entries] == ["draw.won"]
    assert personal_data.history_of("a.b.20270101") is None
    assert personal_data.history_of("none") is None


def test_who_comes_with_others_takes_no_seat_of_one_service_alone(world: World) -> None:
    who = world.person()
    member = of_family(world.client, who, "王小明")
    world.at(world.now + timedelta(days=7))
    who = world.again(who)
    slot = world.slots[0]
    body = {"service_id": SERVICE, "office_id": HALL, "slot_id": slot}
    together = {**body, "for_members": ["self", member]}
    answer = world.client.post("/v1/appointments", together, token=who.token)
    assert (answer.status, world.shard(slot).seats) == (422, frozenset()), answer.body
    assert world.client.post("/v1/appointments", body, token=who.token).status == 201
