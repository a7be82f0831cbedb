"""Whom bills are told to: whose they are, once, whatever comes late; and what is news of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core.events import Event, of_entry
from chalicelib.notifications import service
from chalicelib.notifications.service import bills as bill_facts
from chalicelib.payments.bills.service import bills
from tests.mandates.world import credit_code, register
from tests.mandates.world import person as known_person
from tests.payments.bills.world import Known, fine, new_number, payer, person, said
from tests.support.client import ApiClient
from tests.support.people import Citizen, id_number


def events_of(number: str) -> list[Event]:
    return [of_entry(entry) for entry in bills.load_entries(bills.id_of(number))]


def tell(*events: Event) -> None:
    for one in events:
        service.on_event(one, datetime.now(UTC))


def read(client: ApiClient, me: Citizen, lang: str = "zh-CN") -> list[Any]:
    headers = {"Accept-Language": lang}
    return list(client.get("/v1/notifications", token=me.token, headers=headers).json()["items"])


def test_a_bill_is_told_to_whose_it_is_once_in_any_order(client: ApiClient, known: Known) -> None:
    mother, other = person(client), person(client)
    number = new_number()
    bill = said(client, known, {**fine(number), **payer(mother)})
    [made] = events_of(number)
    tell(made, made)
    [notice] = read(client, mother.citizen)
    assert (notice["title"], notice["subject_id"]) == ("您有一笔待缴费用", bill.bill_id)
    assert notice["body"].startswith("罚款：应缴¥200.00，请于2026年12月20日前缴纳。")
    [english] = read(client, mother.citizen, "en")
    assert english["body"].startswith("Fine: ¥200.00, due on 20 Dec 2026.")
    changed = {**fine(number, 2, items=[{"name": "罚款", "cents": 10000}]), **payer(mother)}
    said(client, known, changed, "changed")
    said(client, known, {**changed, "sequence": 3}, "cancelled")
    assert not service.arrived(events_of(number)[-1])
    tell(*reversed(events_of(number)))
    assert service.arrived(events_of(number)[-1])
    told = {one["event"] for one in read(client, mother.citizen)}
    assert told == {"bill.created", "bill.changed", "bill.cancelled"}
    assert len(read(client, mother.citizen)) == 3
    assert read(client, other.citizen) == []
    assert not any("机动车" in str(one) or "王小明" in str(one) for one in [notice, english])


def test_only_what_still_is_so_is_news(client: ApiClient, known: Known) -> None:
    number, mother = new_number(), person(client)
    said(client, known, {**fine(number), **payer(mother)})
    [made] = events_of(number)
    assert bill_facts.facts_of(made, "x")[1]
    said(client, known, {**fine(number, 2), **payer(mother)}, "cancelled")
    cancelled = events_of(number)[-1]
    assert not bill_facts.facts_of(made, "x")[1]
    assert bill_facts.facts_of(cancelled, "x")[1]


@pytest.mark.parametrize("whose", ["nobody's", "of who has no account", "of no such company"])
def test_a_bill_of_nobody_here_is_told_to_nobody(
    client: ApiClient, known: Known, whose: str
) -> None:
    named: dict[str, Any] = {
        "nobody's": {},
        "of who has no account": {"payer": {"name": "李四", "id_number": id_number()}},
        "of no such company": {"payer": {"credit_code": credit_code()}},
    }[whose]
    number = new_number()
    said(client, known, {**fine(number), **named})
    [made] = events_of(number)
    tell(made)
    assert service.arrived(made)


def test_an_organisations_bill_is_told_to_its_managers(client: ApiClient, known: Known) -> None:
    boss = known_person(client)
    body = {"credit_code": register(client, boss), "name": "公司"}
    assert client.post("/v1/me/organisations", body, token=boss.token).status == 201
    number = new_number()
    named = {"payer": {"credit_code": body["credit_code"]}}
    said(client, known, {**fine(number, kind="fee"), **named})
    tell(*events_of(number))
    [notice] = [one for one in read(client, boss) if one["event"] == "bill.created"]
    assert "行政事业性收费：应缴¥200.00" in notice["body"]


def test_what_no_bill_is_is_told_to_nobody() -> None:
    lost = Event("x" * 24, 1, "bill.created", "2026-12-01T00:00:00Z", "issuer:x", {})
    assert bill_facts.payer_of(lost) is None
    assert bill_facts.facts_of(lost, "x") == ({}, False)
