"""Whose bills are listed, and bills by number and code: guessing is slowed, then refused."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from chalicelib.core import dependencies
from chalicelib.core.errors import Problem
from chalicelib.core.ids import new_id
from chalicelib.payments.bills.service import lookup
from tests.mandates.world import person as proven
from tests.mandates.world import register
from tests.payments.bills.paying import fresh
from tests.payments.bills.world import (
    Known,
    fine,
    new_number,
    payer,
    person,
    said,
)
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered
from tests.support.people import id_number, log_in, new_code

OWN = {"bill_id", "version", "created_at"}


def look(number: str, code: str, source: str = "") -> int:
    """Return with which status a caller at an address is answered."""
    now = dependencies.clock().now()
    try:
        lookup.by_number(number, code, source or new_id(), now)
    except Problem as problem:
        return problem.status
    return 200


def test_a_bill_is_in_the_account_of_whom_it_names(
    client: ApiClient, known: Known, clock: TestClock
) -> None:
    clock.set(datetime(2026, 12, 1, 1, tzinfo=UTC))
    code = new_code()
    who = person(client)
    data = {**fine(due_on="2026-12-20"), **payer(who)}
    said(client, known, data)
    said(client, known, {**fine(due_on="2026-12-10", kind="fee", late_fee=None), **payer(who)})
    token = fresh(who)
    listed = client.get("/v1/me/bills", token=token).json()
    second = listed["items"][1]
    assert {name: value for name, value in second.items() if name not in OWN} == {
        "bill_number": data["bill_number"],
        "kind": "fine",
        "title": "机动车违法停车",
        "payee": "市公安局交通警察支队",
        "items": [{"name": "罚款", "cents": 20000}],
        "amount": {"cents": 20000, "currency": "cny"},
        "late_fee": {
            "cents": 0,
            "currency": "cny",
            "per_day_permille": 30.0,
            "cap_cents": 20000,
        },
        "due_on": "2026-12-20",
        "status": "open",
        "difference_of": None,
    }
    assert listed["items"][0]["late_fee"] is None
    assert listed["next_cursor"] is None
    # Another sees nothing of it, nor does a name or a number leave.
    other = log_in(client, code).token
    assert client.get("/v1/me/bills", token=other).json()["items"] == []
    assert who.id_number.encode() not in client.get("/v1/me/bills", token=token).body
    clock.set(datetime(2026, 12, 31, 15, 59, tzinfo=UTC))
    token = fresh(who)
    late = client.get("/v1/me/bills?status=overdue", token=token).json()["items"][1]
    assert (late["amount"]["cents"], late["late_fee"]["cents"]) == (26600, 6600)
    clock.set(datetime(2026, 12, 31, 16, tzinfo=UTC))
    assert client.get("/v1/me/bills", token=token).json()["items"][1]["amount"]["cents"] == 27200


def test_a_bill_waits_for_whoever_verifies_later(client: ApiClient, known: Known) -> None:
    number, code = id_number(), new_code()
    before = log_in(client, code)
    said(client, known, {**fine(), "payer": {"name": "王小明", "id_number": number}})
    assert client.get("/v1/me/bills", token=before.token).json()["items"] == []
    body = {"name": "王小明", "id_number": number}
    assert client.put("/v1/me/identity", body, token=before.token).status == 200
    for token in (before.token, log_in(client, code).token):
        assert len(client.get("/v1/me/bills", token=token).json()["items"]) == 1


def test_an_organisations_bills_are_for_those_who_pay_for_it(
    client: ApiClient, known: Known
) -> None:
    boss, other = proven(client), person(client).citizen
    body = {"credit_code": register(client, boss), "name": "公司"}
    made = client.post("/v1/me/organisations", body, token=boss.token).json()
    said(client, known, {**fine(kind="fee"), "payer": {"credit_code": body["credit_code"]}})
    path = f"/v1/me/bills?on_behalf_of={made['organisation_id']}"
    assert len(client.get(path, token=boss.token).json()["items"]) == 1
    assert client.get("/v1/me/bills", token=boss.token).json()["items"] == []
    assert client.get(path, token=other.token).code == "mandate_missing"


def test_an_export_holds_ones_own_bills(client: ApiClient, known: Known) -> None:
    me, other = person(client), person(client)
    bill = said(client, known, {**fine(), **payer(me)})
    [mine] = client.get("/v1/me/export", token=me.citizen.token).json()["bills"]
    assert (mine["bill_number"], mine["title"]) == (bill.bill_number, "机动车违法停车")
    for nobody in (other.citizen, log_in(client)):
        assert client.get("/v1/me/export", token=nobody.token).json()["bills"] == []


def test_a_page_of_bills_leads_to_the_next(client: ApiClient, known: Known) -> None:
    who = person(client)
    for day in (1, 2, 3):
        said(client, known, {**fine(due_on=f"2027-01-0{day}"), **payer(who)})
    days, cursor = [], ""
    while cursor is not None:
        path = f"/v1/me/bills?limit=2{cursor and '&cursor='}{cursor}"
        page = client.get(path, token=who.citizen.token).json()
        days += [one["due_on"][-1] for one in page["items"]]
        cursor = page["next_cursor"]
    assert days == ["1", "2", "3"]
    for bad in ("limit=0", "limit=101", "status=late", "cursor=x", "page=2", "on_behalf_of="):
        assert client.get(f"/v1/me/bills?{bad}", token=who.citizen.token).status == 400, bad


def test_listing_my_bills_costs_one_trip(client: ApiClient, known: Known) -> None:
    who = person(client)
    for _ in range(4):
        said(client, known, {**fine(), **payer(who)})
    client.get("/v1/me/bills", token=who.citizen.token)
    with metered() as cost:
        assert client.get("/v1/me/bills", token=who.citizen.token).status == 200
    assert (cost.trips, cost.wcu) == (1, 0)
    assert cost.rcu <= 2


def test_who_has_number_and_code_sees_the_bill(client: ApiClient, known: Known) -> None:
    data = fine()
    bill = said(client, known, data)
    path = f"/v1/bills/{data['bill_number']}"
    with metered() as cost:
        answer = client.get(f"{path}?code=730164")
    assert (answer.status, cost.trips) == (200, 3)
    assert answer.json()["bill_id"] == bill.bill_id
    # As people type them: in groups, full-width.
    grouped = "%20".join(data["bill_number"][i : i + 4] for i in range(0, 20, 4))
    code = quote("７３０１６４")
    assert client.get(f"/v1/bills/{grouped}?code={code}").status == 200


def test_a_wrong_code_and_an_unknown_number_are_the_same(client: ApiClient, known: Known) -> None:
    data = fine()
    said(client, known, data)
    paths = [f"/v1/bills/{data['bill_number']}?code=730165", f"/v1/bills/{data['bill_number']}"]
    answers = [client.get(path) for path in [*paths, f"/v1/bills/{new_number()}?code=730164"]]
    assert [one.status for one in answers] == [404] * 3
    assert len({str({**one.json(), "request_id": ""}) for one in answers}) == 1


@pytest.mark.parametrize("bad", ["1", "3" * 19, "3" * 21, "abc", "%00"])
def test_what_cannot_be_a_number_is_told_at_once(client: ApiClient, bad: str) -> None:
    for _ in range(3):
        assert client.get(f"/v1/bills/{bad}?code=730164").status == 422
    number = new_number()
    broken = number[:-1] + str((int(number[-1]) + 1) % 10)
    refused = client.get(f"/v1/bills/{broken}?code=730164")
    assert (refused.status, refused.json()["errors"][0]["pointer"]) == (422, "/bill_number")


def test_guessing_a_code_is_slowed_for_the_bill(client: ApiClient, known: Known) -> None:
    data = fine()
    said(client, known, data)
    seen = [look(data["bill_number"], f"00000{guess}") for guess in range(7)]
    assert seen == [404] * 5 + [429] * 2
    # Not even the right code says now that it is right.
    assert look(data["bill_number"], "730164") == 429


def test_thirty_guesses_at_once_are_five_tries(client: ApiClient, known: Known) -> None:
    data = fine()
    said(client, known, data)
    start = threading.Barrier(30)

    def guess(code: int) -> int:
        start.wait()
        return look(data["bill_number"], f"{code:06}")

    with ThreadPoolExecutor(30) as pool:
        answers = sorted(pool.map(guess, range(30)))
    assert answers == [404] * 5 + [429] * 25


def test_who_is_right_has_used_up_no_try(client: ApiClient, known: Known) -> None:
    data, source = fine(), new_id()
    said(client, known, data)
    assert {look(data["bill_number"], "730164", source) for _ in range(25)} == {200}
    assert [look(data["bill_number"], "000000", source) for _ in range(6)] == [404] * 5 + [429]


def test_guessing_numbers_is_slowed_for_the_caller(client: ApiClient, known: Known) -> None:
    source, data = new_id(), fine()
    seen = [look(new_number(), "730164", source) for _ in range(21)]
    assert seen == [404] * 20 + [429]
    said(client, known, data)
    assert look(data["bill_number"], "730164", source) == 429
    assert look(data["bill_number"], "730164") == 200
