"""A step that waits for the fee: by the service's rule, and told apart from all other refusals."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.cases import service, storage
from chalicelib.cases.domain import PaymentStatus
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.api.guide_views import guide_view
from chalicelib.catalogue.domain import FEE_STEPS, FeeStep, parse_service
from chalicelib.core import history
from chalicelib.core.http_messages import Amount
from chalicelib.core.money import Money
from tests.cases.world import department_worker, take_part
from tests.support.cases import lodge, pay_fee, second_person, take, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen

WAY = ("accept", "review", "approve", "issue", "complete")
ADDRESS = {
    "name": "林晓",
    "phone": "13800138000",
    "division_code": "330203",
    "detail": "解放南路 1 号",
}
PAYABLE = ["id-card-renewal", "passport-issue", "driving-licence-renewal"]


@pytest.fixture
def people(client: ApiClient, morning: TestClock) -> tuple[Citizen, str]:
    return verified(client), worker(client)


def told(case_id: str, status: PaymentStatus) -> None:
    """Let a case learn what its payments come to, by an event that was not noted before."""
    case = storage.load(case_id)
    assert case
    service.note_payment(case_id, f"{case_id}pay.{case.version}", MONDAY, lambda: status)


@pytest.mark.parametrize("name", PAYABLE)
def test_an_unpaid_case_is_not_issued(
    client: ApiClient, people: tuple[Citizen, str], name: str
) -> None:
    me, desk = people
    made = lodge(client, me, service=name).json()
    case_id = made["case_id"]
    walk(client, desk, case_id, "accept", "review", "approve")
    before = storage.load(case_id)
    answer = take(client, desk, case_id, "issue")
    assert (answer.status, answer.code) == (409, "fee_unpaid")
    assert (answer.json()["current"], answer.json()["payment_status"]) == ("approved", "unpaid")
    assert storage.load(case_id) == before, "a refusal for money is no fault of staff: no alert"
    pay_fee(case_id)
    walk(client, desk, case_id, "issue", "complete")
    case = storage.load(case_id)
    assert case
    assert history.check(case_id, storage.load_entries(case_id), case.head) is None


@pytest.mark.parametrize(
    ("statuses", "issued"),
    [
        (["pending"], False),
        (["pending", "paid"], True),
        (["paid", "partly_refunded"], True),
        (["paid", "refunded"], False),
        (["paid", "refunded", "paid"], True),
        (["unpaid"], False),
    ],
    ids=str,
)
def test_what_counts_is_whether_the_office_has_the_fee(
    client: ApiClient,
    people: tuple[Citizen, str],
    statuses: list[PaymentStatus],
    issued: bool,
) -> None:
    me, desk = people
    case_id = lodge(client, me, service="passport-issue").json()["case_id"]
    walk(client, desk, case_id, "accept", "review", "approve")
    for status in statuses:
        told(case_id, status)
    answer = take(client, desk, case_id, "issue")
    code = answer.json().get("code")
    assert (answer.status, code) == ((200, None) if issued else (409, "fee_unpaid"))


@pytest.mark.parametrize("name", ["no-criminal-record", "elder-card"])
def test_without_a_fee_nothing_waits(
    client: ApiClient, people: tuple[Citizen, str], name: str
) -> None:
    me, desk = people
    case_id = lodge(client, me, service=name).json()["case_id"]
    walk(client, desk, case_id, *WAY)


def test_nothing_waits_for_a_fee_that_is_taken_at_the_booking(
    client: ApiClient, people: tuple[Citizen, str]
) -> None:
    me, desk = people
    case_id = lodge(client, me, service="property-transfer").json()["case_id"]
    walk(client, desk, case_id, "accept")
    for part, department in (("deed-tax", "taxation"), ("registration", "natural-resources")):
        token = department_worker(department)
        assert take_part(client, token, case_id, part, "approve").status == 200
    walk(client, desk, case_id, "issue", "complete")


@pytest.mark.parametrize("step", FEE_STEPS)
def test_a_service_says_which_step_waits(
    client: ApiClient,
    people: tuple[Citizen, str],
    step: FeeStep,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    me, desk = people
    known = catalogue.current()
    ruled = replace(known.services["passport-issue"], fee_before=step)
    changed = replace(known, services={**known.services, "passport-issue": ruled})
    case_id = lodge(client, me, service="passport-issue").json()["case_id"]
    monkeypatch.setattr(catalogue, "current", lambda: changed)
    at = WAY.index(step)
    walk(client, desk, case_id, *WAY[:at])
    by = second_person(case_id) if step == "approve" else desk
    assert take(client, by, case_id, step).code == "fee_unpaid"
    pay_fee(case_id)
    walk(client, desk, case_id, *WAY[at:])


@pytest.mark.parametrize(
    ("wish", "fee", "line"),
    [
        ({}, 0, None),
        ({"handover": "visit"}, 0, None),
        ({"handover": "courier", "pickup_address": ADDRESS}, 1500, 1500),
        ({"delivery": ADDRESS}, 1500, 1500),
        ({"delivery": ADDRESS, "handover": "courier", "pickup_address": ADDRESS}, 1500, 1500),
    ],
)
def test_a_service_says_who_pays_the_courier(
    client: ApiClient,
    people: tuple[Citizen, str],
    wish: dict[str, Any],
    fee: int,
    line: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    me, _ = people
    known = catalogue.current()
    plain = known.services["residence-permit"]
    ruled = replace(plain, fee=replace(plain.fee, courier=Money(1500)))
    services = {**known.services, "residence-permit": ruled}
    city_pays = lodge(client, me, service="residence-permit", **wish).json()
    assert (city_pays["fee"], city_pays["courier_fee"]) == (None, None)
    monkeypatch.setattr(catalogue, "service", services.__getitem__)
    guide = guide_view(ruled, "zh-CN", MONDAY.date())
    assert guide.courier_fee == Amount(cents=1500, currency="cny")
    made = lodge(client, me, service="residence-permit", **wish).json()
    shown = client.get(f"/v1/cases/{made['case_id']}", token=me.token).json()
    assert (shown["fee"] or {"cents": 0})["cents"] == fee
    assert (shown["courier_fee"] or {"cents": None})["cents"] == line
    assert shown["payment_status"] == ("unpaid" if fee else "none")


def test_who_may_not_or_is_out_of_order_hears_of_that_first(
    client: ApiClient, people: tuple[Citizen, str]
) -> None:
    me, desk = people
    case_id = lodge(client, me, service="passport-issue").json()["case_id"]
    assert take(client, desk, case_id, "issue").code == "wrong_status"
    assert take(client, worker(client, "auditor"), case_id, "issue").status == 403


def test_the_guide_tells_which_step_waits(client: ApiClient) -> None:
    def said(name: str) -> Any:
        return client.get(f"/v1/services/{name}").json()["fee_before"]

    assert [said(name) for name in PAYABLE] == ["issue"] * 3
    assert said("property-transfer") is None


@pytest.mark.parametrize("wrong", ["complete", "claim", "pay", "", 1])
def test_a_rule_that_no_step_keeps_is_no_catalogue(wrong: Any) -> None:
    data = {
        "id": "x", "name": {"zh-CN": "x", "en": "x"}, "category": "identity",
        "department": {"id": "public-security", "name": {"zh-CN": "公安", "en": "Police"}},
        "promised_working_days": 1, "trips": 0, "online_depth": 4, "deliverable": False,
        "materials": [],
    }  # fmt: skip
    assert parse_service(data).fee_before == "issue"
    assert parse_service({**data, "fee_before": "accept"}).fee_before == "accept"
    with pytest.raises(ValueError, match="x: no step"):
        parse_service({**data, "fee_before": wrong})
