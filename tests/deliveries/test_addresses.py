"""An address is right or wrong by one rule, with an application or for a parcel."""

import pytest

from tests.deliveries.world import ADDRESS
from tests.support.cases import lodge, verified
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen

SERVICE = "driving-licence-renewal"


@pytest.fixture(scope="module")
def me(engine: object) -> Citizen:
    return verified(ApiClient())


def asked(client: ApiClient, me: Citizen, address: dict[str, str]) -> dict[str, Answer]:
    """Give an address in each place; the answers come with where it stands there."""
    parcel = {"case_id": "none", "direction": "to_citizen", "address": address}
    return {
        "/delivery": lodge(client, me, service=SERVICE, delivery=address),
        "/address": client.post("/v1/deliveries", parcel, token=me.token),
        "": client.patch("/v1/deliveries/none/address", address, token=me.token),
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " \u3000"),
        ("name", "王\x1b[2J"),
        ("phone", ""),
        ("phone", "none"),
        ("phone", "123456"),
        ("phone", "1" * 21),
        ("division_code", "3302"),
        ("division_code", "000000"),
        ("division_code", "3302030"),
        ("division_code", "33020300100"),
        ("division_code", "3302030010011"),
        ("detail", "\u200b"),
        ("detail", "路" * 201),
    ],
)
def test_a_wrong_address_is_refused_everywhere(
    client: ApiClient, me: Citizen, field: str, value: str
) -> None:
    for place, answer in asked(client, me, {**ADDRESS, field: value}).items():
        assert (answer.status, answer.code) == (422, "invalid_request"), answer.body
        assert [one["pointer"] for one in answer.json()["errors"]] == [f"{place}/{field}"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "0574-8765 4321"),
        ("phone", "+852 9123 4567"),
        ("division_code", "330203"),
        ("division_code", "330203001001"),
        ("division_code", "３３０２０３００１００１"),
    ],
)
def test_a_right_address_is_taken_everywhere(
    client: ApiClient, me: Citizen, field: str, value: str
) -> None:
    answers = asked(client, me, {**ADDRESS, field: value})
    assert answers["/delivery"].status == 201, answers["/delivery"].body
    assert {answers[place].status for place in ("/address", "")} == {404}
