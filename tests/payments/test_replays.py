"""Writes on payments and refunds are idempotent by their key, as every other write is."""

from collections.abc import Callable

import pytest

from chalicelib.core.ids import new_id
from tests.payments.paying import refund, start, token
from tests.payments.world import World, desk
from tests.support.client import Answer

# Sends a write, and another one to the same thing, by a key.
Sends = tuple[Callable[[str], Answer], Callable[[str], Answer]]


def cancelling(world: World) -> Sends:
    me, case, start_key = token(world.me), world.fee(), new_id()
    payment = start(world.client, world.me, case, key=start_key).json()
    send = sender(world, f"/v1/payments/{payment['payment_id']}/cancel", me)
    # To begin a payment is another request than to cancel it.
    return send, lambda _: send(start_key)


def approving(world: World) -> Sends:
    path = f"/v1/admin/refunds/{waiting(world)}"
    return sender(world, f"{path}/approve", desk(1)), sender(world, f"{path}/decline", desk(1))


def declining(world: World) -> Sends:
    approve, decline = approving(world)
    return decline, approve


def sender(world: World, path: str, caller: str) -> Callable[[str], Answer]:
    def send(key: str) -> Answer:
        return world.client.post(path, token=caller, headers={"Idempotency-Key": key})

    return send


def waiting(world: World) -> str:
    """Return a refund that waits for a second person."""
    asked = refund(world.client, desk(), world.succeeded()["payment_id"]).json()
    assert asked["needs_approval"]
    return str(asked["refund_id"])


WRITES = [(cancelling, "cancelled"), (approving, "succeeded"), (declining, "failed")]


@pytest.mark.parametrize(("make", "status"), WRITES, ids=[make.__name__ for make, _ in WRITES])
def test_the_same_key_is_a_replay_and_for_another_request_refused(
    world: World, make: Callable[[World], Sends], status: str
) -> None:
    (send, send_other), key = make(world), new_id()
    first, again = send(key), send(key)
    assert (first.status, first.json()["status"]) == (200, status)
    assert "idempotency-replayed" not in first.headers
    assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")
    assert again.json() == first.json()
    other = send_other(key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert send(key).headers["idempotency-replayed"] == "true"


def test_another_key_is_no_replay(world: World) -> None:
    send, _ = cancelling(world)
    for _ in range(2):
        answer = send(new_id())
        assert (answer.status, "idempotency-replayed" in answer.headers) == (200, False)
