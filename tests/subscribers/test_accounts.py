"""Subscribers' accounts: made once, secrets told once, changed, pinged, paused, whatever stops."""

from typing import Any

import pytest

from chalicelib.core import audit, dependencies, history, tables
from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from chalicelib.subscribers import handlers, jobs
from chalicelib.subscribers.service import accounts
from chalicelib.subscribers.service.accounts import DIRECTORY
from chalicelib.subscribers.service.sending import SENDER
from chalicelib.subscribers.storage import TABLE
from chalicelib.supervision import storage as supervision
from chalicelib.webhooks.domain.circuit_breaker import TROUBLE_AFTER, Health
from tests.deliveries.world import hire
from tests.subscribers.world import HALL, PATH, Listener, act, event, office_admin, subscribe, tell
from tests.support.client import ApiClient
from tests.support.effects import check_facts
from tests.support.faults import crashes
from tests.webhooks.receiver import Receiver, answers


@pytest.fixture
def listener(client: ApiClient, receiver: Receiver) -> Listener:
    """A subscriber that hears of appointments in the tests' hall."""
    return subscribe(client, receiver, ["appointment.*"], office_ids=[HALL])


def hear(listener: Listener) -> None:
    """Let the worker have the account's last event."""
    last = DIRECTORY.storage.load_entries(listener.subscriber_id)[-1]
    handlers.tell_subscribers(of_entry(last), dependencies.clock().now())


def test_an_account_is_made_once_and_its_secret_told_once(
    client: ApiClient, receiver: Receiver
) -> None:
    admin, key = office_admin(), {"Idempotency-Key": new_id()}
    body = {"name": "公交", "endpoint": f"{receiver.origin}/x", "types": ["case.*", "case.*"]}
    made, again = (client.post(PATH, body, token=admin, headers=key) for _ in range(2))
    assert (made.status, again.status) == (201, 201)
    secret = made.json()["secret"]
    assert again.json() == {**made.json(), "secret": None}
    assert again.headers["idempotency-replayed"] == "true"
    other = client.post(PATH, {**body, "name": "另一家"}, token=admin, headers=key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    named = {**body, "subscriber_id": made.json()["subscriber_id"]}
    assert client.post(PATH, named, token=admin).code == "subscriber_exists"
    database: Any = tables.client()
    kept = str(database.scan(TableName=TABLE.name)["Items"])
    listed = client.get(PATH, token=admin)
    assert secret.removeprefix("whsec_") not in kept
    assert secret.encode() not in listed.body
    [mine] = [x for x in listed.json()["items"] if x["subscriber_id"] == named["subscriber_id"]]
    assert mine == {
        "subscriber_id": named["subscriber_id"],
        "name": "公交",
        "endpoint": body["endpoint"],
        "types": ["case.*"],
        "office_ids": None,
        "purpose": None,
        "state": "active",
        "answering": True,
        "version": 1,
    }


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"types": []}, "/types"),
        ({"types": ["case.*", "staff.*"]}, "/types/1"),
        ({"types": ["Case.*"]}, "/types/0"),
        ({"types": ["case.[a-z]"]}, "/types/0"),
        ({"types": ["*" * 61]}, "/types/0"),
        ({"types": "case.*"}, "/types"),
        ({"office_ids": [HALL, "no-such"]}, "/office_ids/1"),
        ({"endpoint": "http://169.254.169.254/latest"}, "/endpoint"),
        ({"endpoint": "https://user:x@8.8.8.8/"}, "/endpoint"),
        ({"subscriber_id": "x" * 20}, "/subscriber_id"),
        ({"subscriber_id": "A"}, "/subscriber_id"),
        ({"purpose": "x" * 201}, "/purpose"),
        ({"name": " "}, "/name"),
        ({"secret": "whsec_x"}, "/secret"),
    ],
)
def test_bad_input_is_told_by_its_field(
    client: ApiClient, receiver: Receiver, wrong: dict[str, Any], pointer: str
) -> None:
    body = {"name": "x", "endpoint": f"{receiver.origin}/x", "types": ["case.*"], **wrong}
    answer = client.post(PATH, body, token=office_admin())
    assert answer.status == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


def test_an_id_names_one_thing_to_auditors(client: ApiClient, receiver: Receiver) -> None:
    admin = office_admin()
    courier = hire(client, receiver, admin).courier_id
    body = {"name": "x", "endpoint": f"{receiver.origin}/x", "types": ["case.*"]}
    for taken in (courier, "hall-330203"):
        made = client.post(PATH, {**body, "subscriber_id": taken}, token=admin)
        assert (made.status, made.code) == (409, "subscriber_exists")
    key, own = {"Idempotency-Key": new_id()}, f"s{new_id(8).lower()}"
    for replayed in (None, "true"):
        made = client.post(PATH, {**body, "subscriber_id": own}, token=admin, headers=key)
        assert (made.status, made.headers.get("idempotency-replayed")) == (201, replayed)
    kept = audit.find(courier)
    assert kept
    assert [entry.type for entry in kept.entries] == ["courier.created"]


def test_what_is_changed_is_changed_and_the_rest_stays(
    client: ApiClient, listener: Listener
) -> None:
    path, admin = f"{PATH}/{listener.subscriber_id}", office_admin()
    first = client.patch(path, {"purpose": "上门看护", "types": ["case.*"]}, token=admin).json()
    assert (first["types"], first["office_ids"], first["purpose"], first["version"]) == (
        ["case.*"],
        [HALL],
        "上门看护",
        2,
    )
    second = client.patch(path, {"purpose": "", "office_ids": []}, token=admin).json()
    assert (second["office_ids"], second["purpose"], second["types"]) == (None, None, ["case.*"])
    assert client.patch(path, {"types": ["no.*"]}, token=admin).status == 422
    assert client.patch(f"{PATH}/nobody", {"name": "x"}, token=admin).status == 404
    kept = accounts.history_of(listener.subscriber_id)
    assert kept
    check_facts(kept.entries)
    # Auditors see when a purpose was declared, and when it ended.
    assert [entry.data.get("purpose") for entry in kept.entries] == [None, "上门看护", None]


