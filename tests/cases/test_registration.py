"""What staff are told of the business that a case names, and that nobody is refused by it."""

from collections.abc import Iterator

import pytest

from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.mandates import providers
from chalicelib.mandates.providers.embedded import EmbeddedBusinessRegister
from tests.mandates.world import credit_code, person, register
from tests.support.cases import form_of, have_papers, lodge, worker
from tests.support.client import ApiClient
from tests.support.people import Citizen

SERVICE = "food-business-licence"


@pytest.fixture
def boss(client: ApiClient) -> Iterator[Citizen]:
    boss = person(client, name="陈老板")
    have_papers(boss)
    yield boss
    EmbeddedBusinessRegister.known.clear()


def look(client: ApiClient, who: Citizen, code: str) -> dict[str, str | None] | None:
    form = {**form_of(SERVICE), "credit_code": code}
    lodged = lodge(client, who, service=SERVICE, form=form)
    assert lodged.status == 201, lodged.body
    path = f"/v1/admin/cases/{lodged.json()['case_id']}"
    seen: dict[str, str | None] | None = client.get(path, token=worker(client)).json()[
        "registration"
    ]
    return seen


def test_staff_see_whether_the_applicant_represents_the_business(
    client: ApiClient, boss: Citizen
) -> None:
    own, others, unknown = register(client, boss), credit_code(), credit_code()
    register(client, person(client, name="别人"), others)
    for code, outcome in ((own, "confirmed"), (others, "denied"), (unknown, "not_found")):
        seen = look(client, boss, code)
        assert seen
        assert (seen["credit_code"], seen["outcome"]) == (code, outcome)
        assert seen["name"] == (None if code == unknown else "宁波小满公司")


def test_a_register_that_is_away_is_told_and_keeps_nobody_waiting(
    client: ApiClient, boss: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def ask(self, _asked: object) -> None:
            raise ProviderUnavailable(retry_after=5)

    monkeypatch.setattr(providers, "business_register", Away)
    seen = look(client, boss, credit_code())
    assert seen
    assert (seen["outcome"], seen["name"]) == ("unavailable", None)


def test_a_case_without_a_business_asks_nobody(client: ApiClient, boss: Citizen) -> None:
    lodged = lodge(client, boss).json()
    seen = client.get(f"/v1/admin/cases/{lodged['case_id']}", token=worker(client)).json()
    assert seen["registration"] is None
    assert client.delete("/v1/me", token=boss.token).status in (204, 409)
