"""Paying bills: one's own, another's by number; the sum is the server's and frozen meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import dependencies
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.ids import new_id
from chalicelib.payments.service import statistics, transitions
from tests.payments import outside
from tests.payments.bills.paying import Teller, bill_of, pay
from tests.payments.bills.world import fine, introduce, new_number, said
from tests.payments.world import World
from tests.support.cases import HALL, worker
from tests.support.client import ApiClient
from tests.support.meter import metered
from tests.webhooks.receiver import Receiver


@pytest.fixture
def teller(world: World, receiver: Receiver) -> Teller:
    return Teller(world, introduce(world.client, receiver))


@pytest.mark.fresh_index("one's own list of bills is what the index shows by now")
def test_a_bill_is_paid_and_its_issuer_told(teller: Teller) -> None:
    number = teller.owe()
    begun = teller.begin(number)
    assert begun["bill_id"] == bill_of(number).bill_id
    assert (begun["amount"]["cents"], begun["case_id"]) == (20000, None)
    assert teller.listed(number)["status"] == "in_payment"
    teller.settle(begun)
    shown = teller.listed(number)
    assert (shown["status"], shown["amount"]["cents"]) == ("paid", 20000)
    assert teller.told() == [("bill.paid", 20000)]
    [got] = teller.known.inbox.got
    assert got.verified
    assert got.body["data"]["bill_number"] == number
    assert teller.payer.id_number not in str(got.body)


def test_a_paid_bill_is_in_receipts_books_and_the_revenue_by_kind(teller: Teller) -> None:
    number = teller.owe(kind="tuition")
    payment = teller.settle(teller.begin(number))
    path = f"/v1/payments/{payment['payment_id']}/receipt"
    receipt = teller.get(path)
    assert (receipt["service"], receipt["amount"]["cents"]) == ("学费", 20000)
    code = teller.world.client.get(
        f"/v1/receipts/{receipt['code']}", headers={"accept-language": "en"}
    )
    assert code.json()["service"] == "Tuition"
    today = dependencies.clock().now().astimezone(OFFICE_ZONE).date()
    rows = statistics.revenue(frozenset({HALL}), today, today)
    assert sum(row["received"] for row in rows if row["service_id"] == "bill-tuition") >= 20000  # type: ignore[misc]


def test_the_books_of_the_day_include_bills(teller: Teller, client: ApiClient) -> None:
    # A day of its own, the last of the year in Shanghai, of which nobody else's books are.
    last = outside.MONDAY.replace(month=12, day=31, hour=23, minute=58)
    teller.world.clock.set(last)
    teller.pay_whole(teller.owe(due_on="2027-01-31"))
    teller.world.clock.set(last + timedelta(minutes=4))
    teller.pay_whole(teller.owe(due_on="2027-01-31", items=[{"name": "罚款", "cents": 700}]))
    for day, cents in (("2026-12-31", 20000), ("2027-01-01", 700)):
        books = client.get(f"/v1/admin/reconciliation?date={day}", token=worker(client, "auditor"))
        assert [one["net"]["cents"] for one in books.json()["totals"]] == [cents], books.body
        assert books.json()["clean"], books.body


def test_a_mothers_bill_is_paid_by_its_number(teller: Teller, client: ApiClient) -> None:
    number = teller.owe()
    child = teller.another()
    by_id = {"bill_id": bill_of(number).bill_id}
    assert pay(client, child, by_id).status == 404
    wrong = pay(client, child, {"bill_number": number, "code": "000000"})
    assert (wrong.status, wrong.code) == (404, "not_found")
    begun = pay(client, child, {"bill_number": number, "code": "730164"})
    assert begun.status == 201
    # The mother sees that it is being paid, and not by whom.
    refused = pay(client, teller.payer, by_id)
    assert (refused.status, refused.code) == (409, "payment_in_progress")
    assert child.citizen.citizen_id not in refused.body.decode()
    teller.settle(begun.json())
    assert teller.listed(number)["status"] == "paid"
    again = pay(client, teller.payer, by_id)
    assert (again.status, again.code) == (409, "already_paid")
    assert child.citizen.citizen_id not in again.body.decode()


@pytest.mark.parametrize(
    "subject",
    [
        {},
        {"bill_id": "x", "case_id": "y"},
        {"bill_number": "3" * 20},
        {"code": "730164"},
        {"bill_id": "x", "code": "730164"},
        {"bill_number": "1", "code": "730164"},
        {"bill_id": 5},
    ],
    ids=str,
)
def test_bad_input_is_refused(teller: Teller, client: ApiClient, subject: dict[str, Any]) -> None:
    assert pay(client, teller.payer, subject).status == 422


def test_what_nobody_has_is_not_found(teller: Teller, client: ApiClient) -> None:
    assert pay(client, teller.payer, {"bill_id": "nobody"}).status == 404
    # What names nobody is for who has its number and code alone.
    data = fine()
    bill = said(client, teller.known, data)
    assert pay(client, teller.payer, {"bill_id": bill.bill_id}).status == 404
    held = {"bill_number": data["bill_number"], "code": data["code"]}
    assert pay(client, teller.payer, held).status == 201


def test_the_same_attempt_finds_its_payment(teller: Teller, client: ApiClient) -> None:
    number, key = teller.owe(), new_id()
    subject = {"bill_id": bill_of(number).bill_id}
    first, again = (pay(client, teller.payer, subject, key=key) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["payment_id"] == first.json()["payment_id"]
    other = pay(client, teller.payer, {"bill_number": number, "code": "730164"}, key=key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    # Also when there is nothing to pay any more.
    teller.say(number, "cancelled", 2)
    teller.work()
    replay = pay(client, teller.payer, subject, key=key)
    assert (replay.status, replay.json()["status"]) == (201, "cancelled")
    fresh = pay(client, teller.payer, subject)
    assert (fresh.status, fresh.code) == (409, "nothing_to_pay")


def test_of_many_at_once_one_pays(teller: Teller, client: ApiClient) -> None:
    number = teller.owe()
    others = [teller.another() for _ in range(3)]
    with ThreadPoolExecutor(4) as threads:
        subject = {"bill_number": number, "code": "730164"}
        answers = list(threads.map(lambda who: pay(client, who, subject), others))
    assert sorted(one.status for one in answers) == [201, 409, 409]


@pytest.mark.fresh_index("one's own list of bills is what the index shows by now")
@pytest.mark.parametrize(("due_on", "day"), [("2026-12-06", 7), ("2026-12-30", 31)])
def test_a_late_fee_is_frozen_while_a_payment_lives(teller: Teller, due_on: str, day: int) -> None:
    number = teller.owe(due_on=due_on)
    # A minute before midnight in Shanghai: one day late, and one minute later two.
    teller.world.clock.set(outside.MONDAY.replace(day=day, hour=23, minute=59))
    begun = teller.begin(number)
    assert begun["amount"]["cents"] == 20600
    teller.world.clock.advance(61)
    assert teller.listed(number)["amount"]["cents"] == 20600
    teller.world.clock.advance(timedelta(minutes=31).total_seconds())
    teller.world.reconcile()
    assert transitions.load(begun["payment_id"]).status == "expired"
    assert teller.listed(number)["status"] == "overdue"
    assert teller.listed(number)["amount"]["cents"] == 21200
    assert teller.begin(number)["amount"]["cents"] == 21200


def test_a_bill_of_nothing_is_paid_at_once(teller: Teller) -> None:
    number = teller.owe(items=[{"name": "减免", "cents": 0}], late_fee=None)
    begun = teller.begin(number)
    assert (begun["status"], begun["action"]["kind"]) == ("succeeded", "none")
    teller.work()
    assert teller.listed(number)["status"] == "paid"
    assert teller.told() == [("bill.paid", 0)]


@pytest.mark.fresh_index("one's own list of bills is what the index shows by now")
def test_what_is_given_back_is_told_and_is_not_paid_again(teller: Teller) -> None:
    number = teller.owe()
    payment = teller.settle(teller.begin(number))
    teller.refund(payment, 5000)
    assert teller.told() == [("bill.paid", 20000), ("bill.refunded", 5000)]
    assert teller.listed(number)["status"] == "paid"
    teller.refund(payment, None)
    assert teller.told()[-1] == ("bill.refunded", 15000)
    assert teller.known.inbox.got[-1].body["data"]["amount_refunded"]["cents"] == 20000
    assert teller.listed(number)["status"] == "refunded"
    subject = {"bill_id": bill_of(number).bill_id}
    assert pay(teller.world.client, teller.payer, subject).code == "nothing_to_pay"


def test_a_payment_that_is_given_up_frees_its_bill(teller: Teller) -> None:
    number = teller.owe()
    begun = teller.begin(number)
    path = f"/v1/payments/{begun['payment_id']}/cancel"
    assert teller.post(path)["status"] == "cancelled"
    assert teller.listed(number)["status"] == "open"
    listed = teller.get(f"/v1/payments?subject_id={bill_of(number).bill_id}")["items"]
    assert [one["payment_id"] for one in listed] == [begun["payment_id"]]


def test_who_was_not_told_is_found_and_told(teller: Teller) -> None:
    number = teller.owe()
    begun = teller.begin(number)
    assert outside.act(begun["action"]) == 200
    teller.world.ask(begun)
    # What should have followed was lost on its way.
    outside.skip()
    assert bill_of(number).settled is None
    teller.world.clock.advance(timedelta(minutes=12).total_seconds())
    teller.reconcile_events()
    teller.work()
    assert teller.told() == [("bill.paid", 20000)]
    teller.reconcile_events()
    assert teller.told() == [("bill.paid", 20000)]


def test_beginning_costs_what_it_may(teller: Teller, client: ApiClient) -> None:
    bill_id = bill_of(teller.owe()).bill_id
    with metered() as cost:
        assert pay(client, teller.payer, {"bill_id": bill_id}).status == 201
    assert (cost.trips, cost.rcu) <= (2, 2), cost.calls
    assert cost.wcu <= 14, cost.calls


def test_an_unknown_number_is_like_a_wrong_code(teller: Teller, client: ApiClient) -> None:
    answer = pay(client, teller.payer, {"bill_number": new_number(), "code": "730164"})
    assert (answer.status, answer.code) == (404, "not_found")
