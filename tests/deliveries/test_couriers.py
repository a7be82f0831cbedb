"""Couriers' accounts: secrets, pings, and what is paused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import tables
from chalicelib.core.events import of_entry
from chalicelib.deliveries import storage
from chalicelib.deliveries.couriers import jobs
from chalicelib.deliveries.couriers import storage as couriers_storage
from chalicelib.deliveries.couriers.handlers import send_messages
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.couriers.service.sending import SENDER
from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.domain.message import (
    MessageState,
)
from chalicelib.webhooks.providers import egress
from chalicelib.webhooks.service import dispatcher
from tests.deliveries.world import Hired, new_area, parcel, send
from tests.support.client import ApiClient
from tests.support.faults import stale_indexes
from tests.support.people import Citizen
from tests.webhooks.receiver import Receiver, answers, takes
from tests.webhooks.world import later

SENT = MessageState.SENT


@pytest.mark.fresh_index("sends what became due after the list was first asked")
def test_a_secret_that_is_turned_in_mid_flight(
    client: ApiClient, me: Citizen, hired: Hired, admin: str
) -> None:
    parcel(client, me, hired)
    path = f"/v1/admin/couriers/{hired.courier_id}/rotate-secret"
    fresh = client.post(path, {}, token=admin).json()["secret"]
    assert fresh != hired.secret
    send(hired)
    hired.inbox.secret = fresh
    parcel(client, me, hired)
    send(hired)
    assert [got.verified for got in hired.inbox.got] == [True, True]
    for at, old_holds in ((later(hours=23, minutes=59), True), (later(hours=24, minutes=1), False)):
        directory.forget()
        live = directory.DIRECTORY.live_secrets(directory.find(hired.courier_id), at)
        assert live == ([fresh, hired.secret] if old_holds else [fresh])


def test_a_fresh_secret_signs_from_its_first_moment(
    client: ApiClient, hired: Hired, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another process saw the courier a moment before its secret was turned.
    before = {c.courier_id: c for c in directory.everyone()}
    path = f"/v1/admin/couriers/{hired.courier_id}/rotate-secret"
    fresh = client.post(path, {}, token=admin).json()["secret"]
    assert client.post(f"/v1/admin/couriers/{hired.courier_id}/ping", {}, token=admin).status == 202
    pinged = couriers_storage.load_entries(hired.courier_id)[-1]
    monkeypatch.setattr(directory.DIRECTORY, "_all", lambda: before)
    hired.inbox.secret = fresh
    send_messages(of_entry(pinged), datetime.now(UTC))
    assert [got.verified for got in hired.inbox.got] == [True]


def test_a_secret_is_told_once_and_kept_sealed(
    client: ApiClient, receiver: Receiver, admin: str
) -> None:
    area, key = new_area(), {"Idempotency-Key": "hire-once"}
    body = {
        "courier_id": f"c{area[-9:]}",
        "name": "x",
        "endpoint": f"{receiver.origin}/x",
        "division_codes": [area],
        "services": ["to_citizen"],
    }
    made = client.post("/v1/admin/couriers", body, token=admin, headers=key)
    again = client.post("/v1/admin/couriers", body, token=admin, headers=key)
    assert (made.status, again.status) == (201, 201)
    secret = made.json()["secret"]
    assert again.json() == {**made.json(), "secret": None}
    path = f"/v1/admin/couriers/{body['courier_id']}"
    turned = [
        client.post(
            f"{path}/rotate-secret", {}, token=admin, headers={"Idempotency-Key": "turned-1"}
        ).json()["secret"]
        for _ in range(2)
    ]
    assert (turned[0].startswith("whsec_"), turned[1]) == (True, None)
    listed = client.get("/v1/admin/couriers", token=admin).body
    database: Any = tables.client()
    kept = str(database.scan(TableName=storage.TABLE.name)["Items"])
    for told in (secret, turned[0]):
        assert told.removeprefix("whsec_") not in kept
        assert told.encode() not in listed


def pings(client: ApiClient, hired: Hired, admin: str) -> list[tuple[str, int | None]]:
    """Return what became of a courier's pings, in order."""
    path = f"/v1/admin/couriers/{hired.courier_id}/messages"
    listed = client.get(path, token=admin).json()["items"]
    inorder = sorted(listed, key=lambda one: one["sequence"])
    return [(one["state"], one["attempts"][0]["status"]) for one in inorder]


