import threading
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
import zxingcpp
from PIL import Image

from chalicelib.appointments import storage
from chalicelib.appointments.domain.booking_limits import (
    BookingSuspended,
    Guard,
    check_suspension,
)
from chalicelib.appointments.domain.slots import (
    Seat,
    Slot,
    TakenSeat,
    parse_slot_id,
)
from chalicelib.appointments.jobs import release
from chalicelib.appointments.occupancy import service as loads
from chalicelib.appointments.occupancy import storage as kept_loads
from chalicelib.appointments.service import reservations
from chalicelib.appointments.service import seats as seat_memory
from chalicelib.appointments.storage._records import SlotRecord
from chalicelib.catalogue import service as catalogue
from chalicelib.core.ids import new_id
from tests.appointments.world import (
    HALL,
    at_once,
    book,
    clerk,
    new_slot,
    remember_for_ever,
    seats,
)
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Outage, every_second_call_fails, outage
from tests.support.meter import metered
from tests.support.people import Citizen, id_number, log_in, new_code


def test_a_booking_is_made_shown_and_replayed(client: ApiClient, morning: TestClock) -> None:
    me, slot = log_in(client), new_slot()
    first = book(client, me, slot, "my-first-key")
    assert first.status == 201, first.body
    made = first.json()
    assert made["status"] == "booked"
    assert made["documents"][0]["material_id"] == "old-id-card"
    assert first.headers["location"] == f"/v1/appointments/{made['appointment_id']}"
    again = book(client, me, slot, "my-first-key")
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json() == made
    other = book(client, me, new_slot(), "my-first-key")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert client.get(first.headers["location"], token=me.token).json() == made
    listed = client.get("/v1/appointments", token=me.token).json()["items"]
    assert listed == [made]
    assert client.get(first.headers["location"], token=log_in(client).token).status == 404


def test_a_retry_is_replayed_though_the_slot_was_seen_to_be_full_before(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_for_ever(monkeypatch)
    slot, me = new_slot(1), log_in(client)
    other = log_in(client)
    path = book(client, other, slot).headers["location"]
    assert book(client, log_in(client), slot).code == "slot_full"
    seen = dict(seat_memory._seen._values)
    assert client.post(f"{path}/cancel", {}, token=other.token).status == 200
    made = book(client, me, slot, "whose-answer-was-lost")
    # Who looked before the seat was free remembers it after it was taken.
    for day, known in seen.items():
        seat_memory._seen.put(day, known)
    again = book(client, me, slot, "whose-answer-was-lost")
    assert (again.status, again.json()) == (201, made.json())
    with metered() as cost:
        assert book(client, log_in(client), slot).code == "slot_full"
    assert "Query" not in cost.calls


def test_twenty_calls_with_one_key_make_one_booking(client: ApiClient, morning: TestClock) -> None:
    me, slot, answers = log_in(client), new_slot(20), []
    at_once(20, lambda _: answers.append(book(client, me, slot, "the-same-key")))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json()["appointment_id"] for answer in answers}) == 1
    assert len(seats(slot)) == 1


def crowd(client: ApiClient, slot: str, count: int) -> list[Answer]:
    people = [log_in(client) for _ in range(count)]
    answers: list[Answer] = []
    at_once(count, lambda number: answers.append(book(client, people[number], slot)))
    return answers


def test_of_200_at_once_exactly_20_get_a_seat(client: ApiClient, morning: TestClock) -> None:
    slot = new_slot(20)
    answers = crowd(client, slot, 200)
    assert sorted(a.status for a in answers) == [201] * 20 + [409] * 180
    assert {a.code for a in answers if a.status == 409} == {"slot_full"}
    assert seats(slot) == {a.json()["appointment_id"] for a in answers if a.status == 201}


