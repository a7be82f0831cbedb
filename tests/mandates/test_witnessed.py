"""Mandates given before a clerk: by one person or two, seen, told, found and ended."""

from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.identity.staff import service as staff
from chalicelib.mandates import storage
from chalicelib.notifications import service as notifications
from tests.appointments.world import at_once
from tests.cases.uploads.world import announced, scanned
from tests.mandates.counter_world import PATH, Counter
from tests.mandates.world import day, person, pointers
from tests.support.cases import HALL, city_worker, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import auditor, childs_number, id_number, log_in_staff, new_code

OTHER_HALL = "hall-330203"


@pytest.fixture
def counter(client: ApiClient, morning: TestClock) -> Counter:
    return Counter(client)


def as_citizen(counter: Counter, who: dict[str, str]) -> Any:
    return person(counter.client, who["id_number"], who["name"])


def dated(changed: dict[str, Any]) -> dict[str, Any]:
    """Return what is changed with its day, which is told by how far it is."""
    until = changed.get("until")
    return {**changed, "until": day(until)} if isinstance(until, int) else changed


def bytes_of(upload_id: str) -> int:
    """Return how many files are kept of a scan."""
    prefix = f"kept/scan:{upload_id}"
    found = aws.client("s3").list_objects_v2(Bucket=SETTINGS.upload_bucket, Prefix=prefix)
    return int(found["KeyCount"])


def mandates(counter: Counter, token: str, query: str = "") -> list[dict[str, Any]]:
    answer = counter.client.get(f"/v1/me/mandates{query}", token=token)
    return list(answer.json()["items"])


def test_what_is_little_one_clerk_witnesses(counter: Counter) -> None:
    grandmother = as_citizen(counter, counter.grandmother)
    grandson = as_citizen(counter, counter.grandson)
    body, key = counter.body(), new_id()
    first, again = counter.say(body, key=key), counter.say(body, key=key)
    assert (first.status, again.status) == (201, 201)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    made = first.json()
    assert (made["status"], made["accepted_by"], made["pending"]) == ("active", "counter", None)
    assert (made["from"], made["until"], made["guardian"]) == (day(0), day(30), False)
    assert made["principal"]["name"] == "林奶奶"
    assert "*" * 11 in made["principal"]["id_number"]
    assert counter.say({**body, "until": day(1)}, key=key).code == "idempotency_key_reused"
    for who, side in ((grandmother, "principal"), (grandson, "agent")):
        [seen] = mandates(counter, who.token, f"?side={side}&status=active")
        assert (seen["mandate_id"], seen["accepted_by"]) == (made["mandate_id"], "counter")
        assert seen["principal"]["name"] == "林**"
        items = counter.client.get("/v1/me/accesses", token=who.token).json()["items"]
        assert f"mandate:{made['mandate_id']}" in [one["what"] for one in items]
    # The same by anybody, in another attempt, finds it; the scan is of nothing else.
    assert counter.say(body, counter.other).json() == made
    for other in ({"until": day(1)}, {"agent": {"name": "王五", "id_number": id_number()}}):
        assert pointers(counter.say({**body, **other})) == ["/upload_id"]
    other_principal = {"name": "王奶奶", "id_number": id_number()}
    assert pointers(counter.say({**body, "principal": other_principal})) == ["/upload_id"]


