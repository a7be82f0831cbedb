"""A fee paid by each method, refused, given up, paid too late, and given back."""

from datetime import timedelta

import pytest

from chalicelib.core import dependencies, history
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from chalicelib.payments import jobs, storage
from infra.local.stand_ins.trades import Trades
from tests.payments import outside
from tests.payments.paying import (
    WAYS,
    agree,
    begun,
    case_of,
    paid,
    refund,
    shown,
    start,
    token,
    waiting,
    yuan,
)
from tests.payments.world import World
from tests.support.cases import HALL, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock

KINDS = ("card", "redirect", "qr_code", "wx_request_payment", "my_trade_pay")


def whole(payment_id: str) -> None:
    payment = storage.load(payment_id)
    assert payment
    assert history.check(payment_id, storage.load_entries(payment_id), payment.head) is None


@pytest.mark.parametrize(("way", "kind"), list(zip(WAYS, KINDS, strict=True)), ids=str)
def test_a_fee_is_paid(client: ApiClient, money: Trades, way: tuple[str, str], kind: str) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id, way)
    assert payment["action"]["kind"] == kind
    assert (payment["status"], payment["amount"]["cents"]) == ("pending", 12000)
    again = shown(client, me, payment["payment_id"])
    assert again["status"] == "pending"
    if kind != "wx_request_payment":
        assert again["action"] == payment["action"]
    assert outside.act(payment["action"]) == 200
    outside.until(lambda: bool(shown(client, me, payment["payment_id"])["finished"]))
    done = shown(client, me, payment["payment_id"])
    assert (done["status"], done["amount_received"]) == ("succeeded", yuan(12000))
    assert done["action"] is None
    assert done["receipt_url"]
    outside.work()
    case = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert case["payment_status"] == "paid"
    assert [e["event"] for e in case["timeline"]].count("case.paid") == 1
    whole(payment["payment_id"])
    assert start(client, me, case_id).code == "already_paid"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_payment_is_refused_and_another_succeeds(
    client: ApiClient, money: Trades, way: tuple[str, str]
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id, way)
    assert start(client, me, case_id, way).code == "payment_in_progress"
    assert outside.act(payment["action"], "refuse") == 200
    path = payment["payment_id"]
    if way[1] in ("wechat_mini", "alipay_mini"):
        given_up = client.post(f"/v1/payments/{path}/cancel", token=me.token)
        assert given_up.json()["status"] in ("failed", "cancelled"), given_up.body
    outside.until(lambda: bool(shown(client, me, path)["finished"]))
    assert shown(client, me, path)["status"] in ("failed", "cancelled")
    outside.work()
    case = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert case["payment_status"] == "unpaid"
    assert paid(client, me, case_id, way)["status"] == "succeeded"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_phone_that_lost_the_answer_gets_it_again_whoever_asked_first(
    client: ApiClient, money: Trades, way: tuple[str, str]
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id, way)
    path = payment["payment_id"]
    kept = storage.load(path)
    assert kept
    jobs.reconcile(kept.created_at + timedelta(minutes=2))
    again = shown(client, me, path)
    assert (again["status"], again["action"]["kind"]) == ("pending", payment["action"]["kind"])
    assert outside.act(again["action"]) == 200
    outside.until(lambda: bool(shown(client, me, path)["finished"]))
    assert shown(client, me, path)["status"] == "succeeded"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_is_paid_after_the_case_ended_is_given_back(
    client: ApiClient, money: Trades, way: tuple[str, str]
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id, way)
    headers = {"Idempotency-Key": new_id()}
    gone = client.post(f"/v1/cases/{case_id}/withdraw", {}, token=me.token, headers=headers)
    assert gone.status == 200
    assert outside.act(payment["action"]) == 200
    path = payment["payment_id"]
    outside.until(lambda: shown(client, me, path)["amount_refunded"] == yuan(12000))
    assert shown(client, me, path)["status"] == "succeeded"
    assert start(client, me, case_id, way).code == "nothing_to_pay"
    outside.work()
    case = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert case["payment_status"] == "refunded"
    whole(path)


def test_the_own_payments_come_newest_first_over_all_pages(
    client: ApiClient, morning: TestClock, money: Trades
) -> None:
    me, case_id = case_of(client)
    made = []
    for _ in range(6):
        payment_id = begun(client, me, case_id, ("card", "web"))["payment_id"]
        path = f"/v1/payments/{payment_id}/cancel"
        assert client.post(path, {}, token=token(me)).status == 200
        made.append(payment_id)
        morning.advance(2)
    found, query = [], "?limit=2"
    while query:
        page = client.get(f"/v1/payments{query}", token=token(me)).json()
        found += [one["payment_id"] for one in page["items"]]
        query = f"?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert found == made[::-1]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_part_is_given_back_and_then_the_rest(
    client: ApiClient, money: Trades, way: tuple[str, str]
) -> None:
    me, case_id = case_of(client)
    path = paid(client, me, case_id, way)["payment_id"]
    desk, key = worker(client, "supervisor"), new_id()
    first = refund(client, desk, path, 5000, key)
    assert first.status == 201, first.body
    assert refund(client, desk, path, 5000, key).headers["idempotency-replayed"] == "true"
    outside.until(lambda: shown(client, me, path)["amount_refunded"] == yuan(5000))
    refused = refund(client, desk, path, yuan(7001))
    assert (refused.code, refused.json()["available"]) == ("refund_too_large", yuan(7000))
    rest = refund(client, desk, path).json()
    assert (rest["amount"]["cents"], rest["needs_approval"]) == (7000, True)
    assert agree(client, worker(client, "supervisor"), rest["refund_id"]).status == 200
    outside.until(lambda: shown(client, me, path)["amount_refunded"] == yuan(12000))
    assert refund(client, desk, path).code == "refund_too_large"
    whole(path)
    outside.work()
    # The fee is due again, and can be paid.
    assert begun(client, me, case_id, way)["status"] == "pending"