def test_a_ping_shows_that_the_way_is_open_and_is_sent_again(
    client: ApiClient, listener: Listener
) -> None:
    assert act(client, listener, "ping").status == 202
    hear(listener)
    assert [(one.body["type"], one.verified) for one in listener.inbox.got] == [
        ("subscriber.ping", True)
    ]
    path = f"{PATH}/{listener.subscriber_id}/messages"
    [message] = client.get(path, token=office_admin()).json()["items"]
    assert (message["state"], message["subject_id"], message["sequence"]) == ("sent", None, 1)
    again = f"messages/{message['message_id']}/replay"
    assert act(client, listener, again, "once-again").status == 202
    assert act(client, listener, again, "once-again").headers["idempotency-replayed"] == "true"
    hear(listener)
    assert len(listener.inbox.got) == 2
    assert act(client, listener, "messages/msg_nobody_1/replay").status == 404


def test_what_waits_while_paused_goes_out_when_resumed(
    client: ApiClient, listener: Listener
) -> None:
    assert act(client, listener, "pause").json()["state"] == "paused"
    tell(event("appointment.called"))
    assert listener.inbox.got == []
    assert act(client, listener, "resume").json()["state"] == "active"
    assert jobs.send_due(dependencies.clock().now()).good >= 1
    assert listener.inbox.types == ["appointment.called"]


def test_an_endpoint_that_is_gone_hears_nothing_until_it_is_resumed(
    client: ApiClient, listener: Listener
) -> None:
    listener.inbox.play = answers(410)
    tell(event("appointment.called"))
    assert DIRECTORY.load(listener.subscriber_id).state == "disabled"
    refused = act(client, listener, "pause")
    assert (refused.status, refused.code) == (409, "wrong_status")
    missed = event("appointment.called")
    tell(missed)
    assert SENDER.outbox.load(f"{missed.subject}-{listener.subscriber_id}", missed.seq) is None
    assert act(client, listener, "resume").json()["state"] == "active"


def open_alerts(listener: Listener) -> set[str]:
    """Return the codes of the city's open alerts, all events of the account followed."""
    for entry in DIRECTORY.storage.load_entries(listener.subscriber_id):
        handlers.follow_up(of_entry(entry), dependencies.clock().now())
    found = supervision.alerts_of(listener.subscriber_id)
    assert all(alert.office_id is None for alert in found)
    return {alert.code for alert in found if alert.cleared_at is None}


def test_the_city_is_told_of_an_endpoint_that_does_not_answer(
    client: ApiClient, listener: Listener
) -> None:
    name, now = listener.subscriber_id, dependencies.clock().now()
    assert SENDER.outbox.store_health(name, Health(), Health(failures=TROUBLE_AFTER))
    accounts.ACCOUNTS.note_health(name, troubled=True, now=now)
    assert open_alerts(listener) == {"subscriber_not_answering"}
    accounts.ACCOUNTS.disable(name, "days_of_failure", now)
    assert open_alerts(listener) == {"subscriber_not_answering", "subscriber_disabled"}
    assert act(client, listener, "resume").status == 200
    # All that came before comes once more, too late to say anything.
    assert open_alerts(listener) == set()


@pytest.mark.fresh_index("sends what became due after the list was first asked")
def test_what_failed_is_recovered_in_one_call(client: ApiClient, listener: Listener) -> None:
    listener.inbox.play = answers(500)
    tell(event("appointment.called"))
    listener.inbox.play = answers(204)
    since = {"since": "2026-01-01T00:00:00Z"}
    path = f"{PATH}/{listener.subscriber_id}/recover"
    assert client.post(path, since, token=office_admin()).json() == {"recovered": 1, "more": False}
    jobs.send_due(dependencies.clock().now())
    assert len(listener.inbox.got) == 2
    assert len(listener.inbox.effects) == 1
    assert client.post(f"{PATH}/nobody/recover", since, token=office_admin()).status == 404
    assert client.get(f"{PATH}/nobody/messages", token=office_admin()).status == 404


def test_a_crash_after_each_write_of_making_and_rotating_leaves_all_or_nothing(
    client: ApiClient, receiver: Receiver
) -> None:
    admin = office_admin()
    name = f"s{new_id(10).lower()}"
    body = {"subscriber_id": name, "name": "x", "endpoint": f"{receiver.origin}/x", "types": ["*"]}
    for path, sent, versions in (
        (PATH, body, {0, 1}),
        (f"{PATH}/{name}/rotate-secret", {}, {1, 2}),
    ):
        key = {"Idempotency-Key": new_id()}

        def ask(path: str = path, sent: Any = sent, key: dict[str, str] = key) -> None:
            assert client.post(path, sent, token=admin, headers=key).status in (200, 201)

        for _ in crashes(ask):
            stored = DIRECTORY.storage.load(name)
            assert (stored.version if stored else 0) in versions
            entries = DIRECTORY.storage.load_entries(name)
            assert history.check(name, entries, stored.head if stored else None) is None
            DIRECTORY.forget()
        # The same attempt finds what it did, and tells no second secret.
        again = client.post(path, sent, token=admin, headers=key)
        assert again.json()["secret"] is None
    assert DIRECTORY.load(name).version == 2