@pytest.mark.parametrize(
    "much",
    [
        {"services": ["*"]},
        {"services": ["*", "id-card-renewal"]},
        {"actions": ["collect"]},
        {"until": 367},
    ],
    ids=str,
)
def test_what_is_much_two_persons_witness(counter: Counter, much: dict[str, Any]) -> None:
    grandmother, grandson = (
        as_citizen(counter, who) for who in (counter.grandmother, counter.grandson)
    )
    body, key = counter.body(**dated(much), reason="本人到场"), new_id()
    first = counter.say(body, key=key)
    assert first.status == 202
    pending = first.json()["pending"]
    assert (pending["reason"], pending["asked_by"].startswith("staff:")) == ("本人到场", True)
    assert set(pending) == {"asked_by", "at", "reason"}
    mandate_id = first.json()["mandate_id"]
    # Nobody has it yet.
    for who in (grandmother, grandson):
        assert mandates(counter, who.token) == []
        path = f"/v1/me/mandates/{mandate_id}"
        assert counter.client.get(path, token=who.token).status == 404
        assert counter.client.post(f"{path}/accept", {}, token=who.token).status == 404
    replay, again = counter.say(body, key=key), counter.say(body)
    assert (replay.status, replay.headers["idempotency-replayed"]) == (202, "true")
    assert (again.status, again.code) == (409, "second_person_needed")
    waiting = f"{PATH}?office_id={first.json()['office_id']}&limit=100"
    listed = counter.client.get(waiting, token=counter.other).json()["items"]
    assert mandate_id in [one["mandate_id"] for one in listed]
    second_key = new_id()
    second = counter.say(body, counter.other, second_key)
    assert (second.status, second.json()["status"], second.json()["pending"]) == (
        200,
        "active",
        None,
    )
    again = counter.say(body, counter.other, second_key)
    assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")
    # The first one's call is answered as it was, with what there is now.
    replay = counter.say(body, key=key)
    assert (replay.status, replay.json()["status"]) == (202, "active")
    listed = counter.client.get(waiting, token=counter.other).json()["items"]
    assert mandate_id not in [one["mandate_id"] for one in listed]
    assert [one["mandate_id"] for one in mandates(counter, grandson.token)] == [mandate_id]
    history = [entry.type for entry in storage.load_entries(mandate_id)]
    assert history == ["mandate.asked", "mandate.witnessed"]
    facts = storage.load_entries(mandate_id)[-1].data
    assert facts["asked_by"] == pending["asked_by"]


def test_something_else_takes_the_place_of_what_was_asked(counter: Counter) -> None:
    body = counter.body(services=["*"])
    assert counter.say(body).status == 202
    changed = {**body, "until": day(60)}
    assert counter.say(changed, counter.other).status == 202
    assert counter.say(changed, counter.other).code == "second_person_needed"
    assert counter.say(body, counter.other).status == 202
    done = counter.say(body)
    assert (done.status, done.json()["until"]) == (200, day(30))


def test_a_grandmother_without_an_account_finds_it_once_she_is_verified(counter: Counter) -> None:
    grandson = as_citizen(counter, counter.grandson)
    made = counter.witnessed(services=["*"], actions=["book", "lodge", "read"])
    [seen] = mandates(counter, grandson.token, "?side=agent")
    assert seen["status"] == "active"
    grandmother = as_citizen(counter, counter.grandmother)
    [found] = mandates(counter, grandmother.token, "?side=principal")
    assert found["mandate_id"] == made["mandate_id"]
    path = f"/v1/me/mandates/{made['mandate_id']}/revoke"
    assert counter.client.post(path, {}, token=grandmother.token).json()["status"] == "revoked"
    assert [one["status"] for one in mandates(counter, grandson.token)] == ["revoked"]
    exported = counter.client.get("/v1/me/export", token=grandmother.token).json()
    assert [one["mandate_id"] for one in exported["mandates"]] == [made["mandate_id"]]
    assert [one["scan"] for one in exported["mandates"]] == [made["upload_id"]]
    assert bytes_of(made["upload_id"]) == 1
    assert counter.client.delete("/v1/me", token=grandmother.token).status == 204
    assert bytes_of(made["upload_id"]) == 0


def test_a_grandson_without_an_account_acts_once_he_is_verified(counter: Counter) -> None:
    made = counter.witnessed()
    grandson = as_citizen(counter, counter.grandson)
    assert [one["mandate_id"] for one in mandates(counter, grandson.token)] == [made["mandate_id"]]


