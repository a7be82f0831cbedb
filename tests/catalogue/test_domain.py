"""What the guide says of a service and a hall, read from its JSON."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from chalicelib.catalogue.domain.offices import Closure, Office
from chalicelib.core.i18n import Text
from chalicelib.core.money import Money
from tests.catalogue.world import service

MORNING = datetime(2027, 3, 1, 1, tzinfo=UTC)  # 09:00 in Ningbo
DAY = date(2027, 3, 1)
HOURS = ((time(9), time(12)), (time(13), time(17)))


def hall(*closures: Closure) -> Office:
    name = Text("厅", "Hall")
    return Office("h", name, name, "330200", 29.87, 121.55, {"tax": 2}, HOURS, (), closures)


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ({}, "issue"),
        ({"prepaid": True}, None),
        ({"prepaid": True, "fee_before": "accept"}, "accept"),
        ({"fee_before": None}, None),
    ],
)
def test_a_fee_is_taken_before_the_result_if_nothing_else_is_said(
    said: dict[str, Any], step: str | None
) -> None:
    assert service(**said).fee_before == step


def test_what_the_guide_cannot_mean_is_refused() -> None:
    for said in ({"fee_before": "lunch"}, {"life_events": ["no-such-event"]}):
        with pytest.raises(ValueError, match="x: no "):
            service(**said)


def test_a_courier_is_paid_by_the_city_or_as_a_line_of_the_fee() -> None:
    line, fee = {"cents": 1500, "currency": "cny"}, {"cents": 1000, "currency": "cny"}
    free = service()
    assert [free.fee.due(by_courier=one) for one in (True, False)] == [None, None]
    costs = service(fee=fee, courier_fee=line).fee
    assert [costs.due(by_courier=one) for one in (True, False)] == [Money(2500), Money(1000)]
    only = service(courier_fee=line).fee
    assert [only.due(by_courier=one) for one in (True, False)] == [Money(1500), None]
    for said in ({"prepaid": True}, {"fee": {"cents": 5, "currency": "usd"}}):
        with pytest.raises(ValueError, match="x: no fee that the courier"):
            service(courier_fee=line, **said)


def test_what_is_not_said_has_its_usual_value() -> None:
    plain = service([("id", True)])
    assert (plain.legal_limit.value, plain.legal_limit.unit) == (5, "working_days")
    assert (plain.fee.amount.cents, plain.fee.basis) == (0, None)
    assert (plain.bookable, plain.minutes, plain.per_counter) == (False, None, 1)
    assert plain.materials[0].usual_pages == 1
    booked = service(appointment={"duration_minutes": 20, "capacity_per_counter": 3})
    assert (booked.bookable, booked.minutes, booked.per_counter) == (True, 20, 3)
    limit = service(legal_time_limit={"value": 20, "unit": "days"}).legal_limit
    assert (limit.value, limit.unit) == (20, "days")


def test_of_several_closures_the_last_says_why() -> None:
    first = Closure("1", DAY, DAY, "all day")
    second = Closure("2", DAY, DAY, "tax only", time(9), time(10), "tax")
    closed, hour = hall(first, second), timedelta(hours=1)
    assert closed.closure("tax", MORNING, MORNING + hour) == second
    assert closed.closure("other", MORNING, MORNING + hour) == first
    assert closed.closure("tax", MORNING + hour, MORNING + 2 * hour) == first
    assert hall().closure("tax", MORNING, MORNING + hour) is None
    assert closed.closure("tax", MORNING - 24 * hour, MORNING - 9 * hour) is None


def test_a_closure_cuts_the_hours_of_the_whole_hall_alone() -> None:
    noon = Closure("1", DAY, DAY, "power", time(11), time(14))
    assert hall(noon).hours(DAY, "weekday") == ((time(9), time(11)), (time(14), time(17)))
    assert hall(Closure("1", DAY, DAY, "x")).hours(DAY, "weekday") == ()
    assert hall(Closure("1", DAY, DAY, "x", category="tax")).hours(DAY, "weekday") == HOURS
    assert hall(noon).hours(DAY + timedelta(days=1), "weekday") == HOURS
    assert hall().hours(DAY, "saturday") == hall().hours(DAY, "closed") == ()


def test_a_distance_is_along_the_earth() -> None:
    # A degree of a great circle is 111.2 km; at 60° a degree of longitude is half of it.
    name = Text("厅", "Hall")
    there = Office("h", name, name, "330200", 60.0, 121.0, {}, (), ())
    assert there.distance_m(60.0, 121.0) == 0
    assert there.distance_m(61.0, 121.0) == pytest.approx(111_195, abs=20)
    assert there.distance_m(60.0, 122.0) == pytest.approx(55_600, abs=60)
