"""What two members of staff do about a person: corrections, a death, log-outs on all devices."""

import contextlib
import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments.service import personal_data
from chalicelib.appointments.waiting import storage as places
from chalicelib.cases.uploads.service import scans
from chalicelib.core import dependencies
from chalicelib.core.errors import WrongStatus
from chalicelib.core.four_eyes import Word
from chalicelib.core.ids import new_id
from chalicelib.identity import service as identity
from chalicelib.identity import storage
from chalicelib.identity.domain import person_corrections
from chalicelib.identity.domain.person_corrections import PersonAct, StaffAct
from chalicelib.identity.service import personal_data_requests, reach
from chalicelib.supervision import service as supervision
from tests.appointments.draws import HALL, SERVICE, World
from tests.appointments.world import book, new_slot
from tests.identity.joining_world import NAME, city_staff, told, verify
from tests.mandates.counter_world import Counter
from tests.mandates.world import agent_code, give, person, pointers
from tests.support.cases import application, have_papers
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import Citizen, id_number, log_in, log_in_again, new_code
from tests.support.visitors import SERVICE as BOOKED

ROLES = itertools.cycle(("clerk", "supervisor"))
WHY = {"reason": "凭公安机关证明"}


class Desk:
    """Two members of staff, and a person who has an account."""

    def __init__(self, client: ApiClient) -> None:
        self.client, self.code, self.number = client, new_code(), id_number()
        me = log_in(client, self.code)
        assert verify(client, me, self.number).status == 200
        self.person = log_in_again(client, me)
        self.first, self.second = self.staff(), self.staff()

    def staff(self) -> str:
        return city_staff(next(ROLES))

    def act(self, act: str, token: str, key: str | None = None, **body: str) -> Answer:
        path = f"/v1/admin/people/{self.person.citizen_id}/{act}"
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(path, {**WHY, **body}, token=token, headers=headers)

    def done(self, act: str, **body: str) -> Any:
        assert self.act(act, self.first, **body).status == 202
        done = self.act(act, self.second, **body)
        assert done.status == 200, done.body
        return done.json()

    def find(self, number: str, name: str = NAME) -> Answer:
        asked = {"name": name, "id_number": number, "reason": "核对本人"}
        return self.client.post("/v1/admin/people/find", asked, token=self.first)


@pytest.fixture
def desk(client: ApiClient, morning: TestClock) -> Desk:
    return Desk(client)


def test_a_person_is_found_by_name_and_number_alone_and_sees_the_look(
    client: ApiClient, desk: Desk
) -> None:
    shown = desk.find(desk.number).json()["person"]
    assert (shown["person_id"], shown["name"]) == (desk.person.citizen_id, "林*")
    assert (shown["deceased"], shown["pending"], shown["pending_act"]) == (False, None, None)
    assert desk.number not in str(shown)
    for nobody in (desk.find(id_number()), desk.find(desk.number, "林小")):
        assert (nobody.status, nobody.json()) == (200, {"person": None})
    assert desk.find("330").status == 422
    [look] = client.get("/v1/me/accesses", token=desk.person.token).json()["items"][:1]
    assert (look["reason"], look["what"]) == ("核对本人", f"person:{desk.person.citizen_id}")


def test_it_takes_two_and_the_same_act(desk: Desk) -> None:
    asked = desk.act("sign-out", desk.first)
    assert (asked.status, asked.json()["pending_act"]) == (202, "sign_out")
    assert asked.json()["pending"]["reason"] == WHY["reason"]
    assert desk.act("sign-out", desk.first).code == "second_person_needed"
    # Another act takes the place of the one that waited.
    other = desk.act("death", desk.second)
    assert (other.status, other.json()["pending_act"]) == (202, "death")
    assert desk.act("sign-out", desk.second).status == 202
    done = desk.act("sign-out", desk.first)
    assert (done.status, done.json()["pending"]) == (200, None)
    assert desk.act("sign-out", desk.first).status == 202


def test_nobody_is_nobodys(client: ApiClient, desk: Desk) -> None:
    unverified = log_in(client)
    for who in ("nobody", unverified.citizen_id):
        path = f"/v1/admin/people/{who}/death"
        assert client.post(path, WHY, token=desk.first).status == 404
    assert desk.act("death", desk.first, reason=" ").status == 422


