"""People who pay bills, with issuers who change them and hear of it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chalicelib.core import dependencies
from chalicelib.core.auth import Citizen as Caller
from chalicelib.core.auth import Staff
from chalicelib.core.id_documents import read_document
from chalicelib.core.ids import new_id
from chalicelib.identity.service.profiles import person_of
from chalicelib.payments.bills.domain.bill import Bill
from tests.payments import outside
from tests.payments.bills.world import Known, Person, fine, new_number, payer, person, said, stored
from tests.payments.paying import agree, refund
from tests.payments.world import World
from tests.support import functions
from tests.support.cases import HALL
from tests.support.client import Answer, ApiClient


def fresh(who: Person) -> str:
    """Return a token that holds now: the clock is moved on the way."""
    known = person_of(read_document(who.id_number, date(2026, 1, 1)))
    caller = Caller(who.citizen.citizen_id, known, "real_name")
    return dependencies.tokens().issue(caller, dependencies.clock().now())


def pay(
    client: ApiClient, who: Person, subject: dict[str, Any], key: str = "", **way: str
) -> Answer:
    body = {**subject, "method": "card", "client": "web", **way}
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/payments", body, token=fresh(who), headers=headers)


def bill_of(number: str) -> Bill:
    return stored(number)


@dataclass
class Teller:
    """A person with bills of one issuer, and what the world outside does about them."""

    world: World
    known: Known
    payer: Person = field(init=False)

    def __post_init__(self) -> None:
        self.payer = person(self.world.client)
        self._desks = [Staff(new_id(), frozenset({"supervisor"}), frozenset({HALL})) for _ in "12"]

    def another(self) -> Person:
        return person(self.world.client)

    def owe(self, number: str = "", **changes: Any) -> str:
        """Return the number of a bill that the person is to pay."""
        number = number or new_number()
        said(self.world.client, self.known, {**fine(number, **changes), **payer(self.payer)})
        return number

    def say(self, number: str, act: str, sequence: int, **changes: Any) -> None:
        data = {**fine(number, sequence, **changes), **payer(self.payer)}
        said(self.world.client, self.known, data, act)

    def change(self, number: str, sequence: int, cents: int) -> None:
        self.say(number, "changed", sequence, items=[{"name": "罚款", "cents": cents}])

    def begin(self, number: str) -> dict[str, Any]:
        answer = pay(self.world.client, self.payer, {"bill_id": bill_of(number).bill_id})
        assert answer.status == 201, answer.body
        found: dict[str, Any] = answer.json()
        return found

    def settle(self, begun: dict[str, Any]) -> dict[str, Any]:
        """Pay in the wallet, and let everybody hear of it."""
        assert outside.act(begun["action"]) == 200
        self.world.ask(begun)
        self.work()
        return begun

    def pay_whole(self, number: str) -> dict[str, Any]:
        return self.settle(self.begin(number))

    def refund(self, payment: dict[str, Any], cents: int | None) -> None:
        one, two = (
            dependencies.tokens().issue(desk, dependencies.clock().now()) for desk in self._desks
        )
        answer = refund(self.world.client, one, payment["payment_id"], cents)
        assert answer.status == 201, answer.body
        if answer.json()["needs_approval"]:
            assert agree(self.world.client, two, answer.json()["refund_id"]).status == 200
        self.work()

    def get(self, path: str) -> dict[str, Any]:
        answer = self.world.client.get(path, token=fresh(self.payer))
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json()
        return found

    def post(self, path: str) -> dict[str, Any]:
        answer = self.world.client.post(path, token=fresh(self.payer))
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json()
        return found

    def bills(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/v1/me/bills?limit=100")["items"]
        return found

    def listed(self, number: str) -> dict[str, Any]:
        return next(one for one in self.bills() if one["bill_number"] == number)

    def work(self) -> None:
        """Let the workers do all there is; issuers hear what is for them."""
        while outside.work(send):
            pass

    def told(self, number: str = "") -> list[tuple[str, int]]:
        """Return what the issuer was told, each once, in its order."""
        bodies = self.known.inbox.effects.values()
        of_bill = [one for one in bodies if number in ("", one["data"]["bill_number"])]
        return [(one["type"], one["data"]["amount"]["cents"]) for one in of_bill]

    def reconcile_events(self) -> None:
        functions.run("reconcile_events", dependencies.clock().now())

    def kept(self) -> int:
        """Return what all payments of the person brought and did not give back, outside."""
        own = self.payer.citizen.citizen_id
        trades = [one for one in self.world.trades.all() if one.number.startswith(own)]
        return sum(one.cents - one.given_back for one in trades if one.state == "paid")


def send(event: Any, now: Any) -> None:
    """Send what an event's change wrote for an issuer, as the queue of messages does."""
    functions.work("send_issuer_messages", event, now)