def test_staff_find_and_end_it_at_any_counter(counter: Counter) -> None:
    grandmother, far = (
        as_citizen(counter, counter.grandmother),
        worker(counter.client, hall=OTHER_HALL),
    )
    made = counter.witnessed()
    for seen in (counter.grandmother, counter.grandson):
        found = counter.find(seen, far)
        assert [one["mandate_id"] for one in found.json()["items"]] == [made["mandate_id"]]
    items = counter.client.get("/v1/me/accesses", token=grandmother.token).json()["items"]
    assert "老人到厅撤销委托" in [one["reason"] for one in items]
    # Another name, and nobody, are the same answer.
    for seen in (
        {**counter.grandmother, "name": "林奶"},
        {"name": "林奶奶", "id_number": id_number()},
    ):
        assert counter.find(seen, far).json() == {"items": [], "next_cursor": None}
    key = new_id()
    ended, again = (counter.revoke(made["mandate_id"], far, key) for _ in range(2))
    assert (ended.status, ended.json()["status"]) == (200, "revoked")
    assert (again.json(), again.headers["idempotency-replayed"]) == (ended.json(), "true")
    assert counter.revoke(made["mandate_id"]).status == 200
    assert [one["status"] for one in mandates(counter, grandmother.token)] == ["revoked"]
    facts = storage.load_entries(made["mandate_id"])[-1].data
    assert facts["reason"] == "老人到厅撤销委托"
    assert pointers(counter.say(counter.body(upload_id=made["upload_id"]))) == ["/upload_id"]
    for missing in (new_id(20), new_id()):
        assert counter.revoke(missing).status == 404


def test_what_waits_is_taken_back_and_listed_no_more(counter: Counter) -> None:
    made = counter.say(counter.body(services=["*"])).json()
    assert counter.revoke(made["mandate_id"], counter.other).json()["status"] == "revoked"
    waiting = f"{PATH}?office_id={made['office_id']}&limit=100"
    listed = counter.client.get(waiting, token=counter.clerk).json()["items"]
    assert made["mandate_id"] not in [one["mandate_id"] for one in listed]


def test_a_hall_sees_its_own_mandates_and_scans_alone(counter: Counter) -> None:
    made, far = counter.witnessed(), worker(counter.client, hall=OTHER_HALL)
    paths = [f"{PATH}/{made['mandate_id']}", f"/v1/admin/uploads/{made['upload_id']}"]
    for path in paths:
        assert counter.client.get(path, token=far).status == 404
        for token in (counter.clerk, auditor(counter.client, made["office_id"])):
            assert counter.client.get(path, token=token).status == 200
    waiting = f"{PATH}?office_id={made['office_id']}"
    assert counter.client.get(waiting, token=far).status == 404
    grandmother = as_citizen(counter, counter.grandmother)
    items = counter.client.get("/v1/me/accesses?limit=100", token=grandmother.token).json()["items"]
    # Two persons looked at each of the two, and one witnessed it.
    assert [one["what"] for one in items] == [f"mandate:{made['mandate_id']}"] * 5


def test_searches_for_people_are_few(counter: Counter) -> None:
    desk = worker(counter.client)
    answers = [counter.find({"name": "无", "id_number": id_number()}, desk) for _ in range(31)]
    assert [one.status for one in answers] == [200] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_both_sides_are_told_and_nobody_of_what_waits(counter: Counter) -> None:
    grandmother = as_citizen(counter, counter.grandmother)
    grandson = as_citizen(counter, counter.grandson)
    made = counter.witnessed(services=["*"])
    for entry in storage.load_entries(made["mandate_id"]):
        for _ in range(2):
            notifications.on_event(of_entry(entry), MONDAY)
    for who in (grandmother, grandson):
        items = counter.client.get("/v1/notifications", token=who.token).json()["items"]
        [told] = [one for one in items if one["event"].startswith("mandate.")]
        assert told["event"] == "mandate.witnessed"
        assert told["body"].startswith("经宁波市")


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"principal": {"name": "", "id_number": "x"}}, ["/principal/name"]),
    ({"principal": {"name": "林", "id_number": "12"}}, ["/principal/id_number"]),
    ({"agent": {"name": "林", "id_number": "11010119900307451X"}}, ["/agent/id_number"]),
    ({"services": []}, ["/services"]),
    ({"services": ["no-such-service"]}, ["/services"]),
    ({"actions": []}, ["/actions"]),
    ({"actions": ["erase"]}, ["/actions/0"]),
    ({"until": "2026-13-01"}, ["/until"]),
    ({"until": -1}, ["/until"]),
    ({"until": 3 * 366}, ["/until"]),
    ({"upload_id": "no-such-scan"}, ["/upload_id"]),
    ({"services": ["no-such"], "until": -1}, ["/services", "/until"]),
    ({"witness": "clerk"}, ["/witness"]),
]


