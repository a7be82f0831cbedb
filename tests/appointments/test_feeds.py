"""A hall's calendar feed: numbers alone, for who has a token that is still good."""

from datetime import timedelta
from typing import Any

import icalendar

from chalicelib.core import tables
from chalicelib.core.ids import new_id
from chalicelib.identity.staff import service as staff
from tests.appointments.world import Hall
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered


def tokens_of(hall: Hall) -> str:
    return f"/v1/admin/offices/{hall.office}/calendar-tokens"


def feed(client: ApiClient, hall: Hall, token: str, office: str = "") -> Answer:
    path = f"/v1/admin/offices/{office or hall.office}/calendar.ics?token={token}"
    return client.get(path, headers={"accept": "*/*", "accept-language": "en"})


def test_a_halls_day_is_shown_in_numbers(client: ApiClient, clock: TestClock) -> None:
    hall = Hall(client, clock)
    for minutes in (0, 30):
        hall.booked(minutes)
    key = {"Idempotency-Key": new_id()}
    made, again = (client.post(tokens_of(hall), {}, token=hall.token, headers=key) for _ in "12")
    assert (made.status, again.status, again.json()) == (201, 201, made.json())
    assert again.headers["idempotency-replayed"] == "true"
    token = made.json()["token"]
    assert made.json()["url"].endswith(f"/calendar.ics?token={token}")
    database: Any = tables.client()
    kept = database.query(
        TableName="onetrip-appointments",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"F#{hall.office}"}},
    )
    assert token not in str(kept["Items"])
    with metered() as cost:
        answer = feed(client, hall, token)
    # The token, its owner, and all counters' slots at once.
    assert (cost.trips <= 3, cost.wcu) == (True, 0), cost.calls
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    events: list[Any] = icalendar.Calendar.from_ical(answer.body.decode()).walk("VEVENT")
    today = [one for one in events if one["DTSTART"].dt.date() == hall.morning.date()]
    assert [(one["DTSTART"].dt, str(one["SUMMARY"])) for one in today] == [
        (hall.morning, "Identity: 1 of 30"),
        (hall.morning + timedelta(minutes=30), "Identity: 1 of 30"),
    ]
    assert len({str(one["UID"]) for one in events}) == len(events)


def test_a_token_opens_one_hall_until_it_or_its_owner_goes(
    client: ApiClient, clock: TestClock
) -> None:
    hall = Hall(client, clock)
    first, second = (client.post(tokens_of(hall), {}, token=hall.token).json() for _ in "12")
    listed = client.get(tokens_of(hall), token=hall.token).json()["items"]
    assert {one["token_id"] for one in listed} == {first["token_id"], second["token_id"]}
    assert {one["staff_id"] for one in listed} == {hall.name}
    empty = feed(client, hall, first["token"])
    assert empty.status == 200
    components = icalendar.Calendar.from_ical(empty.body.decode()).subcomponents
    assert [one.name for one in components] == ["VTIMEZONE"]
    wrong = first["token"][:-1] + ("A" if first["token"][-1] != "A" else "B")
    for token in (
        wrong,
        first["token_id"],
        "",
        "x" * 100,
        "%F0%9F%94%91",
        second["token_id"] + ".",
    ):
        assert feed(client, hall, token).status == 404
    assert feed(client, hall, first["token"], "hall-330203").status == 404
    assert feed(client, hall, first["token"], "no-such").status == 404
    path = f"{tokens_of(hall)}/{first['token_id']}"
    other = Hall(client, clock)
    assert client.delete(path, token=other.token).status == 404
    hall.wait_until(0)
    for _ in range(2):
        assert client.delete(path, token=hall.token).status == 204
    assert feed(client, hall, first["token"]).status == 404
    assert feed(client, hall, second["token"]).status == 200
    assert len(client.get(tokens_of(hall), token=hall.token).json()["items"]) == 1
    staff.remove_staff(hall.name)
    assert feed(client, hall, second["token"]).status == 404