def test_the_same_key_says_the_same_again(desk: Desk) -> None:
    first, second = new_code(), new_code()
    for _ in range(2):
        asked = desk.act("sign-out", desk.first, first)
        assert asked.status == 202
    assert asked.headers["idempotency-replayed"] == "true"
    for _ in range(2):
        done = desk.act("sign-out", desk.second, second)
        assert done.status == 200
    assert done.headers["idempotency-replayed"] == "true"


def test_all_devices_are_signed_out(client: ApiClient, desk: Desk) -> None:
    other = log_in(client)
    link = verify(client, other, desk.number).json()["link_id"]
    code = client.post("/v1/me/link-codes", {}, token=desk.person.token).json()["code"]
    assert client.post(f"/v1/me/links/{link}", {"code": code}, token=other.token).status == 200
    desk.done("sign-out")
    for who in (desk.person, other):
        assert client.get("/v1/me", token=who.token).status == 401
        spent = client.post("/v1/login/refresh", {"refresh_token": who.refresh_token})
        assert spent.status == 401
    assert log_in(client, desk.code).citizen_id == desk.person.citizen_id
    assert "account.signed_out" in told(desk.person, dependencies.clock().now())


def test_a_new_name_and_a_corrected_number(client: ApiClient, desk: Desk) -> None:
    made = book(client, desk.person, new_slot()).json()["appointment_id"]
    right = id_number()
    new = {"name": "林小晓", "id_number": right}
    assert desk.act("correct", desk.first, **new).status == 202
    # Another correction is another word.
    other = desk.act("correct", desk.second, name="林大晓", id_number=right)
    assert other.status == 202
    assert desk.act("correct", desk.second, name="林大晓", id_number=right).status == 409
    assert desk.act("correct", desk.first, name="林大晓", id_number=right).status == 200
    assert client.get("/v1/me", token=desk.person.token).status == 401
    me = log_in(client, desk.code)
    known = client.get("/v1/me", token=me.token).json()
    assert (known["name"], known["proof"]) == ("林**", "counter")
    assert known["id_number"].endswith(right[-4:])
    assert desk.find(desk.number).json() == {"person": None}
    assert desk.find(right, "林大晓").json()["person"]["person_id"] == me.citizen_id
    # What is open counts under the right number, and is given back there.
    assert book(client, me, new_slot()).code == "already_booked"
    path = f"/v1/appointments/{made}/cancel"
    assert client.post(path, {}, token=me.token).status == 200
    assert book(client, me, new_slot()).status == 201
    # The former number is free for whom it is.
    assert verify(client, log_in(client), desk.number, "别人").status == 200
    assert verify(client, log_in(client), right, "林大晓").code == "person_known"


def test_who_has_the_number_that_was_wrong_has_nothing_of_the_other(
    client: ApiClient, desk: Desk
) -> None:
    assert book(client, desk.person, new_slot()).status == 201
    desk.done("correct", name="林小晓", id_number=id_number())
    other = log_in(client)
    assert verify(client, other, desk.number, "别人").status == 200
    other = log_in_again(client, other)
    made = book(client, other, new_slot())
    assert made.status == 201, made.body
    # Nor has the other anything of theirs.
    me = log_in(client, desk.code)
    [mine] = client.get("/v1/appointments", token=me.token).json()["items"]
    assert client.post(f"/v1/appointments/{mine['appointment_id']}/cancel", {}, token=me.token)
    assert book(client, me, new_slot()).status == 201
    assert book(client, other, new_slot()).code == "already_booked"


def test_a_correction_that_was_a_mistake_is_corrected_back(client: ApiClient, desk: Desk) -> None:
    assert book(client, desk.person, new_slot()).status == 201
    for number in (id_number(), desk.number):
        desk.done("correct", name=NAME, id_number=number)
    me = log_in(client, desk.code)
    assert book(client, me, new_slot()).code == "already_booked"
    [mine] = client.get("/v1/appointments", token=me.token).json()["items"]
    path = f"/v1/appointments/{mine['appointment_id']}/cancel"
    assert client.post(path, {}, token=me.token).status == 200
    assert book(client, me, new_slot()).status == 201


def drawn(client: ApiClient, clock: TestClock) -> tuple[Desk, World]:
    """Return a desk, and a draw that its person has entered."""
    desk, draw = Desk(client), World(client, clock)
    desk.first, desk.second = desk.staff(), desk.staff()
    assert draw.enter(log_in(client, desk.code)).status == 201
    return desk, draw


