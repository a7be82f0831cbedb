"""Money of another sum or currency than asked for: two persons accept it, or send it back."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core import dependencies, history
from chalicelib.core.changes import Author
from chalicelib.core.ids import new_id
from chalicelib.payments import storage
from chalicelib.payments.domain.payments import PaymentStatus, happened
from chalicelib.payments.service import transitions
from tests.payments.paying import FEE, WAYS, refund, shown, start
from tests.payments.stops import after_each
from tests.payments.world import ACTS, OTHERS, World, desk, raised, say
from tests.support.cases import worker

ONE_EACH = [WAYS[0], WAYS[3], WAYS[4]]


def held(
    world: World, way: tuple[str, str] = WAYS[0], came: tuple[int, str] = OTHERS[0]
) -> dict[str, Any]:
    """Return a payment for which other money came, which everybody has heard of."""
    payment = world.pending(way)
    pays(world, payment, came)
    return payment


def pays(world: World, payment: Mapping[str, Any], came: tuple[int, str]) -> None:
    late = world.kept(payment).finished
    [trade] = [one for one in world.trades.all() if one.number == payment["payment_id"]]
    assert world.trades.decide(trade, "pay_late" if late else "pay", came)
    world.hear()
    world.work()


def seen(world: World, payment: Mapping[str, Any]) -> dict[str, Any]:
    path = f"/v1/admin/payments/{payment['payment_id']}"
    found: dict[str, Any] = world.client.get(path, token=desk()).json()
    return found


def check(world: World, payment: Mapping[str, Any], act: str, came: tuple[int, str]) -> None:
    """See that payment, money, books, alert, history, guard and citizen say the same, once."""
    world.hear()
    world.work()
    path, found = payment["payment_id"], world.kept(payment)
    cents, currency = came
    back = cents if act == "return" else 0
    status = PaymentStatus.CANCELLED if act == "return" else PaymentStatus.SUCCEEDED
    sums = (found.received, found.refunded, found.refund_pending)
    assert (found.status, sums) == (status, (cents, back, 0))
    view = shown(world.client, world.me, path)
    assert view["held"] is None
    assert view["amount_received"] == {"cents": cents, "currency": currency}
    assert view["amount_refunded"] == {"cents": back, "currency": currency}
    [trade] = [one for one in world.trades.all() if one.number == path]
    assert trade.given_back == back
    assert len(trade.backs) == bool(back)
    moved = [
        one
        for one in storage.movements_of(f"{dependencies.clock().now():%Y%m%d}")
        if one.payment_id == path
    ]
    assert sorted((one.came, one.amount.cents) for one in moved) == sorted(
        [(True, cents), *([(False, cents)] if back else [])]
    )
    assert {one.amount.currency for one in moved} == {currency}
    entries = storage.load_entries(path)
    assert history.check(path, entries, found.head) is None
    types = [one.type for one in entries]
    assert types.count(f"payment.held_{act}ed") == types.count(f"payment.held_{act}_asked") == 1
    assert types.count("payment.held") == 1
    assert raised(path) == set()
    told = world.notices(path)
    assert (told["payment.held"], told["payment.succeeded"]) == (1, act == "accept")
    assert told["payment.refund_succeeded"] == bool(back)
    again = start(world.client, world.me, payment["case_id"])
    assert again.status == (201 if back else 409), again.body


@pytest.mark.parametrize("way", ONE_EACH, ids=str)
@pytest.mark.parametrize("came", OTHERS, ids=str)
@pytest.mark.parametrize("act", ACTS)
def test_two_persons_decide_what_becomes_of_other_money(
    world: World, way: tuple[str, str], came: tuple[int, str], act: str
) -> None:
    payment = held(world, way, came)
    reason = "wrong_amount" if came[0] != FEE else "wrong_currency"
    told = {"reason": reason, "amount": {"cents": came[0], "currency": came[1]}}
    mine = shown(world.client, world.me, payment["payment_id"])
    assert (mine["held"], mine["finished"]) == (told, False)
    assert (seen(world, payment)["held"], seen(world, payment)["pending"]) == (told, None)
    assert raised(payment["payment_id"]) == {reason}
    key = new_id()
    first = say(world, payment, act, key=key)
    assert first.status == 202, first.body
    pending = first.json()["pending"]
    assert set(pending) == {"asked_by", "at", "reason"}
    assert (pending["reason"], first.json()["held"]) == ("与缴款人核对过", told)
    assert seen(world, payment)["pending"] == pending
    assert say(world, payment, act).code == "second_person_needed"
    replay = say(world, payment, act, key=key)
    assert (replay.status, replay.headers["idempotency-replayed"]) == (202, "true")
    other = new_id()
    done = say(world, payment, act, desk(1), other)
    assert (done.status, done.json()["held"], done.json()["pending"]) == (200, None, None)
    assert say(world, payment, act, desk(1), other).status == 200
    assert say(world, payment, act, key=key).status == 202
    assert say(world, payment, act, desk(1)).code == "wrong_status"
    check(world, payment, act, came)


@pytest.mark.parametrize("way", ONE_EACH, ids=str)
@pytest.mark.parametrize("came", OTHERS, ids=str)
def test_other_money_after_an_end_goes_back_and_is_not_taken(
    world: World, way: tuple[str, str], came: tuple[int, str]
) -> None:
    payment = world.pending(way)
    world.close(payment)
    pays(world, payment, came)
    assert say(world, payment, "accept").code == "wrong_status"
    assert say(world, payment, "return").status == 202
    assert say(world, payment, "return", desk(1)).status == 200
    check(world, payment, "return", came)


@pytest.mark.parametrize("way", ONE_EACH, ids=str)
def test_what_was_taken_in_another_currency_goes_back_in_it(
    world: World, way: tuple[str, str]
) -> None:
    payment = held(world, way, (900, "hkd"))
    say(world, payment, "accept")
    say(world, payment, "accept", desk(1))
    path = payment["payment_id"]
    back = refund(world.client, desk(), path, {"cents": 300, "currency": "hkd"})
    assert back.status == 201, back.body
    assert refund(world.client, desk(), path, {"cents": 300, "currency": "cny"}).status == 422
    world.hear()
    world.work()
    view = shown(world.client, world.me, path)
    assert view["amount_refunded"] == {"cents": 300, "currency": "hkd"}


def test_another_act_takes_the_place_of_what_was_asked_for(world: World) -> None:
    payment = held(world)
    assert say(world, payment, "accept").status == 202
    other = say(world, payment, "return", desk(1))
    assert (other.status, other.json()["asked_for"]) == (202, "return")
    assert say(world, payment, "return", desk(1)).code == "second_person_needed"
    assert say(world, payment, "return").status == 200
    check(world, payment, "return", OTHERS[0])


def test_who_may_decide(world: World) -> None:
    payment = held(world)
    assert say(world, payment, "accept", worker(world.client, "clerk")).status == 202
    assert say(world, payment, "accept", worker(world.client, "clerk")).code == "forbidden"
    for outsider in ("hall-330203", "hall-330212"):
        stranger = worker(world.client, "supervisor", outsider)
        assert say(world, payment, "accept", stranger).status == 404
    assert say(world, payment, "accept").status == 200


@pytest.mark.parametrize("made", ["pending", "succeeded"])
@pytest.mark.parametrize("act", ACTS)
def test_where_nothing_is_held_there_is_nothing_to_decide(
    world: World, made: str, act: str
) -> None:
    payment = getattr(world, made)()
    answer = say(world, payment, act)
    assert (answer.code, answer.json()["current"]) == (
        "wrong_status",
        world.kept(payment).status,
    )


def test_a_sum_that_was_not_kept_is_asked_for(world: World) -> None:
    payment = held(world)
    old = world.kept(payment)
    assert old.unmatched
    # Records of before have the reason alone.
    money = replace(old.unmatched, amount=replace(old.unmatched.amount, cents=0))
    none = replace(old, unmatched=money)
    before = happened(none, "payment.held", {"reason": "wrong_amount"})
    transitions.change(old, lambda _: before, Author("system:settle", dependencies.clock().now()))
    assert say(world, payment, "accept").json()["held"]["amount"]["cents"] == OTHERS[0][0]


@pytest.mark.parametrize("act", ACTS)
def test_of_many_who_decide_at_once_one_is_the_second(world: World, act: str) -> None:
    payment = held(world)
    people = [worker(world.client, "supervisor") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda who: say(world, payment, act, who), people))
    statuses = sorted(one.status for one in answers)
    assert statuses == [200, 202, 409, 409]
    check(world, payment, act, OTHERS[0])


@pytest.mark.parametrize(
    ("act", "way"),
    [
        ("accept", WAYS[0]),
        ("return", WAYS[3]),
        *(
            pytest.param(act, way, marks=pytest.mark.slow)
            for act, way in [("return", WAYS[0]), ("return", WAYS[4]), ("accept", WAYS[3])]
        ),
    ],
    ids=str,
)
def test_a_crash_after_any_call_of_a_decision(world: World, act: str, way: tuple[str, str]) -> None:
    def make() -> dict[str, Any]:
        payment = held(world, way)
        assert say(world, payment, act).status == 202
        return {**payment, "key": new_id()}

    def decide(payment: dict[str, Any]) -> None:
        done = say(world, payment, act, desk(1), payment["key"])
        assert done.status == 200, done.body
        world.work()

    happened = after_each(make, decide, lambda one: check(world, one, act, OTHERS[0]))
    assert ("refund" in happened) is (act == "return")


def test_a_crash_after_any_call_of_holding(world: World) -> None:
    def make() -> dict[str, Any]:
        payment = world.pending()
        [trade] = [one for one in world.trades.all() if one.number == payment["payment_id"]]
        assert world.trades.decide(trade, "pay", OTHERS[0])
        return {**payment, "sent": world.sent.pop()}

    def hear(payment: dict[str, Any]) -> None:
        path, body, headers = payment["sent"]
        assert world.client.send("POST", path, body, headers=headers).status == 200
        world.work()

    def see(payment: dict[str, Any]) -> None:
        assert raised(payment["payment_id"]) == {"wrong_amount"}
        assert world.notices(payment["payment_id"])["payment.held"] == 1

    assert "fetch" in after_each(make, hear, see)
