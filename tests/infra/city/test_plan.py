"""The plan of a month is pure: the same seed and month plan the same, and nobody in it is real."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from stdnum import luhn, numdb

from chalicelib.catalogue.domain import calendar
from chalicelib.core import id_documents
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.opendata.domain import months
from infra.local.city import cases, days, people, plan, visits
from infra.local.city.plan import Plan
from infra.local.city.stories import Act, filled_in
from tests.infra.city.world import NOON

# A Sunday, the first of a month, a holiday, the middle of a working day.
MOMENTS = (
    NOON,
    datetime(2026, 12, 1, 0, 0, 1, tzinfo=OFFICE_ZONE),
    datetime(2026, 10, 3, 9, tzinfo=OFFICE_ZONE),
    datetime(2027, 3, 10, 14, 40, tzinfo=OFFICE_ZONE),
)


@pytest.fixture(scope="module", params=MOMENTS, ids=str)
def planned(request: pytest.FixtureRequest) -> Plan:
    return plan.planned(plan.month_before(request.param))


def told_of(made: Plan, story: str) -> list[Act]:
    return [act for act in made.acts if act.story == story]


def test_the_same_seed_plans_the_same_and_another_seed_another() -> None:
    month = plan.month_before(NOON)
    first, again = plan.planned(month), plan.planned(month)
    assert first == again
    other = plan.planned(plan.month_before(NOON, seed=7))
    assert [act.at for act in other.acts] != [act.at for act in first.acts]


def test_each_act_has_a_key_of_its_own_that_the_api_takes(planned: Plan) -> None:
    keys = [act.key(plan.SEED) for act in planned.acts]
    assert len(set(keys)) == len(keys)
    assert all(8 <= len(key) <= 64 for key in keys)


def test_a_month_is_thirty_days_and_two_weeks_of_the_last_published_one() -> None:
    for now in (*MOMENTS, datetime(2026, 12, 2, tzinfo=OFFICE_ZONE)):
        month = plan.month_before(now)
        assert now - month.begin >= timedelta(days=30)
        [last] = months.complete(now, 1)
        end = datetime.combine(months.days_of(last)[1], time.max, OFFICE_ZONE)
        assert end - month.begin >= timedelta(days=15)
        assert now - month.begin <= timedelta(days=48)


def test_acts_come_in_order_within_the_month(planned: Plan) -> None:
    moments = [act.at for act in planned.acts]
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] > timedelta(days=25)
    for story in {act.story for act in planned.acts}:
        numbers = [act.number for act in told_of(planned, story)]
        # What is left out is the end.
        assert numbers == list(range(len(numbers)))


def test_there_are_some_fifteen_hundred_acts(planned: Plan) -> None:
    assert 1300 < len(planned.acts) < 1700


def test_the_first_hall_has_whole_days_behind_it(planned: Plan) -> None:
    served = Counter(
        act.at.date()
        for act in planned.acts
        if act.story.startswith(f"call-{visits.HALLS[0][-6:]}")
    )
    # Three acts a call: called, begun, over.
    assert len([day for day, count in served.items() if count // 3 >= 20]) == 2


def test_who_came_on_the_last_day_was_served(planned: Plan) -> None:
    last = planned.acts[-1].at.date()
    calls = {act.story for act in planned.acts if act.story.startswith("call-")}
    ended = {act.story for act in planned.acts if act.facts.get("path", "").endswith("/fulfil")}
    assert {one for one in calls if f"{last:-%m%d-}" in one} <= ended


def test_numbers_pass_the_checks_and_are_nobody_s(planned: Plan) -> None:
    # The table of GB/T 2260 knows the province and no place in it.
    assert "county" not in dict(numdb.get("cn/loc").info(people.DIVISION)[0][1])
    assert len({one.id_number for one in planned.residents.values()}) == len(planned.residents)
    for one in planned.residents.values():
        assert id_documents.read_document(one.id_number, NOON.date()).document_type == "resident_id"
        assert one.phone.startswith("154")
        assert len(one.phone) == 11


def test_the_elderly_are_over_sixty_and_the_others_adults_below() -> None:
    today = NOON.date()
    for number in range(60):
        born = people.resident(1, number, today).id_number[6:14]
        age = (today - date.fromisoformat(born)).days / 365.25
        assert (60 <= age < 82) if people.is_elderly(number) else (18 <= age < 60)


def test_stories_leave_things_in_every_state() -> None:
    made = plan.stories(
        plan.month_before(NOON), plan.WHOLE, plan.Residents(plan.month_before(NOON))
    )
    outcomes = Counter(story.outcome for story in made)
    for outcome in (
        "submitted", "correction_requested", "accepted", "under_review", "approved", "issued",
        "completed", "rejected", "declined", "withdrawn", "refunded", "late", "parts", "unpaid",
        "kept", "walked_in", "cancelled", "missed", "booked", "answered", "received", "asked",
        "searched", "paid", "overdue", "open",
        "refund_asked",
    ):  # fmt: skip
        assert outcomes[outcome], outcome


def test_what_is_under_way_at_the_end_is_so_at_whatever_time_that_is() -> None:
    # From before a week of holidays to after it, by day and by night.
    for hours in range(0, 16 * 24, 7):
        month = plan.month_before(
            datetime(2026, 9, 26, tzinfo=OFFICE_ZONE) + timedelta(hours=hours)
        )
        for story in plan.stories(month, plan.WHOLE, plan.Residents(month)):
            if story.needed:
                assert [act for act in story.acts if act.at > month.end] == [], month


def test_elder_cards_are_asked_for_by_the_elderly(planned: Plan) -> None:
    lodged = [act for act in planned.acts if act.facts.get("service_id") == "elder-card"]
    assert lodged
    whose = [act.facts.get("person", act.who) for act in lodged]
    assert all(people.is_elderly(int(code.removeprefix("city-"))) for code in whose)


def test_staff_work_when_the_halls_are_open(planned: Plan) -> None:
    for act in planned.acts:
        if act.facts.get("path", "").startswith("/v1/admin/cases/"):
            assert calendar.is_working_day(act.at.date())
            assert time(9) <= act.at.time() <= time(18)


def test_counters_call_nobody_before_they_came(planned: Plan) -> None:
    came = Counter[str]()
    for act in planned.acts:
        path = act.facts.get("path", "")
        if path == "/v1/admin/checkins" or path.endswith("/tickets"):
            came["there"] += 1
        if path.endswith("/queue/next"):
            came["there"] -= 1
        assert came["there"] >= 0


def test_seats_of_coming_days_are_left_to_others(planned: Plan) -> None:
    month = plan.month_before(planned.acts[-1].at)
    coming = [act for act in planned.acts if act.story.startswith("coming") and act.verb == "book"]
    starts = [datetime.fromisoformat(act.facts["start"]) for act in coming]
    assert len(set(starts)) == len(starts) <= 10
    assert all(start > month.end and start.hour >= 15 for start in starts)
    booked = [a for a in planned.acts if a.verb == "book" and not a.story.startswith("coming")]
    past = [a for a in booked if a.story != "moved"]
    # Nobody is left in a hall when the month is over.
    assert all(datetime.fromisoformat(act.facts["start"]) < month.end for act in past)


def test_the_hall_is_closed_when_who_must_move_would_come(planned: Plan) -> None:
    month = plan.month_before(planned.acts[-1].at)
    _, booked, closed = told_of(planned, "moved")
    start, body = datetime.fromisoformat(booked.facts["start"]), closed.facts["body"]
    assert start > month.end + timedelta(days=7)
    assert body["from"] == body["to"] == str(start.date())
    assert body["from_time"] <= f"{start:%H:%M}" < body["to_time"]
    assert closed.facts["path"].startswith(f"/v1/admin/offices/{booked.facts['office_id']}/")


def test_slots_stand_in_the_opening_hours() -> None:
    found = days.slot_times(NOON.date(), 15)
    assert len(found) == 12 + 14
    assert found[0].time() == time(9)
    assert found[-1].time() == time(16, 45)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("{case_id}/x", "7/x"),
        ({"a": ["{case_id}", 1]}, {"a": ["7", 1]}),
        (("{case_id}",), ["7"]),
        (None, None),
        (True, True),
    ],
)
def test_facts_name_what_was_told(given: object, wanted: object) -> None:
    assert filled_in(given, {"case_id": "7"}) == wanted


def test_a_fact_that_was_not_told_is_missed() -> None:
    with pytest.raises(KeyError):
        filled_in("{case_id}", {})


def test_halls_of_the_month_are_few_so_that_figures_can_be_published() -> None:
    assert len({*visits.HALLS, *cases.HALLS}) <= 4


def test_fines_name_their_payers_by_numbers_that_are_nobody_s(planned: Plan) -> None:
    fined = [act.facts["body"]["bill"] for act in planned.acts if act.facts.get("path") == "issuer"]
    assert fined
    for bill in fined:
        assert bill["payer"]["id_number"].startswith(people.DIVISION)
        assert luhn.is_valid(bill["bill_number"])
        assert len(bill["bill_number"]) == 20