def test_an_entry_in_a_draw_is_of_the_right_number(
    client: ApiClient, morning: TestClock, clock: TestClock
) -> None:
    desk, draw = drawn(client, clock)
    desk.done("correct", name="林小晓", id_number=id_number())
    me, other = log_in(client, desk.code), log_in(client)
    assert draw.enter(me).code == "already_entered"
    assert verify(client, other, desk.number, "别人").status == 200
    other = log_in_again(client, other)
    assert draw.enter(other).status == 201
    draw.hold()
    for who in (me, other):
        path = f"/v1/draws/{draw.draw_id}/entries"
        [entry] = draw.get(path, log_in_again(client, who))["items"]
        assert entry["appointment_id"]


def test_who_died_wins_nothing_and_waits_for_nothing(
    client: ApiClient, morning: TestClock, clock: TestClock
) -> None:
    desk, draw = drawn(client, clock)
    me, day = log_in(client, desk.code), str(draw.window.first)
    body = {"service_id": SERVICE, "office_ids": [HALL], "from": day, "until": day}
    assert client.post("/v1/waiting-list", body, token=me.token).status == 201
    desk.done("death")
    assert [one.status for one in places.list_of(me.citizen_id)] == ["left"]
    draw.hold()
    assert not any(one.seats for one in draw.shards())


def test_a_number_that_another_has_is_not_given_to_a_second(client: ApiClient, desk: Desk) -> None:
    other, taken = log_in(client), id_number()
    assert verify(client, other, taken).status == 200
    assert desk.act("correct", desk.first, name=NAME, id_number=taken).status == 202
    refused = desk.act("correct", desk.second, name=NAME, id_number=taken)
    assert (refused.status, refused.code) == (409, "number_taken")
    assert client.get("/v1/me", token=desk.person.token).status == 200


def relative(client: ApiClient, desk: Desk) -> tuple[Citizen, str]:
    """Return who acts for the person by a mandate, and its id."""
    agent = log_in(client)
    assert verify(client, agent, id_number()).status == 200
    agent = log_in_again(client, agent)
    body = {"name": NAME, "id_number": desk.number, "relation": "parent"}
    member = client.post("/v1/me/family", body, token=agent.token).json()["member_id"]
    mandate = agent.citizen_id + member
    path = f"/v1/me/mandates/{mandate}/accept"
    assert client.post(path, {}, token=desk.person.token).status == 200
    return agent, mandate


def status_of(client: ApiClient, agent: Citizen, mandate: str) -> str:
    return str(client.get(f"/v1/me/mandates/{mandate}", token=agent.token).json()["status"])


def test_what_names_a_number_that_was_wrong_ends(client: ApiClient, desk: Desk) -> None:
    agent, mandate = relative(client, desk)
    made = book(client, agent, new_slot(), for_member=mandate.removeprefix(agent.citizen_id))
    desk.done("correct", name="林小晓", id_number=desk.number)
    assert status_of(client, agent, mandate) == "active"
    desk.done("correct", name="林小晓", id_number=id_number())
    assert status_of(client, agent, mandate) == "revoked"
    # What the agent booked counts for the person until it ends.
    me = log_in(client, desk.code)
    assert book(client, me, new_slot()).code == "already_booked"
    path = f"/v1/appointments/{made.json()['appointment_id']}/cancel"
    assert client.post(path, {}, token=agent.token).status == 200
    assert book(client, me, new_slot()).status == 201


def test_with_a_death_everything_ends(client: ApiClient, clock: TestClock, desk: Desk) -> None:
    agent, mandate = relative(client, desk)
    other = {"name": "林老", "id_number": id_number(), "relation": "other"}
    client.post("/v1/me/family", other, token=desk.person.token)
    assert book(client, desk.person, new_slot()).status == 201
    shown = desk.done("death")
    assert shown["deceased"] is True
    assert client.get("/v1/me", token=desk.person.token).status == 401
    refused = client.post("/v1/login", {"platform": "demo", "code": desk.code})
    assert (refused.status, refused.code) == (403, "account_closed")
    spent = client.post("/v1/login/refresh", {"refresh_token": desk.person.refresh_token})
    assert spent.status == 401
    assert status_of(client, agent, mandate) == "revoked"
    now = dependencies.clock().now()
    members = [member.status(now) for member, _ in identity.family(desk.person.citizen_id)]
    assert members == ["revoked"]
    assert personal_data.active_ids(desk.person.citizen_id) == []
    # Nobody is told of it by trying, nor takes the dead over.
    assert verify(client, log_in(client), desk.number).code == "identity_not_confirmed"
    assert reach.channels(desk.person.citizen_id) is None
    again = desk.act("death", desk.first)
    assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")
    for act in ("sign-out", "correct"):
        more = {"name": NAME, "id_number": desk.number} if act == "correct" else {}
        assert desk.act(act, desk.first, **more).json()["current"] == "deceased"


