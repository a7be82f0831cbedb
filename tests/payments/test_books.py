"""Receipts, books compared with the providers', open payments asked about, held seats given up."""

import io
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from chalicelib.catalogue import service as catalogue
from chalicelib.core import dependencies
from chalicelib.core.ids import new_id
from chalicelib.payments import storage
from chalicelib.payments.providers.alipay import Alipay
from chalicelib.payments.providers.base import Listed, Unanswered
from chalicelib.payments.service import reconciliation
from infra.local.stand_ins.trades import Trades
from tests.appointments.world import of_family
from tests.payments import outside
from tests.payments.outside import MONDAY
from tests.payments.paying import WAYS, begun, case_of, paid, refund, shown, token, yuan
from tests.support import functions
from tests.support.cases import HALL, lodge, verified, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import log_in

DAY = "2026-12-07"
OF_DAY = f"/v1/admin/reconciliation?date={DAY}"


def test_a_receipt_can_be_verified_by_anyone_and_printed(client: ApiClient, money: Trades) -> None:
    me, case_id = case_of(client)
    path = f"/v1/payments/{paid(client, me, case_id)['payment_id']}/receipt"
    receipt = client.get(path, token=me.token).json()
    genuine = client.get(f"/v1/receipts/{receipt['code']}").json()
    assert {**genuine, "for_name": None, "by_name": None} == receipt
    assert me.citizen_id not in str(genuine)
    assert receipt["amount"] == {"cents": 12000, "currency": "cny"}
    for lang in ("zh-CN", "en"):
        headers = {"accept": "application/pdf", "accept-language": lang}
        page = client.get(path, token=me.token, headers=headers)
        assert page.headers["content-type"] == "application/pdf"
        assert page.body.startswith(b"%PDF-")
        assert len(page.body) < 40_000
    picture = client.get(path, token=me.token, headers={"accept": "image/png"})
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.body)))
    assert found[0].text == receipt["verify_url"]
    other = log_in(client)
    assert client.get(path, token=other.token).status == 404


@pytest.mark.parametrize("name", ["张小宝", "张小贝", None])
def test_a_receipt_says_to_its_payer_alone_for_whom_it_was_paid(
    client: ApiClient, money: Trades, name: str | None
) -> None:
    me = verified(client)
    member = {"for_member": of_family(client, me, name)} if name else {}
    case_id = lodge(client, me, service="passport-issue", **member).json()["case_id"]
    path = f"/v1/payments/{paid(client, me, case_id)['payment_id']}/receipt"
    receipt = client.get(path, token=me.token).json()
    assert receipt["for_name"] == name
    shown = client.get(f"/v1/receipts/{receipt['code']}").json()
    assert "for_name" not in shown
    assert "张小" not in str(shown)


def test_the_font_has_every_character_of_a_receipt() -> None:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    from infra import make_receipt_font

    known = TTFont(make_receipt_font.TARGET).getBestCmap()
    assert {c for c in make_receipt_font.characters() if ord(c) not in known} == set()


def test_the_wallets_code_can_be_scanned(client: ApiClient, money: Trades) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id, ("wechat_pay", "web"))
    path = f"/v1/payments/{payment['payment_id']}/qr"
    picture = client.get(path, token=me.token, headers={"accept": "image/png"})
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.body)))
    assert found[0].text == payment["action"]["content"]
    assert client.get(path, token=me.token, headers={"accept": "image/svg+xml"}).status == 200


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_silence_of_a_provider_is_asked_about(
    client: ApiClient, money: Trades, clock: TestClock, way: tuple[str, str]
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id, way)
    with outside.mode("silent"):
        assert outside.act(payment["action"]) == 200
    clock.advance(120)
    functions.run("reconcile_payments", dependencies.clock().now())
    found = storage.load(payment["payment_id"])
    assert found
    assert (found.status, found.received) == ("succeeded", 12000)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_nobody_pays_expires_and_is_closed_at_the_provider(
    client: ApiClient, money: Trades, clock: TestClock, way: tuple[str, str]
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id, way)
    clock.advance(31 * 60)
    functions.run("reconcile_payments", dependencies.clock().now())
    assert shown(client, me, payment["payment_id"])["status"] == "expired"
    assert outside.act(payment["action"]) == 409
    # Money that a provider takes all the same goes back.
    assert outside.act(payment["action"], "pay_late") == 200
    path = payment["payment_id"]
    outside.until(lambda: shown(client, me, path)["amount_refunded"] == yuan(12000))
    assert shown(client, me, path)["status"] == "expired"
    outside.work()
    assert begun(client, me, case_id, way)["status"] == "pending"


