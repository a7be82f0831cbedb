"""Money that went without us, in other currencies, without a name; providers that give no list."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.payments import storage
from chalicelib.payments.providers import stripe_books
from chalicelib.payments.providers.base import Listed
from chalicelib.payments.service import comparison
from infra.local.stand_ins import stripe_objects
from infra.local.stand_ins.base import Answer, json_answer
from infra.local.stand_ins.stripe import StripeStandIn
from infra.local.stand_ins.trades import Trade, Trades
from tests.payments import outside
from tests.payments.outside import MONDAY
from tests.payments.paying import case_of, paid, yuan
from tests.support import functions
from tests.support.cases import city_worker, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock

CONSOLE = [("wechat_pay", "wechat_mini"), ("alipay", "alipay_mini"), ("card", "web")]


@pytest.fixture
def day(money: Trades, clock: TestClock) -> date:
    """A day of its own, years away, whose books nobody else's payments are in."""
    _days.append(MONDAY + timedelta(weeks=400 + len(_days)))
    clock.set(_days[-1])
    return _days[-1].date()


_days: list[datetime] = []


def evening(day: date) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+08:00") + timedelta(days=1)


def compared(client: ApiClient, clock: TestClock, day: date) -> dict[str, Any]:
    """Compare a day once the bills are made, and return what staff see of it."""
    clock.set(evening(day))
    functions.run("compare_books", evening(day))
    answer = client.get(f"/v1/admin/reconciliation?date={day}", token=worker(client, "supervisor"))
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


def alarms(client: ApiClient) -> set[tuple[str, str]]:
    boss = city_worker(client)
    found = client.get("/v1/admin/alerts?kind=fee&limit=100", token=boss).json()["items"]
    return {(one["code"], one["subject_id"]) for one in found}


def trade_of(money: Trades, payment_id: str) -> Trade:
    return next(one for one in money.all() if one.number == payment_id)


@pytest.mark.parametrize(
    ("by", "name"), [("dashboard", "refund_outside"), ("dispute", "chargeback")]
)
@pytest.mark.parametrize("cents", [3000, 12000])
@pytest.mark.parametrize("heard", [True, False])
def test_what_goes_back_at_stripe_without_us_is_written_down_and_never_clean(
    client: ApiClient, money: Trades, clock: TestClock, day: date, by: Any, name: str, cents: int,
    heard: bool,
) -> None:  # fmt: skip
    me, case_id = case_of(client)
    payment_id = paid(client, me, case_id)["payment_id"]
    clock.advance(60)
    with outside.mode("normal" if heard else "silent"):
        money.take_back(trade_of(money, payment_id), by, cents)
        if heard:
            outside.until(lambda: _refunded(payment_id) == cents)
            assert name in {code for code, _ in alarms(client)}
    found = compared(client, clock, day)
    assert _refunded(payment_id) == cents
    assert not found["clean"]
    mine = [one for one in found["differences"] if one["payment_id"] == payment_id]
    assert [(one["name"], one["ours"], one["theirs"]) for one in mine] == [
        (name, yuan(cents), yuan(cents))
    ]
    assert (name, mine[0]["refund_id"]) in alarms(client)
    [sums] = found["totals"]
    assert sums["refunded"] == yuan(cents)
    # Again is the same.
    assert compared(client, clock, day)["differences"] == found["differences"]
    outside.until(lambda: _case_paid(client, me, case_id) != "paid")
    assert _case_paid(client, me, case_id) == ("refunded" if cents == 12000 else "partly_refunded")


def _refunded(payment_id: str) -> int:
    found = storage.load(payment_id)
    assert found
    return found.refunded


def _case_paid(client: ApiClient, me: Any, case_id: str) -> str:
    from tests.payments.paying import token

    return str(client.get(f"/v1/cases/{case_id}", token=token(me)).json()["payment_status"])


