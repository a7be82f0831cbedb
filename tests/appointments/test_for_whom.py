"""Two children of one mother, told apart by who books, by the calendar, and at the desk."""

import icalendar

from tests.appointments.world import HALLS, ask, clerk, of_family, slot_at
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import log_in

NAMES = ("张小宝", "张小贝")


def test_two_children_are_told_apart_by_mother_calendar_and_desk(
    client: ApiClient, morning: TestClock
) -> None:
    mother, slot = log_in(client), slot_at(HALLS[0], 1170)
    booked = {}
    for name in NAMES:
        member = of_family(client, mother, name)
        answer = ask(client, mother, slot, "id-card-renewal", for_member=member)
        assert (answer.status, answer.json()["for_name"]) == (201, name)
        booked[answer.json()["appointment_id"]] = name
    desk = clerk(client, HALLS[0])
    for appointment_id, name in booked.items():
        path = f"/v1/appointments/{appointment_id}"
        text = client.get(f"{path}/calendar.ics", token=mother.token).body.decode()
        [event] = icalendar.Calendar.from_ical(text).walk("VEVENT")
        assert str(event["SUMMARY"]).endswith(f"({name})")
        cancelled = client.post(f"{path}/cancel", {}, token=mother.token).json()
        assert cancelled["for_name"] == name
        shown = client.get(f"/v1/admin/appointments/{appointment_id}", token=desk).json()
        assert shown["name"] == name
    day = slot.split(".")[2][:8]
    board = (
        f"/v1/admin/offices/{HALLS[0]}/appointments?date={day[:4]}-{day[4:6]}-{day[6:]}&limit=100"
    )
    found = client.get(f"{board}&query=张小", token=desk).json()["items"]
    assert {one["appointment_id"]: one["name"] for one in found} == booked
