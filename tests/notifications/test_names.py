"""A notice says which of the family a booking or case is for, and keeps nobody's name."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage as appointments
from chalicelib.core import tables
from chalicelib.notifications import jobs, service, storage
from chalicelib.notifications.domain import Due
from tests.appointments.world import HALL, ask, new_slot, of_family
from tests.notifications.world import Platforms, act, events_of, person, subscribe
from tests.support.cases import lodge, verify
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.meter import metered
from tests.support.people import Citizen

SERVICE = "id-card-renewal"


def read(client: ApiClient, me: Citizen, lang: str = "zh-CN") -> list[Any]:
    headers = {"Accept-Language": lang}
    return list(client.get("/v1/notifications", token=me.token, headers=headers).json()["items"])


def of(client: ApiClient, me: Citizen, *bookings: Any, lang: str = "zh-CN") -> list[Any]:
    """Return a notice of each booking."""
    found = {one["subject_id"]: one for one in read(client, me, lang)}
    return [found[booking["appointment_id"]] for booking in bookings]


def tell(subject: str) -> None:
    for event in events_of(subject):
        service.on_event(event, MONDAY)


def made(client: ApiClient, me: Citizen, **more: str) -> dict[str, Any]:
    answer = ask(client, me, new_slot(hours=30), SERVICE, **more)
    assert answer.status == 201, answer.body
    tell(answer.json()["appointment_id"])
    return dict(answer.json())


@pytest.mark.parametrize("names", [("张小宝", "张小贝"), ("MARIA {0} O'NEIL", "买买提·艾力")])
def test_notices_of_two_of_a_family_differ_by_their_names(
    client: ApiClient, phones: Platforms, morning: TestClock, names: tuple[str, str]
) -> None:
    me, account = person()
    subscribe(client, me.citizen_id, "appointment", 9)
    bookings = [made(client, me, for_member=of_family(client, me, name)) for name in names]
    first, second, own = of(client, me, *bookings, made(client, me))
    assert first["body"].startswith(f"为 {names[0]} 办理：居民身份证换领")
    assert second["body"].startswith(f"为 {names[1]} 办理：居民身份证换领")
    assert own["body"].startswith("居民身份证换领")
    [english] = of(client, me, bookings[1], lang="en")
    assert english["body"].startswith(f"For {names[1]}: ")
    path = f"/v1/notifications/{first['notification_id']}/read"
    assert client.post(path, {}, token=me.token).json()["body"] == first["body"]
    exported = client.get("/v1/me/export", token=me.token).json()["notifications"]["inbox"]
    assert first["body"] in [one["body"] for one in exported]
    # What follows is of the same member; the phone and the table know no name.
    act(client, me, bookings[0], "cancel")
    tell(bookings[0]["appointment_id"])
    assert of(client, me, bookings[0])[0]["body"].startswith(f"为 {names[0]} 办理：")
    dynamodb: Any = tables.client()
    kept = dynamodb.scan(TableName=storage.TABLE.name)["Items"]
    shown = [one.data for one in phones.shown(account)]
    assert shown
    for name in names:
        assert name not in json.dumps([kept, shown], ensure_ascii=False)
    # Whoever is of the family no more is named no more.
    member = bookings[0]["for_member"]
    assert client.delete(f"/v1/me/family/{member}", token=me.token).status == 204
    assert of(client, me, bookings[0])[0]["body"].startswith("居民身份证换领")


def test_reminders_and_cases_say_whom_they_are_for(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, _ = person()
    verify(client, me)
    member = of_family(client, me, "张小宝")
    booking = made(client, me, for_member=member)
    found = appointments.load(booking["appointment_id"])
    assert found
    two_hours = found.start - timedelta(hours=2)
    due = Due(me.citizen_id, found.appointment_id, "reminder_two_hours", two_hours)
    assert jobs._tell(due, two_hours)
    case = lodge(client, me, for_member=member, office_id=HALL)
    assert case.status == 201, case.body
    tell(case.json()["case_id"])
    bodies = {one["event"]: one["body"] for one in read(client, me)}
    assert {"case.submitted", "appointment.booked", "appointment.reminder_two_hours"} == set(bodies)
    assert all(body.startswith("为 张小宝 办理：") for body in bodies.values())


def test_names_cost_one_round_trip_and_only_where_there_are_any(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, _ = person()
    made(client, me)
    with metered() as plain:
        read(client, me)
    for name in ("张小宝", "张小贝", "张小满"):
        made(client, me, for_member=of_family(client, me, name))
    with metered() as named:
        assert len(read(client, me)) == 4
    assert (plain.trips, named.trips) == (1, 2)