def test_a_visit_that_is_near_is_given_back_at_a_death_too(
    client: ApiClient, clock: TestClock, desk: Desk
) -> None:
    made = book(client, desk.person, new_slot()).json()
    clock.set(datetime.fromisoformat(made["start"]) - timedelta(minutes=5))
    first, second = desk.staff(), desk.staff()
    assert desk.act("death", first).status == 202
    assert desk.act("death", second).status == 200
    assert personal_data.active_ids(desk.person.citizen_id) == []


def test_a_death_that_was_a_mistake_is_taken_back(client: ApiClient, desk: Desk) -> None:
    assert desk.act("death/undo", desk.first).json()["current"] == "living"
    desk.done("death")
    shown = desk.done("death/undo")
    assert shown["deceased"] is False
    me = log_in(client, desk.code)
    assert client.get("/v1/me", token=me.token).json()["verification_level"] == "real_name"
    assert "account.reopened" in told(me, dependencies.clock().now())


def test_staff_are_shown_what_must_be_ended_by_hand(
    client: ApiClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = personal_data_requests.Holder(
        "x", lambda _who: [], open_things=lambda who: [f"{who}-case"]
    )
    token = desk.staff()
    with monkeypatch.context() as patched:
        patched.setattr(personal_data_requests, "holders", lambda: (holder,))
        desk.done("death")
    listed = client.get("/v1/admin/alerts?kind=integrity&limit=100", token=desk.second)
    if listed.status == 403:
        listed = client.get("/v1/admin/alerts?kind=integrity&limit=100", token=token)
    who = desk.person.citizen_id
    [facts] = [one["facts"] for one in listed.json()["items"] if one["subject_id"] == who]
    assert facts == {"things": f"{who}-case", "number_of_things": "1"}
    # Who lives after all has left nothing to be ended by hand.
    desk.done("death/undo")
    alert = supervision.find_alert(who, "person_died")
    assert alert
    assert alert.cleared_at


@pytest.mark.parametrize("calls", [3, 6, 9, 12, 16, 21])
@pytest.mark.parametrize("act", ["death", "correct"])
def test_an_act_that_stops_on_the_way_is_finished_by_the_same_key(
    client: ApiClient, desk: Desk, act: str, calls: int
) -> None:
    agent, mandate = relative(client, desk)
    book(client, desk.person, new_slot())
    more = {"name": NAME, "id_number": id_number()} if act == "correct" else {}
    assert desk.act(act, desk.first, **more).status == 202
    key = new_code()
    with crash_after(calls), contextlib.suppress(Crash):
        desk.act(act, desk.second, key, **more)
    assert desk.act(act, desk.second, key, **more).status == 200
    assert status_of(client, agent, mandate) == "revoked"
    profile = storage.load_profile(desk.person.citizen_id)
    assert profile
    assert profile.deceased is (act == "death")
    assert storage.find_of_record(profile.person or "") == desk.person.citizen_id
    assert client.get("/v1/me", token=desk.person.token).status == 401


@pytest.mark.parametrize(
    ("act", "deceased", "left"),
    [
        ("death", False, True),
        ("death", True, False),
        ("undo_death", True, True),
        ("correct", False, True),
        ("sign_out", False, True),
    ],
)
def test_an_act_is_left_to_do_or_was_done(act: PersonAct, deceased: bool, left: bool) -> None:
    assert person_corrections.check_act(act, deceased=deceased) is left


@pytest.mark.parametrize(
    ("act", "deceased"), [("undo_death", False), ("correct", True), ("sign_out", True)]
)
def test_the_dead_are_left_alone_and_the_living_do_not_rise(act: PersonAct, deceased: bool) -> None:
    with pytest.raises(WrongStatus):
        person_corrections.check_act(act, deceased=deceased)


def test_a_word_waits_until_it_is_done() -> None:
    word = Word("correct#abc", "staff:li", MONDAY, "why")
    assert StaffAct(word, "key").pending == word
    assert StaffAct(word, "key", "other").pending is None
    assert (StaffAct(word, "key").act, person_corrections.act_of("undo_death")) == (
        "correct",
        "undo_death",
    )


def test_a_clerk_who_asks_again_hears_what_was_done_before_a_death(
    client: ApiClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_papers(desk.person)
    monkeypatch.setattr(scans, "adopt", lambda *_: None)
    who = {"name": NAME, "id_number": desk.number}
    slot = new_slot()
    at_window = {"service_id": BOOKED, "slot_id": slot, "person": who, "reason": "不会用手机"}
    entered = {**application(), "office_id": HALL, "person": who}
    sent = [
        (f"/v1/admin/offices/{slot.split('.')[0]}/appointments", at_window, "appointment_id"),
        ("/v1/admin/cases", entered, "case_id"),
    ]
    keys = [{"Idempotency-Key": new_id()} for _ in sent]
    made = [
        client.post(path, body, token=desk.first, headers=key)
        for (path, body, _), key in zip(sent, keys, strict=True)
    ]
    assert [one.status for one in made] == [201, 201], made
    desk.done("death")
    for (path, body, name), key, first in zip(sent, keys, made, strict=True):
        again = client.post(path, body, token=desk.first, headers=key)
        assert (again.status, again.json().get(name)) == (201, first.json()[name])
        assert again.headers["idempotency-replayed"] == "true"
        other = {**body, "reason": "其他"} if "reason" in body else {**body, "form": {}}
        reused = client.post(path, other, token=desk.first, headers=key)
        assert (reused.status, reused.code) == (422, "idempotency_key_reused")
        fresh = {"Idempotency-Key": new_id()}
        assert client.post(path, body, token=desk.first, headers=fresh).status == 422


@pytest.mark.parametrize("side", ["principal", "agent"])
def test_nothing_is_done_at_a_counter_for_who_died(
    client: ApiClient, desk: Desk, side: str
) -> None:
    who = {"name": NAME, "id_number": desk.number}
    counter = Counter(client)
    large = {"services": ["*"], side: who}
    waits = counter.body(**large)
    assert counter.say(waits).status == 202
    desk.done("death")
    slot = new_slot()
    at_window = {"service_id": BOOKED, "slot_id": slot, "person": who, "reason": "不会用手机"}
    path = f"/v1/admin/offices/{slot.split('.')[0]}/appointments"
    booked = client.post(path, at_window, token=desk.first)
    assert (booked.status, pointers(booked)) == (422, ["/person/name"])
    entered = {**application(), "office_id": HALL, "person": who}
    lodged = client.post("/v1/admin/cases", entered, token=desk.first)
    assert (lodged.status, pointers(lodged)) == (422, ["/person/name"])
    for body in (waits, counter.body(**{side: who})):
        refused = counter.say(body, counter.other)
        assert (refused.status, pointers(refused)) == (422, [f"/{side}/name"])
    desk.done("death/undo")
    assert counter.say(waits, counter.other).status == 200
    assert client.post(path, at_window, token=desk.first).status == 201


@pytest.mark.parametrize("act", ["sign-out", "death", "correct"])
def test_codes_end_with_the_log_ins_by_which_they_were_made(
    client: ApiClient, desk: Desk, act: str
) -> None:
    named = agent_code(client, desk.person)
    linking = client.post("/v1/me/link-codes", {}, token=desk.person.token).json()["code"]
    other = log_in(client)
    known = verify(client, other, desk.number)
    assert known.code == "person_known"
    desk.done(act, **({"name": NAME, "id_number": id_number()} if act == "correct" else {}))
    given = give(client, person(client), desk.person, agent_code=named, services=["passport-issue"])
    assert (given.status, pointers(given)) == (422, ["/agent_code"])
    path = f"/v1/me/links/{known.json()['link_id']}"
    joined = client.post(path, {"code": linking}, token=other.token)
    assert (joined.status, pointers(joined)) == (422, ["/code"])