def ping(client: ApiClient, hired: Hired, admin: str) -> None:
    """Ping, and let the worker have the event."""
    path = f"/v1/admin/couriers/{hired.courier_id}/ping"
    assert client.post(path, {}, token=admin).status == 202
    directory.forget()
    pinged = couriers_storage.load_entries(hired.courier_id)[-1]
    send_messages(of_entry(pinged), datetime.now(UTC))


def test_a_ping_shows_that_the_way_is_open(client: ApiClient, hired: Hired, admin: str) -> None:
    ping(client, hired, admin)
    assert hired.inbox.types == ["delivery.ping"]
    assert pings(client, hired, admin) == [("sent", 200)]


def test_a_ping_tells_at_once_how_things_stand(
    client: ApiClient, me: Citizen, hired: Hired, admin: str
) -> None:
    hired.inbox.play = answers(410)
    parcel(client, me, hired)
    send(hired)
    directory.forget()
    assert directory.find(hired.courier_id).state is AccountState.DISABLED
    hired.inbox.play = answers(500)
    ping(client, hired, admin)
    hired.inbox.play = takes
    ping(client, hired, admin)
    # One that failed is not sent again, and holds back none that comes after it.
    assert pings(client, hired, admin)[:2] == [("waiting", 410), ("failed", 500)]
    assert hired.inbox.types == ["delivery.requested", "delivery.ping", "delivery.ping"]
    since = {"since": "2026-01-01T00:00:00Z"}
    path = f"/v1/admin/couriers/{hired.courier_id}/recover"
    assert client.post(path, since, token=admin).json()["recovered"] == 1


def test_a_paused_courier_gets_nothing_until_it_is_resumed(
    client: ApiClient, me: Citizen, hired: Hired, admin: str
) -> None:
    parcel(client, me, hired)
    path = f"/v1/admin/couriers/{hired.courier_id}"
    client.post(f"{path}/pause", {}, token=admin)
    assert send(hired).good == 0
    assert hired.courier_id not in str(jobs.send_due(datetime.now(UTC)))
    client.post(f"{path}/resume", {}, token=admin)
    assert send(hired).good == 1


def test_no_request_of_ours_waits_for_a_courier(
    client: ApiClient, me: Citizen, hired: Hired, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(egress, "post", never)
    delivery = parcel(client, me, hired)
    path, account = (
        f"/v1/deliveries/{delivery.delivery_id}",
        f"/v1/admin/couriers/{hired.courier_id}",
    )
    moved = hired.address | {"detail": "解放南路 99 号"}
    assert client.patch(f"{path}/address", moved, token=me.token).status == 200
    assert client.post(f"{path}/cancel", {}, token=me.token).status == 200
    replay = f"{account}/messages/msg_{delivery.delivery_id}_1/replay"
    for asked in (f"{account}/ping", replay, f"{account}/pause", f"{account}/resume"):
        assert client.post(asked, {}, token=admin).status in (200, 202)
    since = {"since": "2026-11-01T00:00:00Z"}
    assert client.post(f"{account}/recover", since, token=admin).status == 202


def test_what_was_sent_is_neither_sent_nor_counted_again_by_an_old_list(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    parcel(client, me, hired)
    now = datetime.now(UTC)
    until = now + timedelta(minutes=2)
    looks = iter([now] * 40)
    with stale_indexes(60):
        sent = dispatcher.send_endpoint(SENDER, hired.courier_id, lambda: next(looks, until), until)
    assert (sent.good, sent.failed) == (1, 0)
    assert sent.known > 0
    assert hired.inbox.types == ["delivery.requested"]