def test_above_the_set_amount_a_second_person_agrees(client: ApiClient, money: Trades) -> None:
    me, case_id = case_of(client)
    path = paid(client, me, case_id)["payment_id"]
    one, other = worker(client, "supervisor"), worker(client, "supervisor")
    asked = refund(client, one, path).json()
    assert (asked["needs_approval"], asked["status"]) == (True, "pending")
    approve = f"/v1/admin/refunds/{asked['refund_id']}/approve"
    assert shown(client, me, path)["amount_refund_pending"] == yuan(12000)
    [listed] = [row for row in waiting(client, other) if row["payment_id"] == path]
    assert (listed["case_id"], listed["amount"]) == (case_id, yuan(12000))
    assert listed["reason"] == asked["reason"]
    assert listed["asked_by"] == asked["asked_by"]
    assert client.post(approve, token=one).code == "second_person_needed"
    assert client.post(approve, token=other).json()["status"] == "succeeded"
    assert client.post(approve, token=other).json()["status"] == "succeeded"
    assert shown(client, me, path)["amount_refunded"] == yuan(12000)
    assert path not in {row["payment_id"] for row in waiting(client, other)}


def test_refunds_wait_in_their_own_halls_list_page_by_page(
    client: ApiClient, money: Trades
) -> None:
    desk, far = worker(client, "supervisor"), worker(client, "supervisor", "hall-330203")
    refunds = set()
    for _ in range(2):
        me, case_id = case_of(client)
        refunds.add(
            refund(client, desk, paid(client, me, case_id)["payment_id"]).json()["refund_id"]
        )
    assert refunds <= {row["refund_id"] for row in waiting(client, desk, limit=1)}
    answer = client.get(f"/v1/admin/refunds?office_id={HALL}", token=far)
    assert (answer.status, answer.code) == (404, "not_found")
    assert refunds.isdisjoint(row["refund_id"] for row in waiting(client, far, hall="hall-330203"))


def test_a_refund_that_is_declined_frees_its_sum(client: ApiClient, money: Trades) -> None:
    me, case_id = case_of(client)
    path = paid(client, me, case_id)["payment_id"]
    one, other = worker(client, "supervisor"), worker(client, "supervisor")
    asked = refund(client, one, path).json()
    declined = client.post(f"/v1/admin/refunds/{asked['refund_id']}/decline", token=other)
    assert declined.json()["status"] == "failed"
    assert shown(client, me, path)["amount_refund_pending"] == yuan(0)
    approve = f"/v1/admin/refunds/{asked['refund_id']}/approve"
    assert client.post(approve, token=other).code == "wrong_status"
    assert path not in {row["payment_id"] for row in waiting(client, other)}


def test_who_has_no_account_at_the_wallet_pays_otherwise(
    client: ApiClient, money: Trades, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.identity.service import reach

    me, case_id = case_of(client)
    monkeypatch.setattr(reach, "channels", lambda _citizen_id: None)
    assert start(client, me, case_id, ("wechat_pay", "wechat_mini")).code == "payer_unknown"
    assert paid(client, me, case_id)["status"] == "succeeded"


def test_a_citizen_sees_the_looks_at_payments(world: World) -> None:
    payment = world.pending()
    number, case = payment["payment_id"], payment["case_id"]
    [near, far] = (
        Staff(new_id(), frozenset({"clerk"}), frozenset({hall})) for hall in (HALL, "hall-330100")
    )
    paths = {
        f"/v1/admin/payments/{number}": f"payment:{number}",
        f"/v1/admin/payments?subject_id={case}": f"payments:{case}",
    }
    for caller in (far, near):
        desk = dependencies.tokens().issue(caller, dependencies.clock().now())
        for path in paths:
            answer = world.client.get(path, token=desk)
            shown = answer.json().get("items", [1]) if answer.status == 200 else []
            assert bool(shown) == (caller == near)
    items = world.client.get("/v1/me/accesses", token=token(world.me)).json()["items"]
    looks = [(one["staff_id"], one["reason"], one["what"]) for one in items]
    expected = {(near.staff_id, "payment_handling", what) for what in paths.values()}
    assert (len(looks), set(looks)) == (2, expected)