@pytest.mark.parametrize("way", CONSOLE, ids=str)
def test_a_refund_in_the_console_of_any_provider_is_found_in_the_evening(
    client: ApiClient, money: Trades, clock: TestClock, day: date, way: tuple[str, str]
) -> None:
    me, case_id = case_of(client)
    payment_id = paid(client, me, case_id, way)["payment_id"]
    with outside.mode("silent"):
        money.take_back(trade_of(money, payment_id), "dashboard", 500)
    found = compared(client, clock, day)
    [one] = found["differences"]
    assert (one["name"], one["payment_id"]) == ("refund_outside", payment_id)
    assert (one["ours"], one["theirs"], found["clean"]) == (yuan(500), yuan(500), False)
    assert _refunded(payment_id) == 500


@pytest.mark.parametrize("way", CONSOLE, ids=str)
@pytest.mark.parametrize("sums", [(500, 500), (500, 700, 10800)], ids=str)
def test_refunds_of_one_second_in_the_console_are_all_written_down(
    client: ApiClient, money: Trades, clock: TestClock, day: date, way: tuple[str, str],
    sums: tuple[int, ...],
) -> None:  # fmt: skip
    me, case_id = case_of(client)
    payment_id = paid(client, me, case_id, way)["payment_id"]
    with outside.mode("silent"):
        for cents in sums:
            money.take_back(trade_of(money, payment_id), "dashboard", cents)
    found = compared(client, clock, day)
    assert {one["name"] for one in found["differences"]} == {"refund_outside"}
    assert sum(one["theirs"]["cents"] for one in found["differences"]) == sum(sums)
    assert _refunded(payment_id) == sum(sums)


UNNAMED: dict[str, Callable[[], dict[str, Any]]] = {
    "a dashboard's refund of another intent": lambda: _line("refund", -700, _of("refund", "pi_x")),
    "a dispute without an intent": lambda: _line("adjustment", -700, _of("dispute", None)),
    "a bare id": lambda: _line("refund", -700, "re_1"),
    "nothing": lambda: _line("adjustment", -700, None),
    "a charge": lambda: _line("charge", 700, _of("charge", "pi_x")),
    "no metadata": lambda: _line("refund", -700, {**_of("refund", "pi_x"), "metadata": None}),
}


def _of(kind: str, intent: str | None) -> dict[str, Any]:
    found = {"id": f"{kind}_1", "object": kind, "amount": 700, "currency": "cny", "metadata": {}}
    return {**found, "payment_intent": intent}


def _line(kind: str, cents: int, source: object) -> dict[str, Any]:
    return {"id": "txn_1", "type": kind, "amount": cents, "currency": "cny", "source": source}


