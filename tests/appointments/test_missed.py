"""What was missed counts against who booked; days close also after a long gap."""

from datetime import timedelta

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.jobs import closing
from chalicelib.core.clock import office_time
from tests.appointments.world import Hall, book, chief, of_family
from tests.support.people import be_adult, log_in, log_in_again

SERVICES = ("id-card-renewal", "id-card-replacement", "residence-permit")


def test_three_missed_bookings_for_a_child_suspend_the_parent_alone(hall: Hall) -> None:
    me = log_in(hall.client)
    child = of_family(hall.client, me, "王小宝")
    me = log_in_again(hall.client, me)
    ids = []
    for number, service in enumerate(SERVICES):
        slot = hall.slot(20 * number)
        made = book(hall.client, me, slot, service=service, for_member=child)
        assert made.status == 201, made.body
        ids.append(made.json()["appointment_id"])
    hall.wait_until(41)
    for one in ids:
        assert hall.step(one, "no-show").status == 200
    served = storage.load(ids[0])
    assert served
    assert storage.load_guard(served.person).no_shows == frozenset()
    assert storage.load_guard(served.person).services == frozenset()
    me = log_in_again(hall.client, me)
    # Neither for oneself, nor for anybody.
    assert book(hall.client, me, hall.slot(90)).code == "booking_suspended"
    refused = book(hall.client, me, hall.slot(90), for_member=child)
    assert refused.code == "booking_suspended"
    path, token = f"/v1/admin/appointments/{ids[1]}/excuse", chief(hall)
    for _ in range(2):
        assert hall.client.post(path, {"reason": "住院"}, token=token).status == 200
    assert book(hall.client, me, hall.slot(90), for_member=child).status == 201
    assert hall.step(ids[2], "undo").json()["status"] == "booked"
    own = storage.load_guard(me.citizen_id)
    guard = storage.load_guard(own.alias) if own.alias else own
    assert len(guard.no_shows) == 1


def test_who_is_suspended_is_no_less_so_once_they_are_verified(hall: Hall) -> None:
    me = log_in(hall.client)
    made = [
        book(hall.client, me, hall.slot(20 * number), service=service).json()
        for number, service in enumerate(SERVICES)
    ]
    hall.wait_until(41)
    for one in made:
        assert hall.step(one["appointment_id"], "no-show").status == 200
    me = log_in_again(hall.client, me)
    be_adult(hall.client, me)
    me = log_in_again(hall.client, me)
    assert book(hall.client, me, hall.slot(90)).code == "booking_suspended"
    path, token = f"/v1/admin/appointments/{made[1]['appointment_id']}/excuse", chief(hall)
    assert hall.client.post(path, {"reason": "住院"}, token=token).status == 200
    assert book(hall.client, me, hall.slot(90)).status == 201


@pytest.mark.parametrize("days", [1, 8, 25, 40])
def test_a_booking_is_closed_however_long_nothing_ran(hall: Hall, days: int) -> None:
    me, mine = hall.booked(0)
    day = office_time(hall.morning).date()
    storage.set_closed_until(hall.office, f"{day - timedelta(days=1):%Y%m%d}")
    closing.close_days(hall.office, hall.morning + timedelta(days=days))
    ended = storage.load(mine)
    assert ended
    assert ended.status == "no_show"
    assert storage.load_guard(me.citizen_id).services == frozenset()
    assert len(storage.load_guard(me.citizen_id).no_shows) == 1


def test_a_run_closes_as_many_days_as_it_may_and_the_next_goes_on(hall: Hall) -> None:
    _, mine = hall.booked(0)
    day = office_time(hall.morning).date()
    storage.set_closed_until(hall.office, f"{day - timedelta(days=3):%Y%m%d}")
    later = hall.morning + timedelta(days=9)
    for closed in (-2, -1, 0, 1):
        before = storage.load(mine)
        assert before
        assert (before.status == "no_show") is (closed > 0)
        closing.close_days(hall.office, later, closing.DaysLeft(1))
        assert storage.closed_until(hall.office) == f"{day + timedelta(days=closed):%Y%m%d}"
    closing.close_days(hall.office, later, closing.DaysLeft(0))
    assert storage.closed_until(hall.office) == f"{day + timedelta(days=1):%Y%m%d}"


def test_no_hall_takes_all_days_of_a_run() -> None:
    left = closing.DaysLeft()
    assert left.take(1000) == closing.DAYS_OF_A_HALL
    assert left.days == closing.DAYS_A_RUN - closing.DAYS_OF_A_HALL
    assert [closing.DaysLeft(5).take(wanted) for wanted in (0, 4, 6)] == [0, 4, 5]
