"""Fair opening: everybody's own moment, held by the server and got by nothing but waiting."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Slot, SlotKey
from chalicelib.appointments.service import bookable
from chalicelib.core.ids import new_id
from tests.appointments.world import ask, of_family
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.meter import metered
from tests.support.people import Citizen, be_adult, log_in, log_in_again

HALL = "hall-330281"
SERVICE = "passport-issue"
# Monday's opening at nine is of the Monday after it.
DAY = MONDAY + timedelta(days=7)
MINUTES = iter(range(10_000))
# Tests' clocks go on by themselves, and a busy machine lets seconds pass between two lines.
SOON = timedelta(seconds=20)


def slot(day: datetime = DAY, capacity: int = 30, hall: str = HALL) -> str:
    """Make a slot of an exit-entry counter at a minute of its own."""
    key = SlotKey(hall, "exit-entry", day + timedelta(minutes=next(MINUTES) % 160))
    storage.create_slots([Slot(key, 0, key.start + timedelta(minutes=1), capacity)])
    return key.slot_id


@pytest.fixture
def me(client: ApiClient, clock: TestClock) -> Citizen:
    # A log-in is of no use before it was given.
    clock.set(MONDAY - timedelta(minutes=2))
    return verified(client)


def verified(client: ApiClient) -> Citizen:
    who = log_in(client)
    be_adult(client, who)
    return log_in_again(client, who)


def book(client: ApiClient, who: Citizen, slot_id: str, **more: str) -> Answer:
    return ask(client, who, slot_id, SERVICE, **more)


def opening_of(client: ApiClient, who: Citizen, service: str = SERVICE) -> Any:
    path = f"/v1/openings?service_id={service}&office_id={HALL}"
    answer = client.get(path, token=who.token)
    assert answer.status == 200, answer.body
    return answer.json()


def moment_of(client: ApiClient, who: Citizen, clock: TestClock) -> datetime:
    clock.set(MONDAY - timedelta(minutes=1))
    shown = opening_of(client, who)
    assert (shown["date"], shown["ramp_seconds"]) == ("2027-03-08", 120)
    assert shown["opens_at"] == "2027-03-01T09:00:00+08:00"
    return datetime.fromisoformat(shown["your_moment"])


def test_an_opening_is_of_a_category_and_a_day_over_all_halls(me: Citizen) -> None:
    key = SlotKey(HALL, "exit-entry", DAY)
    here, there = (
        bookable.opening_of(key),
        bookable.opening_of(SlotKey("hall-330200", "exit-entry", DAY)),
    )
    later = bookable.opening_of(SlotKey(HALL, "exit-entry", DAY + timedelta(hours=6)))
    assert here
    assert here == there == later
    other_day = bookable.opening_of(SlotKey(HALL, "exit-entry", DAY + timedelta(days=1)))
    assert other_day
    assert here.key != other_day.key
    assert bookable.opening_of(SlotKey(HALL, "identity", DAY)) is None
    assert bookable.opening_of(SlotKey("hall-999999", "exit-entry", DAY)) is None


def test_one_books_from_ones_moment_on_and_not_before(
    client: ApiClient, clock: TestClock, me: Citizen
) -> None:
    moment, slot_id = moment_of(client, me, clock), slot()
    for now in (MONDAY - timedelta(seconds=90), MONDAY - timedelta(seconds=5)):
        clock.set(now)
        refused = book(client, me, slot_id)
        assert (refused.status, refused.code) == (429, "not_yet")
        assert datetime.fromisoformat(refused.json()["retry_at"]) == moment
        assert int(refused.headers["retry-after"]) > 0
    clock.set(moment)
    assert book(client, me, slot_id).status == 201


def test_a_refusal_before_ones_moment_asks_no_database(
    client: ApiClient, clock: TestClock, me: Citizen
) -> None:
    slot_id = slot()
    clock.set(MONDAY - timedelta(minutes=1))
    with metered() as cost:
        assert book(client, me, slot_id).code == "not_yet"
        opening_of(client, me)
    assert (cost.wcu, cost.rcu, cost.trips) == (0, 0, 0)


def test_a_second_account_other_halls_and_keys_win_nothing(
    client: ApiClient, clock: TestClock, me: Citizen
) -> None:
    clock.set(MONDAY - timedelta(minutes=1))
    told = {
        book(client, me, one, key=new_id()).json()["retry_at"]
        for one in (slot(), slot(), slot(hall="hall-330200"))
        for _ in range(2)
    }
    assert len(told) == 1


def test_availability_says_when_a_day_comes_out(client: ApiClient, clock: TestClock) -> None:
    slot_id = slot()
    path = f"/v1/offices/{HALL}/availability?service_id={SERVICE}&from=2027-03-08&days=1"
    clock.set(MONDAY - SOON)
    shown = client.get(path).json()
    assert shown["release"] == client.get(f"/v1/services/{SERVICE}").json()["release"]
    [day] = shown["days"]
    one = next(one for one in day["slots"] if one["slot_id"] == slot_id)
    opens_at = "2027-03-01T09:00:00+08:00"
    assert (day["state"], day["opens_at"]) == (one["state"], one["opens_at"])
    assert (one["state"], one["opens_at"]) == ("not_yet", opens_at)
    clock.set(MONDAY)
    [day] = client.get(path).json()["days"]
    one = next(one for one in day["slots"] if one["slot_id"] == slot_id)
    assert (day["state"], day["opens_at"], one["state"]) == ("open", None, "open")


def test_only_who_is_known_books_where_seats_are_scarce(
    client: ApiClient, morning: TestClock
) -> None:
    who, out = log_in(client), slot(MONDAY + timedelta(days=1))
    assert book(client, who, out).code == "verification_required"
    path = f"/v1/openings?service_id={SERVICE}&office_id={HALL}"
    assert client.get(path, token=who.token).code == "verification_required"
    be_adult(client, who)
    # The log-in is older than the verification.
    assert book(client, who, out).status == 201


def test_a_move_obeys_the_moment_too(client: ApiClient, clock: TestClock, me: Citizen) -> None:
    made = book(client, me, slot(MONDAY + timedelta(days=1))).json()
    moment, later = moment_of(client, me, clock), slot()
    path = f"/v1/appointments/{made['appointment_id']}/reschedule"
    refused = client.post(path, {"slot_id": later}, token=me.token)
    assert (refused.status, refused.code) == (429, "not_yet")
    clock.set(moment)
    assert client.post(path, {"slot_id": later}, token=me.token).json()["slot_id"] == later


def test_the_person_served_has_the_moment_and_must_have_agreed(
    client: ApiClient, clock: TestClock, me: Citizen
) -> None:
    child = of_family(client, me, "王小明")
    clock.set(MONDAY - SOON)
    assert book(client, me, slot(), for_member=child).code == "not_yet"
    clock.set(MONDAY + timedelta(seconds=120))
    body = {"name": "李四", "id_number": "330203197503070018", "relation": "parent"}
    stranger = client.post("/v1/me/family", body, token=me.token).json()
    assert stranger.get("status", "offered") == "offered"
    assert book(client, me, slot(), for_member=child).status == 201
    if "member_id" in stranger:
        refused = book(client, me, slot(), for_member=stranger["member_id"])
        assert refused.code == "consent_required"


def test_a_group_goes_by_the_caller_s_moment(
    client: ApiClient, clock: TestClock, me: Citizen
) -> None:
    child, moment = of_family(client, me, "王小明"), moment_of(client, me, clock)
    row = {
        "service_id": SERVICE, "office_id": HALL, "slot_id": slot(), "for_members": ["self", child],
    }  # fmt: skip
    clock.set(moment - SOON)
    with metered() as cost:
        refused = client.post("/v1/appointments", row, token=me.token)
    assert (refused.status, refused.code, cost.trips) == (429, "not_yet", 0)
    clock.set(moment)
    assert client.post("/v1/appointments", row, token=me.token).status == 201
    basic = log_in(client)
    unknown = client.post("/v1/appointments", row, token=basic.token)
    assert (unknown.status, unknown.code) == (403, "verification_required")


def test_the_next_opening_is_of_a_day_with_seats(
    client: ApiClient, clock: TestClock, me: Citizen
) -> None:
    moment = moment_of(client, me, clock)
    clock.set(moment)
    after = opening_of(client, me)
    assert (after["date"], after["opens_at"]) == ("2027-03-09", "2027-03-02T09:00:00+08:00")
    # Nobody works on the Sunday that follows.
    clock.set(datetime(2027, 3, 6, 4, tzinfo=UTC))
    assert opening_of(client, log_in_again(client, me))["date"] == "2027-03-15"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (f"service_id=none&office_id={HALL}", 400, "invalid_query"),
        (f"service_id={SERVICE}&office_id=none", 400, "invalid_query"),
        (f"office_id={HALL}", 400, "invalid_query"),
        (f"service_id=id-card-renewal&office_id={HALL}", 404, "not_found"),
    ],
)
def test_what_has_no_opening_is_said(
    client: ApiClient, me: Citizen, query: str, status: int, code: str
) -> None:
    answer = client.get(f"/v1/openings?{query}", token=me.token)
    assert (answer.status, answer.code) == (status, code)


def test_what_is_booked_is_answered_again_with_the_same_key(
    client: ApiClient, clock: TestClock, me: Citizen
) -> None:
    moment, slot_id = moment_of(client, me, clock), slot(capacity=1)
    clock.set(moment)
    first, again = (book(client, me, slot_id, key="an-opening") for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert first.json() == again.json()