def test_without_the_guard_the_crowd_would_be_oversold(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot, arrived = new_slot(5), threading.Barrier(12)

    def take_unguarded(seat: Seat, now: datetime) -> TakenSeat:
        assert len(seats(slot)) < 5
        arrived.wait(30)
        record = SlotRecord(f"S#{HALL}#identity", f"{slot[-12:]}#00")
        record.update([SlotRecord.seats.add({seat.seat_id})])
        return TakenSeat(seat, fresh=True)

    monkeypatch.setattr(storage, "take_seat", take_unguarded)
    answers = crowd(client, slot, 12)
    assert sum(a.status == 201 for a in answers) > 5


def test_the_guard_counts_the_person(client: ApiClient, morning: TestClock) -> None:
    me, other, number = log_in(client), log_in(client), id_number()
    assert book(client, me, new_slot()).status == 201
    assert book(client, me, new_slot()).code == "already_booked"
    for citizen in (me, other):
        body = {"name": "张三", "id_number": number}
        verified = client.put("/v1/me/identity", body, token=citizen.token)
        # The second account of the person stays as it is, and joins nothing.
        if citizen is other:
            assert (verified.status, verified.code) == (409, "person_known")
            assert book(client, other, new_slot()).status == 201
            continue
        assert verified.status == 200
        refreshed = client.post("/v1/login/refresh", {"refresh_token": citizen.refresh_token})
        renewed = Citizen(citizen.citizen_id, refreshed.json()["access_token"], "")
        assert book(client, renewed, new_slot()).code == "already_booked"
        assert book(client, citizen, new_slot()).code == "already_booked"


def test_five_may_be_open(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    wanted = [
        ("id-card-renewal", "identity"),
        ("id-card-replacement", "identity"),
        ("residence-permit", "identity"),
        ("marriage-registration", "family"),
        ("driving-licence-renewal", "transport"),
        ("elder-card", "social-security"),
    ]
    answers = [book(client, me, new_slot(category=c), service=s) for s, c in wanted]
    assert [a.status for a in answers] == [201] * 5 + [409]
    assert answers[-1].code == "too_many_active"


def test_a_cancelled_seat_is_free_at_once(client: ApiClient, morning: TestClock) -> None:
    me, other, slot = log_in(client), log_in(client), new_slot(1)
    made = book(client, me, slot, "cancelled-key").json()
    full = book(client, other, slot)
    assert full.code == "slot_full"
    assert isinstance(full.json()["alternatives"], list)
    path = f"/v1/appointments/{made['appointment_id']}/cancel"
    first, second = (client.post(path, {}, token=me.token) for _ in range(2))
    assert first.json()["status"] == second.json()["status"] == "cancelled"
    assert book(client, other, slot).status == 201
    replay = book(client, me, slot, "cancelled-key")
    assert (replay.status, replay.json()["status"]) == (201, "cancelled")
    assert len(seats(slot)) == 1


@pytest.mark.parametrize("known", [False, True])
def test_who_was_refused_takes_no_seat_in_vain_again(
    client: ApiClient, morning: TestClock, *, known: bool
) -> None:
    me, slot, other = log_in(client), new_slot(4), new_slot(4)
    if known:
        # The token says nothing yet of who it is.
        person = {"name": "李一", "id_number": id_number()}
        assert client.put("/v1/me/identity", person, token=me.token).status == 200
    made = book(client, me, slot).json()["appointment_id"]
    assert book(client, me, other).code == "already_booked"
    with metered() as cost:
        answers = [book(client, me, other) for _ in range(3)]
    assert cost.wcu == 0
    child = {"name": "李一一", "id_number": id_number(), "relation": "child"}
    members = ["self", client.post("/v1/me/family", child, token=me.token).json()["member_id"]]
    assert {one.code for one in answers} == {"already_booked"}
    assert all(one.json()["appointment_id"] == made for one in answers)
    before = seats(other)
    body = {"service_id": "id-card-renewal", "office_id": HALL, "slot_id": other}
    group = {**body, "for_members": members}
    assert client.post("/v1/appointments", group, token=me.token).code == "already_booked"
    assert seats(other) == before == set()
    assert client.post(f"/v1/appointments/{made}/cancel", {}, token=me.token).status == 200
    assert book(client, me, other).status == 201


def test_a_booking_for_who_left_the_family_is_replayed(
    client: ApiClient, morning: TestClock
) -> None:
    me, slot = log_in(client), new_slot(1)
    child = {"name": "李一一", "id_number": id_number(), "relation": "child"}
    member = client.post("/v1/me/family", child, token=me.token).json()["member_id"]
    made = book(client, me, slot, "for-my-child", for_member=member).json()["appointment_id"]
    assert client.post(f"/v1/appointments/{made}/cancel", {}, token=me.token).status == 200
    gone = client.send("DELETE", f"/v1/me/family/{member}", token=me.token)
    assert gone.status == 204, gone.body
    again = book(client, me, slot, "for-my-child", for_member=member)
    assert (again.status, again.headers.get("idempotency-replayed")) == (201, "true")
    assert (again.json()["appointment_id"], again.json()["status"]) == (made, "cancelled")
    assert book(client, me, slot, for_member=member).status == 422


def test_moving_takes_the_new_seat_first(client: ApiClient, morning: TestClock) -> None:
    me, other = log_in(client), log_in(client)
    old, full, new = new_slot(1), new_slot(1), new_slot(1)
    made = book(client, me, old).json()
    book(client, other, full)
    path = f"/v1/appointments/{made['appointment_id']}"
    refused = client.post(f"{path}/reschedule", {"slot_id": full}, token=me.token)
    assert refused.code == "slot_full"
    assert client.get(path, token=me.token).json()["slot_id"] == old
    headers = {"Idempotency-Key": "move-me-1"}
    moved = [
        client.post(f"{path}/reschedule", {"slot_id": new}, token=me.token, headers=headers)
        for _ in range(2)
    ]
    assert [m.json()["slot_id"] for m in moved] == [new, new]
    assert moved[1].headers["idempotency-replayed"] == "true"
    assert (len(seats(old)), len(seats(new))) == (0, 1)


def test_it_is_too_late_an_hour_before(client: ApiClient, morning: TestClock) -> None:
    me, slot = log_in(client), new_slot()
    made = book(client, me, slot).json()
    morning.set(datetime.fromisoformat(made["start"]) - timedelta(minutes=30))
    path = f"/v1/appointments/{made['appointment_id']}"
    token = log_in(client).token
    assert client.post(f"{path}/cancel", {}, token=token).status == 404
    assert book(client, log_in(client), slot).status == 201
    morning.set(datetime.fromisoformat(made["start"]) + timedelta(minutes=1))
    assert book(client, log_in(client), slot).code == "slot_closed"


@pytest.mark.parametrize(
    "change",
    [
        {"service_id": "none"},
        {"service_id": "no-criminal-record"},
        {"office_id": "hall-0"},
        {"slot_id": "x"},
        {"slot_id": f"{HALL}.identity.202702300900"},
        {"slot_id": f"{HALL}.transport.202703010900"},
        {"slot_id": f"{HALL}.identity.203003010901"},
        {"for_member": "nobody"},
        {"slot_id": 5},
        {"unknown": 1},
    ],
)
def test_bad_input_names_the_field(
    client: ApiClient, morning: TestClock, change: dict[str, object]
) -> None:
    body = {"service_id": "id-card-renewal", "office_id": HALL, "slot_id": new_slot(), **change}
    answer = client.post("/v1/appointments", body, token=log_in(client).token)
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(change))}"


