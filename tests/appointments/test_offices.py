"""The desk's facts of a hall: address, phone, place and counters, which are its timetable's."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue import storage
from chalicelib.catalogue.service import publishing, timetable
from chalicelib.catalogue.storage._records import CurrentRecord
from chalicelib.core import audit, dependencies
from chalicelib.core.auth import Staff
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock

HALL = "hall-330282"
PATH = f"/v1/admin/offices/{HALL}"
ADDRESS = {"zh-CN": "慈溪市北二环路 1 号", "en": "1 North Second Ring Road, Cixi"}
WAYS = {
    "floor": {"zh-CN": "2 楼", "en": "Floor 2"},
    "transit": {"zh-CN": "公交 101 路", "en": "Bus 101"},
    "parking": {"zh-CN": "门前", "en": "In front"},
    "barrier_free": {"zh-CN": "有坡道", "en": "A ramp"},
}
PLACE = {"latitude": 30.18, "longitude": 121.27}


@pytest.fixture(autouse=True)
def as_it_was(client: ApiClient, morning: TestClock) -> Iterator[None]:
    before = storage.current_version() or ""
    yield
    CurrentRecord("CURRENT", "-").update([CurrentRecord.version.set(before)])
    catalogue.forget()


def put(client: ApiClient, body: dict[str, Any]) -> Answer:
    chief = Staff("chief", frozenset({"supervisor"}), frozenset({HALL}))
    token = dependencies.tokens().issue(chief, dependencies.clock().now())
    return client.put(PATH, body, token=token)


def test_a_hall_says_where_it_is_and_whom_to_call(client: ApiClient) -> None:
    shown = put(client, {}).json()
    body = {**shown, "address": ADDRESS, "phone": "0574-63961234", "place": PLACE, "arrival": WAYS}
    changed = put(client, body).json()
    assert (changed["address"], changed["place"], changed["affected"]) == (ADDRESS, PLACE, [])
    assert changed["arrival"] == WAYS
    assert changed["version"] == shown["version"] + 1
    # What is the same is no change; who looked before somebody else's is told.
    assert put(client, body).json()["version"] == changed["version"]
    late = put(client, {"phone": "12345", "version": shown["version"]})
    assert (late.status, late.code) == (409, "stale_version")
    seen = client.get(f"/v1/offices/{HALL}", headers={"accept-language": "en"}).json()
    assert (seen["address"], seen["phone"]) == (ADDRESS["en"], "0574-63961234")
    assert seen["arrival"] == {name: told["en"] for name, told in WAYS.items()}
    assert (seen["latitude"], seen["longitude"]) == (30.18, 121.27)
    history = timetable.history_of(HALL)
    assert history is not None
    assert audit.verify(HALL, history) is None
    # A release that knows another place leaves the desk's.
    _, offices = storage.load(storage.current_version() or "")
    [kept] = publishing._with_timetables(
        [{"id": HALL, "latitude": 1.0}], [one for one in offices if one["id"] == HALL]
    )
    assert (kept["latitude"], kept["phone"]) == (30.18, "0574-63961234")
    assert kept["arrival"] == WAYS


def test_counters_are_those_of_the_timetable(client: ApiClient) -> None:
    before = put(client, {}).json()
    changed = put(client, {"counters": {"identity": 2}}).json()
    assert changed["counters"] == {**before["counters"], "identity": 2}
    assert catalogue.group(HALL, "identity").counters == 2
    assert timetable.history_of(HALL).entries[-1].type == "office.timetable_changed"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"phone": "call us"}, "/phone"),
        ({"address": {"zh-CN": "某处"}}, "/address/en"),
        ({"address": {"zh-CN": "", "en": "x"}}, "/address/zh-CN"),
        ({"arrival": {"floor": ADDRESS}}, "/arrival/transit"),
        ({"arrival": {**WAYS, "parking": {"zh-CN": "门前", "en": ""}}}, "/arrival/parking/en"),
        ({"place": {"latitude": 91.0, "longitude": 0.0}}, "/place/latitude"),
        ({"place": {"latitude": 1.0}}, "/place/longitude"),
        ({"counters": {"identity": 201}}, "/counters/identity"),
        ({"counters": {"nothing": 1}}, "/counters/nothing"),
        ({"hours": []}, "/hours"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(
    client: ApiClient, body: dict[str, Any], pointer: str
) -> None:
    refused = put(client, body)
    assert refused.status == 422
    assert pointer in [one["pointer"] for one in refused.json()["errors"]]
