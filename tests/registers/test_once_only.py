"""Nothing asked twice: measured for two citizens with a year behind them, and reported."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Service, forms
from chalicelib.core import dependencies
from chalicelib.core.clock import office_time
from chalicelib.core.ids import new_id
from tests.cases.world import move
from tests.certificates.world import follow, issued
from tests.load.report import table
from tests.registers.world import known_to_registers, made
from tests.support.cases import lodge, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen, log_in, new_code

# Whether the register of property knows a home of theirs, in which years they may be born, and what
# each lodged in a year, oldest first: a woman who came to the city, works for herself, travels,
# marries and has a child, and the owner of a home who opens a shop, makes a restaurant of it and
# moves, and is old enough for the card that is among these.
PEOPLE: Final[Mapping[str, tuple[bool, tuple[int, int], tuple[str, ...]]]] = {
    "tenant": (
        True,
        (1986, 1998),
        (
            "residence-permit",
            "flexible-employment-insurance",
            "housing-fund-rent-withdrawal",
            "driving-licence-renewal",
            "id-card-renewal",
            "no-criminal-record",
            "passport-issue",
            "hk-macau-permit",
            "marriage-registration",
            "medical-remote-filing",
            "birth-registration",
        ),
    ),
    "shopkeeper": (
        False,
        (1951, 1963),
        (
            "driving-licence-renewal",
            "sole-trader-registration",
            "food-business-licence",
            "flexible-employment-insurance",
            "open-a-restaurant",
            "elder-card",
            "property-transfer",
            "hk-macau-permit",
            "passport-issue",
        ),
    ),
}
_BETWEEN: Final = timedelta(days=30)
_FEW: Final = 4


@dataclass(frozen=True)
class Share:
    """How many of what is asked for had not to be asked."""

    fields: int
    filled: int
    papers: int
    waived: int


def year_of(client: ApiClient, clock: TestClock, kind: str, most: int = 99) -> Citizen:
    (even, years, services), code = PEOPLE[kind], new_code()
    me = known_to_registers(client, even=even, code=code, woman=even, years=years)
    client.patch("/v1/me", {"phone": "13911112222"}, token=me.token)
    for service in services[:most]:
        if catalogue.service(service).certificate_type:
            issued(client, me, service)
        else:
            answer = lodge(client, me, service=service)
            assert answer.status == 201, answer.body
        clock.advance(_BETWEEN.total_seconds())
        me = log_in(client, code)
    return me


def share_of(client: ApiClient, clock: TestClock, who: Citizen, service: Service) -> Share:
    """Measure what prefill knows of one application, once the registers were asked."""
    # The newest look-ups are read, and of one moment none is newer than another.
    clock.advance(2)
    for question in service.questions:
        made(client, who, service.service_id, question.register_id)
    path = f"/v1/services/{service.service_id}/prefill"
    known = client.get(path, token=who.token).json()
    today = office_time(dependencies.clock().now()).date()
    schema = forms.localized_schema(service, "en", today)
    # A declaration is made anew each time: it is no question.
    asked = [n for n in schema["required"] if "const" not in schema["properties"][n]]
    papers = [one.material_id for one in service.materials if one.required]
    given = known["materials"]
    waived = [one for one in papers if one in given and "register_id" not in given[one]]
    filled = [name for name in asked if name in known["form"]]
    return Share(len(asked), len(filled), len(papers), len(waived))


def measure(client: ApiClient, clock: TestClock) -> dict[str, dict[str, Share]]:
    services = catalogue.current().services
    shares: dict[str, dict[str, Share]] = {}
    for kind in PEOPLE:
        me = year_of(client, clock, kind)
        shares[kind] = {id_: share_of(client, clock, me, one) for id_, one in services.items()}
    return shares


def total(shares: list[Share]) -> tuple[float, float]:
    fields, papers = sum(s.fields for s in shares), sum(s.papers for s in shares)
    return sum(s.filled for s in shares) / fields, sum(s.waived for s in shares) / papers


@pytest.mark.parametrize("kind", PEOPLE)
def test_a_year_behind_one_fills_in_the_next(
    client: ApiClient, morning: TestClock, kind: str
) -> None:
    me, services = year_of(client, morning, kind, _FEW), catalogue.current().services
    shares = [share_of(client, morning, me, services[one]) for one in PEOPLE[kind][2][:_FEW]]
    fields, papers = total(shares)
    assert fields >= 0.8, shares
    assert papers >= 0.9, shares


@pytest.mark.slow
def test_report_once_only(client: ApiClient, morning: TestClock) -> None:
    rows: list[list[object]] = []
    for kind, by_service in measure(client, morning).items():
        own = PEOPLE[kind][2]
        parts = {
            "what they applied for": [by_service[one] for one in own],
            "all other services": [s for one, s in by_service.items() if one not in own],
            "all services": list(by_service.values()),
        }
        fields, papers = total(list(by_service.values()))
        assert fields >= 0.6, by_service
        assert papers >= 0.5, by_service
        for name, shares in parts.items():
            fields, papers = total(shares)
            rows.append([kind, name, len(shares), f"{fields:.0%}", f"{papers:.0%}"])
    head = [
        "citizen, a year of cases behind them",
        "of",
        "services",
        "fields filled",
        "papers",
    ]
    table(
        "once-only", "Nothing asked twice: required fields filled in, papers not asked", head, rows
    )


def test_a_report_tells_what_was_not_asked_again(client: ApiClient, morning: TestClock) -> None:
    me, hall = known_to_registers(client), f"hall-{new_id(5)}"
    first = lodge(client, me, service="elder-card").json()["case_id"]
    morning.advance(1)
    second = lodge(client, me, service="elder-card").json()["case_id"]
    for case_id in (first, second):
        move(case_id, hall)
        # An event comes at least once.
        for _ in range(2):
            follow(case_id)
    boss = worker(client, "supervisor", hall)
    span = "from=2027-03-01&to=2027-03-01"
    answer = client.get(f"/v1/admin/reports/once-only?{span}", token=boss)
    [row] = answer.json()["items"]
    assert (row["date"], row["office_id"], row["service_id"]) == ("2027-03-01", hall, "elder-card")
    assert row["cases"] == 2
    assert 0 < row["filled"] < row["asked"]
    assert row["kept"] == row["filled"]
    # The files that tests have were made long before.
    assert (row["papers"], row["waived"], row["share_waived"]) == (4, 4, 1.0)
    assert row["share_filled"] == round(row["filled"] / row["asked"], 3)
    text = client.get(f"/v1/admin/reports/once-only?{span}&format=csv", token=boss).body.decode()
    assert text.splitlines()[0].endswith("share_filled,share_kept,share_waived")
    assert client.get(f"/v1/admin/reports/once-only?{span}", token=worker(client)).status == 403


def test_what_is_gone_is_not_counted(client: ApiClient, morning: TestClock) -> None:
    me, hall = known_to_registers(client), f"hall-{new_id(5)}"
    case_id = lodge(client, me).json()["case_id"]
    move(case_id, hall)
    assert client.post(f"/v1/cases/{case_id}/withdraw", {}, token=me.token).status == 200
    assert client.delete("/v1/me", token=me.token).status == 204
    follow(case_id)
    boss = worker(client, "supervisor", hall)
    assert client.get("/v1/admin/reports/once-only", token=boss).json()["items"] == []
