"""What each operation of payments may cost, and what it costs."""

from collections.abc import Callable
from typing import Any

from chalicelib.identity import service as identity
from tests.payments import outside
from tests.payments.paying import refund, start, token
from tests.payments.world import World, desk
from tests.support import functions
from tests.support.meter import Cost, metered

# Write units, read units, round trips.
BUDGETS = {
    "begin": (8, 2, 2),
    "look, asking the provider": (0, 2, 2),
    "take a notification": (2, 2, 3),
    "settle": (16, 2, 2),
    "give back a part": (20, 2, 3),
    "verify a receipt": (0, 2, 2),
}


def bills(world: World, way: tuple[str, str]) -> dict[str, Cost]:
    """Pay and give back a part, metering each operation."""
    found: dict[str, Cost] = {}
    me, client, case = token(world.me), world.client, world.fee()
    identity.key_of(world.me.citizen_id)

    def bill(name: str, act: Callable[[], Any]) -> Any:
        with metered() as cost:
            answer = act()
        assert answer is None or answer.status < 300, answer.body
        found[name] = cost
        return answer

    payment = bill("begin", lambda: start(client, world.me, case, way)).json()
    path = f"/v1/payments/{payment['payment_id']}"
    client.get(path, token=me)
    world.clock.advance(11)
    identity.key_of(world.me.citizen_id)
    bill("look, asking the provider", lambda: client.get(path, token=me))
    assert outside.act(payment["action"]) == 200
    outside.work(functions.notify)
    to, body, headers = world.sent.pop()
    bill("take a notification", lambda: client.send("POST", to, body, headers=headers))
    bill("settle", lambda: world.ask(payment))
    world.work()
    supervisor = desk()
    bill("give back a part", lambda: refund(client, supervisor, payment["payment_id"], 100))
    code = client.get(f"{path}/receipt", token=me).json()["code"]
    bill("verify a receipt", lambda: client.get(f"/v1/receipts/{code}"))
    return found
