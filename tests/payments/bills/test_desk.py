"""What staff do about bills: they see those of their halls, and two persons cancel one."""

import pytest

from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from tests.payments.bills.paying import Teller, bill_of
from tests.payments.bills.world import introduce, office_admin
from tests.payments.world import World
from tests.support.cases import HALL
from tests.support.client import Answer
from tests.webhooks.receiver import Receiver

PATH = "/v1/admin/bills"


@pytest.fixture
def teller(world: World, receiver: Receiver) -> Teller:
    return Teller(world, introduce(world.client, receiver))


def cancel(teller: Teller, number: str, who: int, key: str = "", reason: str = "开错了") -> Answer:
    path = f"{PATH}/{bill_of(number).bill_id}/cancel"
    headers = {"Idempotency-Key": key or new_id()}
    client = teller.world.client
    return client.post(path, {"reason": reason}, token=office_admin(who), headers=headers)


def test_two_persons_cancel_a_bill_and_its_money_goes_back(teller: Teller) -> None:
    number = teller.owe()
    teller.pay_whole(number)
    asked = cancel(teller, number, 0, "ask-bill-1")
    assert (asked.status, asked.json()["status"]) == (202, "paid")
    assert asked.json()["pending"]["reason"] == "开错了"
    again = cancel(teller, number, 0, "ask-bill-1")
    assert (again.status, again.headers["idempotency-replayed"]) == (202, "true")
    other = cancel(teller, number, 0, "ask-bill-1", "别的")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    alone = cancel(teller, number, 0)
    assert (alone.status, alone.code) == (409, "second_person_needed")
    done, replay = (cancel(teller, number, 1, "agree-bill-1") for _ in range(2))
    assert (done.status, done.json()["status"], done.json()["pending"]) == (200, "cancelled", None)
    assert (replay.status, replay.headers["idempotency-replayed"]) == (200, "true")
    teller.work()
    assert teller.kept() == 0
    assert teller.listed(number)["status"] == "refunded"
    types = [one["type"] for one in teller.known.inbox.effects.values()]
    assert types == ["bill.paid", "bill.cancelled", "bill.refunded"]
    # What is over is not cancelled again; the issuer's word changes nothing.
    over = cancel(teller, number, 1)
    assert (over.status, over.code) == (409, "wrong_status")
    teller.change(number, 2, 30000)
    assert bill_of(number).cancelled


def test_who_asked_keeps_the_answer_of_the_first_call(teller: Teller) -> None:
    number = teller.owe()
    assert cancel(teller, number, 0, "ask-bill-2").status == 202
    assert cancel(teller, number, 1).status == 200
    assert cancel(teller, number, 0, "ask-bill-2").status == 202


def test_staff_see_the_bills_of_their_halls(teller: Teller) -> None:
    number, client = teller.owe(due_on="2026-12-01"), teller.world.client
    found: dict[str, str] = {}
    for query in (f"office_id={HALL}", "", f"office_id={HALL}&status=overdue"):
        cursor = ""
        while cursor is not None:
            answer = client.get(f"{PATH}?{query}&limit=100{cursor}", token=office_admin())
            assert answer.status == 200, answer.body
            assert teller.payer.id_number not in answer.body.decode()
            page = answer.json()["items"]
            found |= {f"{query} {one['bill_number']}": one["status"] for one in page}
            after = answer.json()["next_cursor"]
            cursor = f"&cursor={after}" if after else None  # type: ignore[assignment]
    assert found[f"office_id={HALL} {number}"] == found[f" {number}"] == "overdue"
    assert {v for k, v in found.items() if "status=overdue" in k} == {"overdue"}
    assert client.get(f"{PATH}?office_id=hall-330100", token=office_admin()).status == 404
    for bad in ("status=late", "limit=0", "cursor=x", "page=1"):
        assert client.get(f"{PATH}?{bad}", token=office_admin()).status == 400


def test_another_halls_bill_is_not_found(teller: Teller) -> None:
    number = teller.owe()
    far = Staff(new_id(), frozenset({"supervisor"}), frozenset({"hall-330100"}))
    token = dependencies.tokens().issue(far, dependencies.clock().now())
    path = f"{PATH}/{bill_of(number).bill_id}/cancel"
    assert teller.world.client.post(path, {"reason": "x"}, token=token).status == 404
    missing = teller.world.client.post(f"{PATH}/nobody/cancel", {"reason": "x"}, token=token)
    assert missing.status == 404
    assert teller.world.client.post(path, {}, token=token).status == 422
    nowhere = Staff(new_id(), frozenset({"supervisor"}), frozenset())
    token = dependencies.tokens().issue(nowhere, dependencies.clock().now())
    assert teller.world.client.get(PATH, token=token).json()["items"] == []
