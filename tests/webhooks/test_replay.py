"""Messages that failed go again, one by one or all since a time."""

from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner, Result

from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.webhooks.domain.message import (
    MessageState,
)
from chalicelib.webhooks.service import circuit_breaker
from infra import recover_courier
from tests.deliveries.world import Hired, parcel, send
from tests.support.client import ApiClient
from tests.support.people import Citizen
from tests.webhooks.receiver import answers, takes
from tests.webhooks.world import later

SENT = MessageState.SENT


@pytest.mark.fresh_index("sends what became due after the list was first asked")
def test_messages_are_shown_replayed_and_recovered(
    client: ApiClient, me: Citizen, hired: Hired, admin: str
) -> None:
    hired.inbox.play = answers(500)
    began = datetime.now(UTC)
    parcels = [parcel(client, me, hired) for _ in range(3)]
    send(hired)
    path = f"/v1/admin/couriers/{hired.courier_id}"
    listed = client.get(f"{path}/messages", token=admin).json()["items"]
    assert {item["state"] for item in listed} == {"waiting"}
    assert {item["attempts"][0]["status"] for item in listed} == {500}
    assert "张小明" not in str(listed)
    hired.inbox.play = takes
    since = {"since": began.isoformat()}
    answer = client.post(f"{path}/recover", since, token=admin)
    assert (answer.status, answer.json()) == (202, {"recovered": 3, "more": False})
    assert client.post(f"{path}/recover", since, token=admin).json()["recovered"] == 0
    assert send(hired).good == 3
    message_id = f"msg_{parcels[0].delivery_id}_1"
    again = client.post(f"{path}/messages/{message_id}/replay", {}, token=admin)
    assert (again.status, again.json()["state"]) == (202, "waiting")
    assert send(hired).good == 1
    assert len(hired.inbox.effects) == 3
    unknown = f"{path}/messages/msg_{'x' * 20}_1/replay"
    assert client.post(unknown, {}, token=admin).status == 404


def command(courier_id: str, since: str) -> Result:
    """Run what an operator runs after an endpoint was down."""
    app = typer.Typer()
    app.command()(recover_courier.main)
    return CliRunner().invoke(app, [courier_id, "--since", since])


def test_the_command_says_what_is_wrong_with_its_words(hired: Hired) -> None:
    for words in (("nobody", "2026-01-01T00:00:00Z"), (hired.courier_id, "yesterday")):
        assert command(*words).exit_code == 2
    assert "offset" in command(hired.courier_id, "2026-01-01T00:00:00").stderr


@pytest.mark.parametrize("way", ["recover", "replay", "command"])
def test_what_waited_for_one_before_it_goes_as_soon_as_that_is_sent(
    client: ApiClient, me: Citizen, hired: Hired, admin: str, way: str
) -> None:
    hired.inbox.play = answers(500)
    delivery = parcel(client, me, hired)
    for hours in (0, 1, 7):
        send(hired, later(hours=hours))
    client.post(f"/v1/deliveries/{delivery.delivery_id}/cancel", {}, token=me.token)
    send(hired, later(hours=20))
    assert [m.due_at > later(hours=20) for m in OUTBOX.load_all(delivery.delivery_id)] == [
        True,
        True,
    ]
    hired.inbox.play = takes
    path = f"/v1/admin/couriers/{hired.courier_id}"
    if way == "recover":
        client.post(f"{path}/recover", {"since": "2026-01-01T00:00:00Z"}, token=admin)
    elif way == "command":
        assert "go out again" in command(hired.courier_id, "2026-01-01T00:00:00Z").stdout
    else:
        circuit_breaker.reset(OUTBOX, hired.courier_id)
        client.post(f"{path}/messages/msg_{delivery.delivery_id}_1/replay", {}, token=admin)
    assert send(hired).good == 2
    effects = [body["type"] for body in hired.inbox.effects.values()]
    assert effects == ["delivery.requested", "delivery.cancelled"]