def test_what_is_paid_in_the_last_moment_does_not_expire(
    client: ApiClient, money: Trades, clock: TestClock
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id)
    with outside.mode("silent"):
        assert outside.act(payment["action"]) == 200
    clock.advance(31 * 60)
    functions.run("reconcile_payments", dependencies.clock().now())
    found = storage.load(payment["payment_id"])
    assert found
    assert found.status == "succeeded"


def _given_back(payment_id: str, cents: int) -> bool:
    found = storage.load(payment_id)
    return found is not None and found.refunded == cents


def test_the_evenings_books_are_clean(client: ApiClient, money: Trades, clock: TestClock) -> None:
    # A day of its own: what other tests left unheard of would be found in its books.
    monday = MONDAY + timedelta(weeks=4)
    clock.set(monday)
    of_day = f"/v1/admin/reconciliation?date={monday:%Y-%m-%d}"
    for way in WAYS:
        me, case_id = case_of(client)
        path = paid(client, me, case_id, way)["payment_id"]
        refund(client, worker(client, "supervisor"), path, 1000)
        outside.until(partial(_given_back, path, 1000))
    clock.advance(6)
    auditor = worker(client, "auditor")
    today = client.get(of_day, token=auditor).json()
    assert today.get("clean"), today
    assert {one["provider"] for one in today["totals"]} == {"stripe", "wechat_pay", "alipay"}
    # Now there are bills to compare with.
    clock.advance(86400 + 2 * 3600)
    auditor = worker(client, "auditor")
    functions.run("compare_books", monday + timedelta(days=1, hours=2))
    after = client.get(of_day, token=auditor).json()
    assert after["clean"], after["differences"]
    assert after["totals"] == today["totals"]
    report = f"/v1/admin/reports/revenue?from={monday:%Y-%m-%d}&to={monday:%Y-%m-%d}"
    rows: list[dict[str, Any]] = client.get(report, token=auditor).json()["items"]
    assert sum(row["net"] for row in rows) == sum(one["net"]["cents"] for one in today["totals"])


def test_money_that_we_did_not_hear_of_is_found_in_the_evening(
    client: ApiClient, money: Trades, clock: TestClock
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id)
    clock.advance(2 * 3600)
    functions.run("reconcile_payments", dependencies.clock().now())
    with outside.mode("silent"):
        assert outside.act(payment["action"], "pay_late") == 200
    found = reconciliation.compare(date(2026, 12, 7), MONDAY + timedelta(days=1))
    told = [one for book in found for one in book.differences]
    mine = [one for one in told if one["payment_id"] == payment["payment_id"]]
    assert [(one["name"], one["repaired"]) for one in mine] == [("missing_here", "yes")]


def test_money_that_only_our_books_have_is_alarmed(
    client: ApiClient, money: Trades, clock: TestClock
) -> None:
    # The other tests' day stays clean.
    clock.advance(7 * 86400)
    me, case_id = case_of(client)
    payment = paid(client, me, case_id)
    trade = money.find("stripe", payment["payment_id"])
    assert trade
    trade.paid_at = None
    clock.advance(86400)
    functions.run("compare_books", MONDAY + timedelta(days=8))
    boss = worker(client, "supervisor")
    day = client.get("/v1/admin/reconciliation?date=2026-12-14", token=boss).json()
    assert not day.get("clean", True), day
    names = {one["payment_id"]: one["name"] for one in day["differences"]}
    assert names[payment["payment_id"]] == "missing_there"
    alerts = client.get("/v1/admin/alerts?kind=fee&limit=100", token=boss).json()["items"]
    assert payment["payment_id"] in {one["subject_id"] for one in alerts}


