"""Issuers' accounts: made once, secrets told once, pinged, paused; what they sign is taken."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import tables
from chalicelib.core.events import of_entry
from chalicelib.payments import handlers as payment_handlers
from chalicelib.payments.bills import handlers, jobs
from chalicelib.payments.bills.service import issuers
from chalicelib.payments.bills.service.issuers import ACCOUNTS, DIRECTORY
from chalicelib.payments.bills.service.sending import SENDER
from chalicelib.payments.bills.storage import TABLE
from chalicelib.supervision import storage as supervision
from chalicelib.webhooks.domain.circuit_breaker import TROUBLE_AFTER, Health
from tests.payments.bills.world import (
    DEPARTMENT,
    Known,
    fine,
    introduce,
    new_number,
    office_admin,
    said,
    say,
    send,
)
from tests.support.cases import HALL
from tests.support.client import Answer, ApiClient
from tests.webhooks.receiver import Receiver, answers

PATH = "/v1/admin/issuers"


def act(client: ApiClient, known: Known, what: str, key: str = "") -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    path = f"{PATH}/{known.issuer_id}/{what}"
    return client.post(path, {}, token=office_admin(), headers=headers)


def hear(known: Known) -> None:
    """Let the worker have the account's last event."""
    last = DIRECTORY.storage.load_entries(known.issuer_id)[-1]
    handlers.send_messages(of_entry(last), datetime.now(UTC))


def open_alerts(known: Known) -> set[str]:
    """Return the codes of the hall's open alerts, all events of the account followed."""
    for entry in DIRECTORY.storage.load_entries(known.issuer_id):
        payment_handlers.follow_up(of_entry(entry), datetime.now(UTC))
    found = supervision.alerts_of(f"{known.issuer_id}@{HALL}")
    return {alert.code for alert in found if alert.cleared_at is None}


def test_an_account_is_made_once_and_its_secret_told_once(
    client: ApiClient, receiver: Receiver
) -> None:
    admin, key = office_admin(), {"Idempotency-Key": "issuer-once"}
    body = {"name": "税务局", "department_id": DEPARTMENT, "endpoint": f"{receiver.origin}/x"}
    made, again = (client.post(PATH, body, token=admin, headers=key) for _ in range(2))
    assert (made.status, again.status) == (201, 201)
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    assert again.json() == {**made.json(), "secret": None}
    assert again.headers["idempotency-replayed"] == "true"
    other = client.post(PATH, {**body, "name": "另一家"}, token=admin, headers=key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    named = {**body, "issuer_id": made.json()["issuer_id"]}
    assert client.post(PATH, named, token=admin).code == "issuer_exists"
    database: Any = tables.client()
    kept = str(database.scan(TableName=TABLE.name)["Items"])
    listed = client.get(PATH, token=admin)
    assert secret.removeprefix("whsec_") not in kept
    assert secret.encode() not in listed.body
    [mine] = [one for one in listed.json()["items"] if one["issuer_id"] == named["issuer_id"]]
    expected = {"name": "税务局", "department_id": DEPARTMENT, "state": "active", "answering": True}
    assert expected.items() <= mine.items()


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"department_id": "no-such"}, "/department_id"),
        ({"office_id": "no-such"}, "/office_id"),
        ({"endpoint": "http://169.254.169.254/latest"}, "/endpoint"),
        ({"endpoint": "ftp://example.org"}, "/endpoint"),
        ({"issuer_id": "UPPER"}, "/issuer_id"),
        ({"issuer_id": "x" * 20}, "/issuer_id"),
        ({"name": ""}, "/name"),
        ({"division_codes": ["33"]}, "/division_codes"),
    ],
)
def test_bad_input_is_told_by_its_field(
    client: ApiClient, receiver: Receiver, wrong: dict[str, Any], pointer: str
) -> None:
    body = {"name": "x", "department_id": DEPARTMENT, "endpoint": f"{receiver.origin}/x", **wrong}
    answer = client.post(PATH, body, token=office_admin())
    assert answer.status == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


def test_what_is_changed_is_changed_and_the_rest_stays(client: ApiClient, known: Known) -> None:
    path = f"{PATH}/{known.issuer_id}"
    changed = client.patch(path, {"name": "交警"}, token=office_admin()).json()
    assert (changed["name"], changed["department_id"], changed["version"]) == (
        "交警",
        DEPARTMENT,
        2,
    )
    for wrong in ({"department_id": "no-such"}, {"endpoint": "http://10.0.0.1/"}):
        assert client.patch(path, wrong, token=office_admin()).status == 422
    assert client.patch(f"{PATH}/nobody", {"name": "x"}, token=office_admin()).status == 404


def test_a_secret_that_is_rotated_holds_another_day(client: ApiClient, known: Known) -> None:
    turned = act(client, known, "rotate-secret", "rotate-1")
    fresh = turned.json()["secret"]
    assert fresh != known.secret
    assert act(client, known, "rotate-secret", "rotate-1").json()["secret"] is None
    for secret in (known.secret, fresh):
        assert say(client, known, fine(), secret=secret).status == 200
    later = datetime.now(UTC) + timedelta(hours=24, minutes=1)
    DIRECTORY.forget()
    assert DIRECTORY.live_secrets(DIRECTORY.find(known.issuer_id), later) == [fresh]