@pytest.mark.parametrize("name", UNNAMED)
def test_money_that_cannot_be_named_is_a_difference_all_the_same(
    client: ApiClient, money: Trades, clock: TestClock, day: date, name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    line = UNNAMED[name]()
    at_stripe(monkeypatch, json_answer(200, {"object": "list", "data": [line], "has_more": False}))
    found = compared(client, clock, day)
    [one] = found["differences"]
    assert (one["name"], one["theirs"]) == ("unknown_payment", yuan(700))
    assert not found["clean"]
    assert ("books_unknown_payment", f"books:stripe:{day}") in alarms(client)


def test_lines_of_no_sense_are_one_difference_each_and_the_rest_is_compared(
    client: ApiClient, money: Trades, clock: TestClock, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, case_id = case_of(client)
    paid(client, me, case_id)
    lines = stripe_objects.lines

    def broken(trade: Trade) -> list[dict[str, Any]]:
        known = lines(trade)
        return [*known, *({**one, "currency": 7, "source": None} for one in known)]

    monkeypatch.setattr(stripe_objects, "lines", broken)
    found = compared(client, clock, day)
    assert [one["name"] for one in found["differences"]] == ["unreadable"]


@pytest.mark.parametrize("settled", ["hkd", "usd", "jpy"])
def test_a_charge_that_is_settled_in_another_currency_is_compared_in_its_own(
    client: ApiClient, money: Trades, clock: TestClock, day: date, settled: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    me, case_id = case_of(client)
    payment_id = paid(client, me, case_id)["payment_id"]
    line = stripe_objects._line

    def in_another(*given: Any) -> dict[str, Any]:
        found = line(*given)
        return {**found, "amount": found["amount"] * 2, "currency": settled, "exchange_rate": 2}

    monkeypatch.setattr(stripe_objects, "_line", in_another)
    assert compared(client, clock, day)["clean"]
    trade_of(money, payment_id).cents += 1
    found = compared(client, clock, day)
    [one] = found["differences"]
    assert (one["ours"], one["theirs"]) == (yuan(12000), yuan(12001))
    # A charge that was truly made in another currency is shown in it.
    trade_of(money, payment_id).currency = "hkd"
    [one] = compared(client, clock, day)["differences"]
    assert (one["ours"], one["theirs"]["currency"]) == (yuan(12000), "hkd")


def at_stripe(monkeypatch: pytest.MonkeyPatch, says: Answer) -> None:
    """Let Stripe say something whenever it is asked for a day's list."""
    monkeypatch.setattr(StripeStandIn, "_balance", lambda _self, _query: says)


NO_LIST = {
    "no": json_answer(400, {"error": {"type": "invalid_request_error", "code": "no_such"}}),
    "not found": json_answer(404, {"error": {"type": "invalid_request_error"}}),
    "not allowed": json_answer(403, {"error": {"type": "invalid_request_error"}}),
    "trouble": json_answer(500, {"error": {"type": "api_error"}}),
    "nonsense": Answer(200, b"<html>", "text/html"),
    "no data": json_answer(200, {"object": "list"}),
    "an endless list": json_answer(200, {"object": "list", "data": [], "has_more": True}),
    "data that is none": json_answer(200, {"object": "list", "data": 7, "has_more": False}),
}


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
@pytest.mark.parametrize("says", NO_LIST)
def test_a_provider_that_gives_no_list_is_not_compared_and_the_others_are(
    client: ApiClient, money: Trades, clock: TestClock, day: date, says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with monkeypatch.context() as patched:
        at_stripe(patched, NO_LIST[says])
        found = compared(client, clock, day)
        assert [(one["name"], one["provider"]) for one in found["differences"]] == [
            ("not_compared", "stripe")
        ]
        assert not found["clean"]
        assert ("books_unavailable", f"books:stripe:{day}") in alarms(client)
        kept = {one.provider for one in storage.load_books(f"{day:%Y%m%d}")}
        assert kept == {"stripe", "wechat_pay", "alipay"}
    # The next evening's timer compares what was not compared, and takes the alert away.
    clock.set(evening(day + timedelta(days=1)))
    functions.run("compare_books", evening(day + timedelta(days=1)))
    assert not [d for one in storage.load_books(f"{day:%Y%m%d}") for d in one.differences]
    assert ("books_unavailable", f"books:stripe:{day}") not in alarms(client)


def test_lines_of_others_on_a_shared_account_are_no_difference(
    client: ApiClient, money: Trades, clock: TestClock, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = replace(SETTINGS, shared_accounts=frozenset({"stripe"}))
    monkeypatch.setattr(comparison, "SETTINGS", shared)
    lines = [UNNAMED["a charge"](), UNNAMED["a bare id"]()]
    at_stripe(monkeypatch, json_answer(200, {"object": "list", "data": lines, "has_more": False}))
    [one] = compared(client, clock, day)["differences"]
    # What has no name at all may be ours.
    assert (one["name"], one["refund_id"]) == ("unknown_payment", "re_1")


def test_a_refund_that_failed_on_its_day_has_not_been_and_later_comes_back() -> None:
    went = _line("refund", -700, _of("refund", "pi_1"))
    back = _line("refund_failure", 700, _of("refund", "pi_1"))
    assert stripe_books.moved([went, back]) == []
    assert stripe_books.moved([back]) == [
        Listed("", Money(700), "refund_1", kind="returned"),
    ]
    fees = [_line(kind, -5, None) for kind in ("stripe_fee", "payout", "topup", "new_kind")]
    assert stripe_books.moved(fees) == []


def test_an_inquiry_takes_no_money() -> None:
    dispute = {**_of("dispute", "pi_1"), "created": 1}
    for status in ("warning_needs_response", "warning_closed", "won"):
        assert stripe_books.outside([], [{**dispute, "status": status}]) == []
    assert len(stripe_books.outside([], [{**dispute, "status": "lost"}])) == 1