@pytest.mark.parametrize(("wrong", "expected"), BAD, ids=lambda one: str(one)[:40])
def test_what_is_wrong_is_pointed_at(
    counter: Counter, wrong: dict[str, Any], expected: list[str]
) -> None:
    answer = counter.say(counter.body(**dated(wrong)))
    assert (answer.status, pointers(answer)) == (422, expected)


def test_who_may_not_be_agent_or_is_another(counter: Counter) -> None:
    assert pointers(counter.say(counter.body(agent=counter.grandmother))) == ["/agent/id_number"]
    child = {"name": "林小小", "id_number": childs_number()}
    assert pointers(counter.say(counter.body(agent=child))) == ["/agent/id_number"]
    counter.witnessed()
    other = {**counter.grandmother, "name": "林婆婆"}
    assert pointers(counter.say(counter.body(principal=other))) == ["/principal/name"]


def test_a_scan_must_have_come_and_be_of_ones_own_hall(counter: Counter) -> None:
    room = counter.client.post("/v1/admin/uploads", announced(), token=counter.clerk).json()
    assert pointers(counter.say(counter.body(upload_id=room["upload_id"]))) == ["/upload_id"]
    far = worker(counter.client, hall=OTHER_HALL)
    body = counter.body(upload_id=scanned(counter.client, far))
    assert pointers(counter.say(body)) == ["/upload_id"]
    assert counter.say(body, far).status == 201


def test_who_takes_over_what_a_clerk_made_alarms_nobody_and_sees_it_so(counter: Counter) -> None:
    counter.witnessed()
    grandmother = as_citizen(counter, counter.grandmother)
    accounts = counter.client.get("/v1/me/accounts", token=grandmother.token).json()["items"]
    assert "demo" in [one["platform"] for one in accounts if one["of_record"]]
    path = "/v1/admin/alerts?kind=integrity&limit=100"
    alerts = counter.client.get(path, token=city_worker(counter.client)).json()["items"]
    me = counter.client.get("/v1/me", token=grandmother.token).json()
    assert me["citizen_id"] not in [one["subject_id"] for one in alerts]
    assert (me["name"], me["proof"]) == ("林**", "platform")


@pytest.mark.parametrize("much", [{}, {"services": ["*"]}])
def test_many_say_the_same_at_once_and_one_mandate_is_made(
    counter: Counter, much: dict[str, Any]
) -> None:
    body, answers = counter.body(**much), list[Answer]()
    desks = [worker(counter.client) for _ in range(6)]
    at_once(6, lambda number: answers.append(counter.say(body, desks[number])))
    assert len({one.json()["mandate_id"] for one in answers}) == 1
    assert sorted({one.status for one in answers}) == ([200, 202] if much else [201])
    made = answers[0].json()["mandate_id"]
    assert len(storage.load_entries(made)) == (2 if much else 1)


@pytest.mark.parametrize("side", ["grandmother", "grandson"])
def test_a_clerk_witnesses_nothing_of_their_own(counter: Counter, side: str) -> None:
    names = [new_code(), new_code()]
    for name, role in zip(names, ("clerk", "admin"), strict=True):
        staff.add_staff(name, "onetrip-demo", frozenset({role}), frozenset({HALL}))
    clerk, admin = (log_in_staff(counter.client, name) for name in names)
    path = f"/v1/admin/staff/{names[0]}/person"
    number = getattr(counter, side)["id_number"]
    assert pointers(counter.client.put(path, {"id_number": "12"}, token=admin)) == ["/id_number"]
    for _ in range(2):
        answer = counter.client.put(path, {"id_number": number}, token=admin)
        assert (answer.status, answer.json()["person_known"]) == (200, True)
    refused = counter.say(counter.body(), clerk)
    assert (refused.status, refused.code) == (403, "own_matter")
    # As the second person neither.
    body = counter.body(services=["*"])
    assert counter.say(body).status == 202
    assert counter.say(body, clerk).code == "own_matter"
    others = ({"name": name, "id_number": id_number()} for name in ("王五", "赵六"))
    body = counter.body(principal=next(others), agent=next(others))
    assert counter.say(body, clerk).status == 201