def test_a_ping_shows_that_the_way_is_open(client: ApiClient, known: Known) -> None:
    assert act(client, known, "ping").status == 202
    hear(known)
    assert known.inbox.types == ["bill.ping"]
    assert known.inbox.got[0].verified
    listed = client.get(f"{PATH}/{known.issuer_id}/messages", token=office_admin()).json()
    [message] = listed["items"]
    assert (message["state"], message["attempts"][0]["status"]) == ("sent", 200)
    assert message["bill_id"] is None
    path = f"messages/{message['message_id']}/replay"
    assert act(client, known, path, "replay-1").status == 202
    assert act(client, known, path, "replay-1").headers["idempotency-replayed"] == "true"
    hear(known)
    assert known.inbox.types == ["bill.ping", "bill.ping"]
    assert act(client, known, "messages/msg_nobody_1/replay").status == 404


def test_a_paused_issuer_gets_nothing_until_it_is_resumed(client: ApiClient, known: Known) -> None:
    assert act(client, known, "pause").json()["state"] == "paused"
    assert not SENDER.owner.is_active(known.issuer_id)
    assert known.issuer_id not in SENDER.owner.list_active()
    # What it says is taken all the same.
    assert say(client, known, fine()).status == 200
    assert act(client, known, "resume").json()["state"] == "active"
    assert known.issuer_id in SENDER.owner.list_active()


def test_an_endpoint_that_is_gone_is_disabled(client: ApiClient, known: Known) -> None:
    known.inbox.play = answers(410)
    act(client, known, "ping")
    hear(known)
    assert DIRECTORY.load(known.issuer_id).state == "disabled"
    refused = act(client, known, "pause")
    assert (refused.status, refused.code) == (409, "wrong_status")
    assert act(client, known, "resume").json()["state"] == "active"
    ACCOUNTS.note_health(known.issuer_id, troubled=True, now=datetime.now(UTC))
    history = issuers.history_of(known.issuer_id)
    assert history
    assert history.entries[-1].type == "issuer.troubled"
    assert issuers.history_of("nobody") is None


def test_its_hall_is_told_of_an_endpoint_that_does_not_answer(
    client: ApiClient, known: Known
) -> None:
    now = datetime.now(UTC)
    assert SENDER.outbox.store_health(known.issuer_id, Health(), Health(failures=TROUBLE_AFTER))
    ACCOUNTS.note_health(known.issuer_id, troubled=True, now=now)
    assert open_alerts(known) == {"issuer_not_answering"}
    ACCOUNTS.disable(known.issuer_id, "days_of_failure", now)
    assert open_alerts(known) == {"issuer_not_answering", "issuer_disabled"}
    assert act(client, known, "resume").status == 200
    # All that came before comes once more, too late to say anything.
    assert open_alerts(known) == set()


def test_what_failed_is_recovered(client: ApiClient, known: Known) -> None:
    path = f"{PATH}/{known.issuer_id}/recover"
    since = {"since": "2026-01-01T00:00:00Z"}
    assert client.post(path, since, token=office_admin()).json() == {"recovered": 0, "more": False}
    assert client.post(f"{PATH}/nobody/recover", since, token=office_admin()).status == 404
    assert jobs.send_due(datetime.now(UTC)).failed == 0
    assert send(known).good == 0


def test_only_the_administrator_keeps_issuers(client: ApiClient, known: Known) -> None:
    assert client.get(f"{PATH}/nobody/messages", token=office_admin()).status == 404


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_or_early_stamp_is_refused(client: ApiClient, known: Known, minutes: int) -> None:
    stamped = datetime.now(UTC) + timedelta(minutes=minutes)
    answer = say(client, known, fine(), stamped=stamped)
    assert (answer.status, answer.code) == (401, "invalid_signature")


def test_what_another_signed_is_refused(
    client: ApiClient, known: Known, receiver: Receiver
) -> None:
    other = introduce(client, receiver)
    assert say(client, known, fine(), secret=other.secret).status == 401
    assert say(client, Known("nobody", known.secret, known.inbox), fine()).status == 401


def test_a_bill_is_its_issuers(client: ApiClient, known: Known, receiver: Receiver) -> None:
    number = new_number()
    said(client, known, fine(number))
    answer = say(client, introduce(client, receiver), fine(number, 2), "cancelled")
    assert (answer.status, answer.code) == (404, "not_found")


def test_other_messages_are_acknowledged(client: ApiClient, known: Known) -> None:
    whole = {"type": "bill.noticed", "timestamp": datetime.now(UTC).isoformat(), "data": {"a": 1}}
    answer = say(client, known, {}, whole=whole)
    assert (answer.status, answer.json()) == (200, {"result": "ignored"})