def test_books_that_could_not_be_compared_are_not_clean(
    client: ApiClient, money: Trades, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bills of that day are made.
    clock.advance(15 * 86400 + 2 * 3600)
    boss, day = worker(client, "supervisor"), "/v1/admin/reconciliation?date=2026-12-21"
    listed = Alipay.listed
    monkeypatch.setattr(Alipay, "listed", no_bill)
    found = client.get(day, token=boss).json()
    assert not found["clean"]
    assert [(one["name"], one["provider"]) for one in found["differences"]] == [
        ("not_compared", "alipay")
    ]
    monkeypatch.setattr(Alipay, "listed", listed)
    clock.advance(6)
    assert client.get(day, token=boss).json()["clean"]


def test_a_day_to_come_has_no_books(client: ApiClient, clock: TestClock) -> None:
    clock.set(MONDAY)
    auditor = worker(client, "auditor")
    path = "/v1/admin/reconciliation?date="
    today, tomorrow = (f"{MONDAY + timedelta(days=n):%Y-%m-%d}" for n in (0, 1))
    assert client.get(path + today, token=auditor).status == 200
    refused = client.get(path + tomorrow, token=auditor)
    assert (refused.status, refused.code) == (400, "invalid_query")
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [
        ("/date", "out_of_range")
    ]
    assert not storage.load_books(f"{MONDAY + timedelta(days=1):%Y%m%d}")


def no_bill(_self: Alipay, _day: date) -> list[Listed]:
    raise Unanswered


def test_a_seat_is_held_until_its_fee_is_paid_or_given_up(
    client: ApiClient, money: Trades, clock: TestClock
) -> None:
    from chalicelib.appointments.jobs import slots as coming_slots

    known = catalogue.current()
    group = known.groups[HALL, known.services["property-transfer"].category]
    coming_slots._make_missing(known.offices[HALL], group, MONDAY.date())
    outside.skip()
    days = f"/v1/offices/{HALL}/availability?service_id=property-transfer&days=2"
    slots = [s for d in client.get(days).json()["days"] for s in d["slots"]]
    slot = [one for one in slots if one["state"] == "open"][-1]["slot_id"]

    def hold() -> tuple[Any, dict[str, Any]]:
        me = log_in(client)
        body = {"service_id": "property-transfer", "office_id": HALL, "slot_id": slot}
        headers = {"Idempotency-Key": new_id()}
        held = client.post("/v1/appointments", body, token=me.token, headers=headers)
        assert held.status == 201, held.body
        assert held.json()["status"] == "held"
        asked = {
            "appointment_id": held.json()["appointment_id"],
            "method": "wechat_pay",
            "client": "web",
        }
        answer = client.post("/v1/payments", asked, token=me.token)
        assert answer.status == 201, answer.body
        return me, answer.json()

    def status(me: Any, payment: dict[str, Any]) -> str:
        path = f"/v1/appointments/{payment['appointment_id']}"
        return str(client.get(path, token=token(me)).json()["status"])

    def remaining() -> int:
        found = [s for d in client.get(days).json()["days"] for s in d["slots"]]
        return int(next(one for one in found if one["slot_id"] == slot)["remaining"])

    before = remaining()
    one, first = hold()
    two, second = hold()
    three, third = hold()
    assert remaining() == before - 3
    assert outside.act(first["action"]) == 200
    outside.until(lambda: status(one, first) == "booked")
    with outside.mode("silent"):
        assert outside.act(third["action"]) == 200
    clock.advance(16 * 60)
    functions.run("reconcile_payments", dependencies.clock().now())
    outside.work()
    # The provider was asked first: what was paid is booked, the other seat is free again.
    assert (status(one, first), status(two, second)) == ("booked", "expired")
    assert status(three, third) == "booked"
    assert remaining() == before - 2
    assert shown(client, two, second["payment_id"])["status"] == "expired"
    assert outside.act(second["action"], "pay_late") == 200
    path = second["payment_id"]
    outside.until(lambda: shown(client, two, path)["amount_refunded"] == yuan(8000))
    assert status(two, second) == "expired"
    # Who gives up what was paid gets it back.
    gone = client.post(f"/v1/appointments/{first['appointment_id']}/cancel", {}, token=token(one))
    assert gone.status == 200, gone.body
    path_one = first["payment_id"]
    outside.until(lambda: shown(client, one, path_one)["amount_refunded"] == yuan(8000))
