"""A citizen who pays, the money outside, and what the providers said and nobody has heard yet."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.core import dependencies, history
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Author
from chalicelib.core.ids import new_id
from chalicelib.payments import storage
from chalicelib.payments.domain.payments import Payment, PaymentStatus
from chalicelib.payments.service import transitions
from chalicelib.supervision import storage as supervision
from infra.local.stand_ins.trades import Back, Trade, Trades
from tests.payments import outside
from tests.payments.paying import FEE, agree, begun, refund, start, token
from tests.support import functions
from tests.support.cases import HALL, lodge
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.effects import check_facts
from tests.support.people import Citizen

SUPERVISORS: list[Staff] = []
# Other sums and currencies than the fee's, and what two persons may make of such money.
OTHERS = [(FEE - 1, "cny"), (FEE, "hkd")]
ACTS = ["accept", "return"]


def desk(number: int = 0) -> str:
    """Return a fresh token of one of two supervisors: the clock is moved on the way."""
    return dependencies.tokens().issue(SUPERVISORS[number], dependencies.clock().now())


def others_come() -> None:
    """Let supervisors work who have given back nothing yet."""
    SUPERVISORS[:] = [
        Staff(new_id(), frozenset({"supervisor"}), frozenset({HALL})) for _ in range(2)
    ]


@dataclass
class World:
    """A citizen, the money outside, and what the providers said and nobody has heard yet."""

    client: ApiClient
    me: Citizen
    clock: TestClock
    trades: Trades
    sent: list[tuple[str, bytes, Mapping[str, str]]]

    def fee(self) -> str:
        """Return a fresh case whose fee is due; who gives back has given back nothing."""
        others_come()
        me = replace(self.me, token=token(self.me))
        answer = lodge(self.client, me, service="passport-issue")
        assert answer.status == 201, answer.body
        return str(answer.json()["case_id"])

    def pending(self, way: tuple[str, str] = ("card", "web")) -> dict[str, Any]:
        return begun(self.client, self.me, self.fee(), way)

    def pending_after_trouble(self) -> dict[str, Any]:
        case, key = self.fee(), new_id()
        start(self.client, self.me, case, key=key)
        answer = start(self.client, self.me, case, key=key)
        assert answer.status == 201, answer.body
        found: dict[str, Any] = answer.json()
        return found

    def charged(self, way: tuple[str, str] = ("card", "web")) -> dict[str, Any]:
        """Return a payment that was paid, which nobody here has heard of."""
        payment = self.pending(way)
        self.work()
        assert outside.act(payment["action"]) == 200
        return payment

    def succeeded(self, way: tuple[str, str] = ("card", "web")) -> dict[str, Any]:
        payment = self.charged(way)
        self.ask(payment)
        self.work()
        assert self.kept(payment).status == "succeeded"
        return payment

    def kept(self, payment: Mapping[str, Any]) -> Payment:
        return transitions.load(payment["payment_id"])

    def ask(self, payment: Mapping[str, Any]) -> None:
        transitions.refresh(self.kept(payment), dependencies.clock().now())

    def close(self, payment: Mapping[str, Any]) -> None:
        author = Author("system:test", dependencies.clock().now())
        transitions.close(self.kept(payment), PaymentStatus.CANCELLED, author)

    def work(self) -> None:
        """Let the workers do all there is, notices too."""
        while outside.work(functions.notify):
            pass

    def hear(self) -> None:
        """Let the product hear all that the providers said, which is forgotten then."""
        for path, body, headers in self.sent:
            answer = self.client.send("POST", path, body, headers=headers)
            assert answer.status in (200, 503), answer.body
        self.sent.clear()

    def reconcile(self) -> None:
        functions.run("reconcile_payments", dependencies.clock().now())

    def check(self, payment: Mapping[str, Any], status: str, back: int = 0) -> None:
        """See that money, books, history, receipt and notices say the same, once."""
        self.work()
        found, path = self.kept(payment), payment["payment_id"]
        received = FEE if status == "succeeded" else 0
        sums = (found.received, found.refunded, found.refund_pending)
        assert (found.status, sums) == (status, (received, back, 0))
        [trade] = [one for one in self.trades.all() if one.number == path]
        assert trade.given_back == back
        assert (trade.state == "paid") is (status == "succeeded")
        entries = storage.load_entries(path)
        assert history.check(path, entries, found.head) is None
        check_facts(entries)
        once = Counter(entry.type for entry in entries)
        assert once[f"payment.{status}"] == 1
        day = f"{dependencies.clock().now():%Y%m%d}"
        moved = [one for one in storage.movements_of(day) if one.payment_id == path]
        assert sum(one.amount.cents for one in moved if one.what == "in") == received
        assert sum(one.amount.cents for one in moved if one.what != "in") == back
        told = self.notices(path)
        assert told["payment.succeeded"] == (status == "succeeded")
        assert told["payment.refund_succeeded"] == once["payment.refund_succeeded"] == bool(back)
        assert bool(found.receipt_number) is (status == "succeeded")

    def notices(self, subject: str) -> Counter[str]:
        given = self.client.get("/v1/notifications?limit=100", token=token(self.me)).json()
        return Counter(one["event"] for one in given["items"] if one["subject_id"] == subject)


def raised(subject: str) -> set[str]:
    return {one.code for one in supervision.alerts_of(subject) if not one.cleared_at}


def given_back(world: World, payment: dict[str, Any], cents: int) -> tuple[str, Trade, Back]:
    answer = refund(world.client, desk(), payment["payment_id"], cents)
    assert answer.status == 201, answer.body
    refund_id = answer.json()["refund_id"]
    if answer.json()["needs_approval"]:
        assert agree(world.client, desk(1), refund_id).status == 200
    world.work()
    [trade] = [one for one in world.trades.all() if one.number == payment["payment_id"]]
    return refund_id, trade, trade.backs[refund_id]


def say(
    world: World, payment: Mapping[str, Any], act: str, who: str | None = None, key: str = ""
) -> Answer:
    path = f"/v1/admin/payments/{payment['payment_id']}/held/{act}"
    headers = {"Idempotency-Key": key or new_id()}
    body = {"reason": "与缴款人核对过"}
    return world.client.post(path, body, token=who or desk(), headers=headers)