def test_a_pass_is_readable_at_200_pixels_and_checks_in(
    client: ApiClient, morning: TestClock
) -> None:
    me, desk, slot = log_in(client), clerk(client), new_slot()
    made = book(client, me, slot).json()
    path = f"/v1/appointments/{made['appointment_id']}/pass"
    text = client.get(path, token=me.token).json()["pass"]
    png = client.get(path, token=me.token, headers={"accept": "image/png"})
    import io

    image = Image.open(io.BytesIO(png.body)).convert("L").resize((200, 200))
    seen = zxingcpp.read_barcode(image)
    assert seen
    assert seen.text == text
    any_image = client.get(path, token=me.token, headers={"accept": "image/webp,image/*"})
    assert any_image.body == png.body
    svg = client.get(path, token=me.token, headers={"accept": "image/svg+xml"})
    assert svg.body.startswith(b"<?xml")

    def scan(given: str, token: str = desk) -> tuple[str, str | None]:
        answer = client.post("/v1/admin/checkins", {"pass": given}, token=token).json()
        return answer["result"], answer["reason"]

    start = datetime.fromisoformat(made["start"])
    morning.set(start - timedelta(days=1))
    assert scan(text, clerk(client)) == ("refused", "wrong_day")
    morning.set(start - timedelta(minutes=90))
    desk = clerk(client)
    assert scan(text, desk) == ("refused", "too_early")
    morning.set(start - timedelta(minutes=10))
    desk = clerk(client)
    assert scan(text[:-3] + "AAA", desk) == ("refused", "invalid")
    assert scan("x", desk) == ("refused", "invalid")
    # Its last letter has bits that say nothing.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    twin = letters[letters.index(text[-1]) ^ 1]
    assert scan(text[:-1] + twin, desk) == ("refused", "invalid")
    assert scan(text + "=", desk) == ("refused", "invalid")
    assert scan(text, clerk(client, "hall-330100")) == ("refused", "wrong_office")
    assert scan(text, desk) == ("ok", None)
    assert scan(text, desk) == ("refused", "already_checked_in")
    board = client.get(
        f"/v1/admin/offices/{HALL}/appointments?date={made['start'][:10]}&status=checked_in",
        token=desk,
    ).json()["items"]
    assert made["appointment_id"] in [item["appointment_id"] for item in board]


def test_one_pass_lets_one_in(client: ApiClient, morning: TestClock) -> None:
    made = book(client, log_in(client), new_slot()).json()
    morning.set(datetime.fromisoformat(made["start"]))
    desk, results = clerk(client), []

    def check_in(_: int) -> None:
        body = {"appointment_id": made["appointment_id"]}
        results.append(client.post("/v1/admin/checkins", body, token=desk).json()["result"])

    with every_second_call_fails():
        at_once(8, check_in)
    assert sorted(results) == ["ok"] + ["refused"] * 7


def test_tickets_of_a_day_are_all_different(client: ApiClient, morning: TestClock) -> None:
    slot = new_slot(10, hours=0 + 2)
    made = [book(client, log_in(client), slot).json() for _ in range(8)]
    morning.set(datetime.fromisoformat(made[0]["start"]))
    desk, tickets = clerk(client), []

    def check_in(number: int) -> None:
        body = {"appointment_id": made[number]["appointment_id"]}
        answer = client.post("/v1/admin/checkins", body, token=desk).json()
        tickets.append(answer["appointment"]["ticket_number"])

    at_once(8, check_in)
    assert len(set(tickets)) == 8


def test_the_calendar_keeps_its_uid_and_grows(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    made = book(client, me, new_slot()).json()
    path = f"/v1/appointments/{made['appointment_id']}"

    def event() -> Any:
        text = client.get(f"{path}/calendar.ics", token=me.token).body.decode()
        return icalendar.Calendar.from_ical(text).walk("VEVENT")[0]

    before = event()
    assert before["DTSTART"].dt == datetime.fromisoformat(made["start"])
    client.post(f"{path}/reschedule", {"slot_id": new_slot()}, token=me.token)
    after = event()
    assert (before["UID"], before["SEQUENCE"]) == (after["UID"], 0)
    assert after["SEQUENCE"] == 1


def test_who_does_not_come_three_times_is_suspended(client: ApiClient, morning: TestClock) -> None:
    now = datetime.fromisoformat("2027-03-01T09:00:00+08:00")
    code = new_code()
    for day in range(3):
        key = parse_slot_id(f"{HALL}.business.2027030{day + 1}1{day}07")
        assert key
        storage.create_slots([Slot(key, 0, key.start + timedelta(minutes=40), 50)])
        morning.set(now + timedelta(days=day))
        me = log_in(client, code)
        answer = book(client, me, key.slot_id, service="food-business-licence")
        assert answer.status == 201, answer.body
        morning.set(now + timedelta(days=day + 1))
        storage.set_closed_until(HALL, f"2027022{7 + day}" if day < 2 else "20270302")
        release.release_expired(now + timedelta(days=day + 1))
        shown = client.get(answer.headers["location"], token=log_in(client, code).token)
        assert shown.json()["status"] == "no_show"
    answer = book(client, log_in(client, code), new_slot(hours=100))
    assert answer.code == "booking_suspended"
    until = "2027-04-03T09:00:00+08:00"
    assert answer.json()["until"] == until
    assert answer.json()["detail"] == f"因多次爽约，暂停预约至 {until}"
    with pytest.raises(BookingSuspended) as raised:
        check_suspension(Guard(suspended_until=datetime.fromisoformat(until)), now)
    in_english = raised.value.members("en", "r")
    assert in_english["detail"] == f"Booking is suspended until {until}"
    assert in_english["title"] == "Booking is suspended after missed appointments"


def test_an_orphaned_seat_comes_back_after_two_quiet_minutes(
    client: ApiClient, morning: TestClock
) -> None:
    slot = new_slot(2)
    key = parse_slot_id(slot)
    assert key
    kept = book(client, log_in(client), slot).json()["appointment_id"]
    orphan = new_id()
    assert storage.take_seat(Seat(key, 0, orphan), MONDAY)
    release.release_expired(MONDAY + timedelta(minutes=1))
    assert orphan in seats(slot)
    release.release_expired(MONDAY + timedelta(minutes=5))
    assert seats(slot) == {kept}


def test_availability_tells_what_is_left(client: ApiClient, morning: TestClock) -> None:
    slot = new_slot(1)
    day = f"{slot[-12:-8]}-{slot[-8:-6]}-{slot[-6:-4]}"
    path = f"/v1/offices/{HALL}/availability?service_id=id-card-renewal&from={day}&days=1"

    def left() -> tuple[int, str]:
        slots = client.get(path).json()["days"][0]["slots"]
        return next((s["remaining"], s["state"]) for s in slots if s["slot_id"] == slot)

    assert left() == (1, "open")
    book(client, log_in(client), slot)
    assert left() == (0, "full")
    answer = client.get(path)
    assert answer.headers["etag"]
    for bad in ("days=0", "days=32", "from=2026-02-30", "x=1"):
        assert client.get(f"{path.partition('&')[0]}&{bad}").status == 400


def test_held_seats_are_told_from_those_that_are_gone(
    client: ApiClient, morning: TestClock
) -> None:
    slot, prepaid = new_slot(2, category="property"), "property-transfer"
    day = f"{slot[-12:-8]}-{slot[-8:-6]}-{slot[-6:-4]}"
    path = f"/v1/offices/{HALL}/availability?service_id={prepaid}&from={day}&days=1"

    def minutes(retry_at: str | None) -> int | None:
        if retry_at is None:
            return None
        return int((datetime.fromisoformat(retry_at) - MONDAY).total_seconds()) // 60

    def seen() -> tuple[int, str, int | None]:
        [shown] = client.get(path).json()["days"]
        order = ("open", "reserved", "full", "closed")
        assert shown["state"] == min((s["state"] for s in shown["slots"]), key=order.index)
        found = next(s for s in shown["slots"] if s["slot_id"] == slot)
        return found["remaining"], found["state"], minutes(found["retry_at"])

    people = [log_in(client) for _ in range(2)]
    first, second = [book(client, who, slot, service=prepaid).json() for who in people]
    assert first["status"] == "held"
    assert seen() in ((0, "reserved", 15), (0, "reserved", 16))
    late = book(client, log_in(client), slot, service=prepaid)
    assert late.code == "slot_full"
    assert minutes(late.json()["retry_at"]) in (15, 16)
    assert reservations.confirm_paid(first["appointment_id"], new_id(), MONDAY)
    assert seen()[1] == "reserved"
    morning.set(MONDAY + timedelta(minutes=18))
    assert seen() == (0, "reserved", 19)
    reservations.expire_reservation(second["appointment_id"], MONDAY + timedelta(minutes=16))
    assert seen() == (1, "open", None)
    third = book(client, log_in(client), slot, service=prepaid).json()["appointment_id"]
    assert seen()[1] == "reserved"
    assert reservations.confirm_paid(third, new_id(), MONDAY + timedelta(minutes=17))
    assert seen() == (0, "full", None)


def test_a_hall_tells_how_busy_it_is_today(client: ApiClient, morning: TestClock) -> None:
    now = datetime.fromisoformat("2027-05-13T08:00:00+08:00")
    morning.set(now)
    key = parse_slot_id("hall-330282.transport.202705131000")
    assert key
    storage.create_slots([Slot(key, 0, key.start + timedelta(minutes=10), 4)])
    storage.take_seat(Seat(key, 0, new_id()), now)
    others = sorted(set(catalogue.current().groups) - {("hall-330282", "transport")})
    for group in others:
        kept_loads.keep(now.date(), group, 0, 0, now)
    assert loads.count(set(), now) == 1
    path = "/v1/offices?service_id=driving-licence-renewal&limit=100"
    halls = {h["office_id"]: h["today"] for h in client.get(path).json()["items"]}
    assert halls["hall-330282"]["load"] == 0.25
    assert halls["hall-330200"]["load"] is None


def test_halls_are_shown_with_an_older_load_while_the_database_is_away(
    client: ApiClient, morning: TestClock
) -> None:
    now, group = datetime.fromisoformat("2027-05-18T08:00:00+08:00"), ("hall-330282", "id-card")
    morning.set(now)
    with outage(Outage.THROTTLES):
        assert client.get("/v1/offices/hall-330282").json()["today"]["load"] is None
    loads.forget()
    kept_loads.keep(now.date(), group, 30, 120, now)
    assert client.get("/v1/offices/hall-330282").json()["today"]["load"] == 0.25
    loads.forget()
    with outage(Outage.THROTTLES):
        assert client.get("/v1/offices/hall-330282").json()["today"]["load"] == 0.25


def test_all_halls_loads_cost_one_small_read(client: ApiClient, morning: TestClock) -> None:
    now = datetime.fromisoformat("2027-05-14T08:00:00+08:00")
    morning.set(now)
    for group in catalogue.current().groups:
        kept_loads.keep(now.date(), group, 30, 120, now)
    with metered() as cost:
        halls = client.get("/v1/offices?limit=100").json()["items"]
    assert {hall["today"]["load"] for hall in halls} == {0.25}
    # One for the loads, one for the ratings.
    assert cost.trips <= 2
    assert cost.rcu <= 3


def test_only_what_was_touched_is_counted_again(client: ApiClient, morning: TestClock) -> None:
    touched = ("hall-330282", "transport")
    day = datetime.fromisoformat("2027-05-17T08:00:00+08:00")
    for group in catalogue.current().groups:
        kept_loads.keep(day.date(), group, 0, 120, day)
    key = parse_slot_id("hall-330282.transport.202705171000")
    assert key
    storage.create_slots([Slot(key, 0, key.start + timedelta(minutes=10), 4)])
    storage.take_seat(Seat(key, 0, new_id()), day)
    for office in catalogue.current().offices:
        storage.set_closed_until(office, "20270516")
    release.release_expired(day)
    counted = {g: seats for g, seats in kept_loads.load_day(day.date()).items() if seats[1] != 120}
    assert counted[touched] == (1, 4)
    # Seats that other tests gave back are counted again too.
    assert len(counted) < len(catalogue.current().groups) // 4
