"""Halls, counters and services as values: closures to the minute, groups, and what JSON means."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from chalicelib.catalogue.domain import calendar
from chalicelib.catalogue.domain.catalogue import Catalogue
from chalicelib.catalogue.domain.departments import Department, parse_department
from chalicelib.catalogue.domain.offices import Arrival, Closure, Group, group_of, parse_office
from chalicelib.catalogue.domain.parts import Condition, Part, longest_chain
from chalicelib.catalogue.domain.quotas import DrawRule, Quota, parse_quota
from chalicelib.catalogue.domain.registers import RegisterQuestion, parse_questions
from chalicelib.catalogue.domain.release import AT_ONCE, Release, parse_release
from chalicelib.catalogue.domain.services import CATEGORIES, FEE_STEPS, LIFE_EVENTS
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.i18n import Text
from tests.catalogue.world import office, service

DAY = date(2026, 12, 7)
NEXT = date(2026, 12, 8)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), OFFICE_ZONE)


def closure(**changes: Any) -> Closure:
    about: dict[str, Any] = {"closure_id": "1", "first": DAY, "last": NEXT, "reason": "x"}
    return Closure(**{**about, **changes})


def test_a_closure_lasts_from_the_first_day_until_the_last_is_over() -> None:
    whole = closure()
    assert (whole.begin, whole.end) == (at(DAY, 0), at(NEXT + timedelta(days=1), 0))
    part = closure(from_time=time(10), to_time=time(12))
    assert (part.begin, part.end) == (at(DAY, 10), at(NEXT, 12))
    assert (whole.category, whole.from_time) == (None, None)


def test_a_day_says_why_the_whole_hall_is_closed_for_some_of_it() -> None:
    noon = closure(last=DAY, from_time=time(10), to_time=time(12), reason="noon")
    closed = office(closures=(closure(reason="all"), noon, closure(category="tax", reason="tax")))
    said = {day: closed.closed_because(day) for day in (DAY, NEXT, NEXT + timedelta(days=1))}
    assert list(said.values()) == ["noon", "all", None]
    assert office().closed_because(DAY) is None


@pytest.mark.parametrize(
    ("begin", "end", "meets"),
    [
        (9, 10, False),
        (9, 11, True),
        (10, 11, True),
        (11, 12, True),
        (12, 13, False),
        (9, 13, True),
    ],
)
def test_a_closure_takes_what_it_meets(begin: int, end: int, *, meets: bool) -> None:
    noon = closure(last=DAY, from_time=time(10), to_time=time(12))
    assert noon.overlaps("tax", at(DAY, begin), at(DAY, end)) is meets
    utc = at(DAY, begin).astimezone(UTC), at(DAY, end).astimezone(UTC)
    assert noon.overlaps("tax", *utc) is meets
    for category, taken in (("tax", meets), ("family", False)):
        some = closure(last=DAY, from_time=time(10), to_time=time(12), category=category)
        assert some.overlaps("tax", at(DAY, begin), at(DAY, end)) is taken


@pytest.mark.parametrize(
    ("span", "left"),
    [
        ((9, 17), [(9, 10), (12, 17)]),
        ((9, 10), [(9, 10)]),
        ((9, 11), [(9, 10)]),
        ((10, 12), []),
        ((11, 13), [(12, 13)]),
        ((12, 13), [(12, 13)]),
    ],
)
def test_what_is_left_open_of_a_span(span: tuple[int, int], left: list[tuple[int, int]]) -> None:
    noon = closure(last=DAY, from_time=time(10), to_time=time(12))
    parts = noon.open_parts(DAY, (time(span[0]), time(span[1])))
    assert parts == tuple((time(a), time(b)) for a, b in left)
    assert noon.open_parts(NEXT, (time(10), time(12))) == ((time(10), time(12)),)


def test_hours_are_those_of_the_kind_of_day() -> None:
    hall = office()
    assert hall.hours(DAY, "weekday") == ((time(9), time(17)),)
    assert hall.hours(DAY, "saturday") == ((time(9), time(12)),)
    assert hall.hours(DAY, "closed") == ()
    several = office(
        closures=(
            closure(last=DAY, from_time=time(10), to_time=time(11)),
            closure(last=DAY, from_time=time(13), to_time=time(14), category="family"),
            closure(last=DAY, from_time=time(16)),
        )
    )
    assert several.hours(DAY, "weekday") == ((time(9), time(10)), (time(11), time(16)))


def booked(minutes: int, people: int = 1, **more: Any) -> Any:
    appointment = {"duration_minutes": minutes, "capacity_per_counter": people}
    return service(appointment=appointment, **more)


def test_a_slot_is_as_long_as_the_longest_service_and_holds_the_fewest() -> None:
    services = (booked(20, 3), booked(30, 2), booked(60, 1, category="family"), service())
    assert group_of(office(), "identity", services) == Group("identity", 30, 6, 3)
    assert group_of(office(), "family", services) == Group("family", 60, 1, 1)
    assert group_of(office(), "housing", services) is None
    # Without counters, or without a service that is booked, there is no group.
    assert group_of(office(counters={"identity": 0}), "identity", services) is None
    assert group_of(office(), "identity", (service(),)) is None
    assert Group("x", 1, 1).counters == 1


def test_a_hall_may_have_slots_that_are_shorter_than_its_longest_service() -> None:
    services = (booked(20, id="a"), booked(30, id="b"), booked(45, id="c"))
    hall = office(slot_minutes={"identity": 20})
    group = group_of(hall, "identity", services)
    assert group == Group("identity", 20, 3, 3, long={"b": 30, "c": 45})
    lasts = [int(group.lasts(name).total_seconds() // 60) for name in ("a", "b", "c", "x")]
    assert lasts == [20, 40, 60, 20]
    # What is drawn takes one slot, however long it is.
    rule = DrawRule(3, time(12), 7)
    drawn = replace(hall, quotas={"identity": (Quota("b", 1, rule), Quota("c", 1))})
    group = group_of(drawn, "identity", services)
    assert group
    assert (group.minutes, group.long) == (30, {"c": 45})


def test_a_catalogue_groups_its_halls_counters() -> None:
    one = booked(20)
    halls = {"a": office(office_id="a"), "b": office(office_id="b", counters={"family": 1})}
    whole = Catalogue("v1", {"x": one}, halls)
    assert whole.groups == {("a", "identity"): Group("identity", 20, 3, 3)}
    tax = service(id="y", department={"id": "a-tax", "name": {"zh-CN": "税", "en": "Tax"}})
    both = Catalogue("v1", {"x": one, "y": tax}, halls)
    assert list(both.departments) == ["a-tax", "public-security"]
    assert both.departments["a-tax"] == Department("a-tax", Text("税", "Tax"))


def test_what_is_drawn_is_known_by_service_and_hall() -> None:
    rule = DrawRule(3, time(12), 7)
    one, two = Quota("x", 1, rule), Quota("x", 2, rule)
    undrawn = Quota("y", 1)
    halls = {
        "a": office(office_id="a", quotas={"identity": (undrawn, one)}),
        "b": office(office_id="b", quotas={"identity": (two,)}),
        "c": office(office_id="c"),
    }
    whole = Catalogue("v1", {"x": booked(20), "y": booked(20, id="y")}, halls)
    assert whole.drawn == {"x": {"a": one, "b": two}}
    group = whole.groups["a", "identity"]
    assert (group.quota("x"), group.quota("y"), group.quota("z")) == (one, undrawn, None)
    # Three counters, of which two seats are for single services; no seat is for fewer than none.
    assert (group.capacity, group.shared) == (3, 1)
    assert replace(group, capacity=1).shared == 0


@pytest.mark.parametrize(
    ("said", "quota"),
    [
        ({}, Quota("x", 2)),
        (
            {"draw": {"entry_days": 1, "closes": "12:30", "covers_days": 1}},
            Quota("x", 2, DrawRule(1, time(12, 30), 1)),
        ),
        ({"seats": 1}, Quota("x", 1)),
        ({"seats": 0}, None),
        ({"draw": {"entry_days": 0, "closes": "12:30", "covers_days": 7}}, None),
        ({"draw": {"entry_days": 3, "closes": "12:30", "covers_days": 0}}, None),
    ],
)
def test_a_quota_is_of_a_seat_and_a_day_at_least(said: dict[str, Any], quota: Quota | None) -> None:
    data = {"service_id": "x", "seats": 2, **said}
    if quota:
        assert parse_quota(data) == quota
        return
    with pytest.raises(ValueError, match="no quota"):
        parse_quota(data)


def test_a_hall_is_read_from_json() -> None:
    name = {"zh-CN": "厅", "en": "Hall"}
    data = {
        "id": "hall-1",
        "name": name,
        "division": name,
        "division_code": "330203",
        "latitude": 29.8,
        "longitude": 121.5,
        "counters": {"tax": 2},
    }
    hours = {"weekdays": [["09:00", "12:00"], ["13:00", "17:00"]], "saturday": []}
    hall = parse_office(data, hours)
    assert (hall.office_id, hall.name, hall.division_code) == (
        "hall-1",
        Text("厅", "Hall"),
        "330203",
    )
    assert hall.weekdays == ((time(9), time(12)), (time(13), time(17)))
    assert (hall.saturday, hall.closures) == ((), ())
    assert (hall.address, hall.phone, hall.arrival, hall.slot_minutes) == (None, None, None, {})
    assert (hall.releases, hall.quotas) == ({}, {})
    floor, transit, parking, steps = ({"zh-CN": one, "en": one} for one in "ftps")
    way = {"floor": floor, "transit": transit, "parking": parking, "barrier_free": steps}
    more = {
        "address": name,
        "phone": "110",
        "arrival": way,
        "slot_minutes": {"tax": 20},
        "release": {"tax": {"mode": "at_once"}},
        "quotas": {"tax": [{"service_id": "x", "seats": 2}]},
    }
    whole = parse_office({**data, **more}, hours)
    assert whole.arrival == Arrival(*(Text(one, one) for one in "ftps"))
    assert (whole.address, whole.phone, whole.slot_minutes) == (
        *(Text("厅", "Hall"), "110"),
        {"tax": 20},
    )
    assert (whole.releases, whole.quotas) == ({"tax": AT_ONCE}, {"tax": (Quota("x", 2),)})
    days = {"from": "2026-12-07", "to": "2026-12-08", "id": "c", "reason": "停电"}
    part = {**days, "from_time": "10:00", "to_time": "11:30", "category": "tax"}
    closed = parse_office({**data, "closures": [days, part]}, hours).closures
    assert closed == (
        Closure("c", DAY, NEXT, "停电"),
        Closure("c", DAY, NEXT, "停电", time(10), time(11, 30), "tax"),
    )


def test_a_department_and_its_words_are_read_from_json() -> None:
    data = {"id": "tax", "name": {"zh-CN": "税务", "en": "Tax"}}
    assert parse_department(data) == Department("tax", Text("税务", "Tax"))


def test_a_service_is_read_from_json() -> None:
    paper = {
        "id": "deed",
        "name": {"zh-CN": "契", "en": "Deed"},
        "required": True,
        "usual_pages": 4,
        "also_called": ["契约"],
    }
    whole = service(
        fee={"cents": 16000, "currency": "cny", "basis": "发改价格〔2019〕914号"},
        materials=[paper],
        also_called=["办照"],
        life_events=["travel", "birth"],
        prepaid=True,
    )
    assert (whole.fee.amount.cents, whole.fee.amount.currency) == (16000, "cny")
    assert (whole.fee.basis or "").startswith("发改价格")
    [deed] = whole.materials
    assert (deed.usual_pages, deed.also_called, deed.required) == (4, ("契约",), True)
    assert (whole.also_called, whole.life_events) == (("办照",), ("travel", "birth"))
    assert (whole.prepaid, service().prepaid, service().bookable) == (True, False, False)
    assert booked(20).per_counter == 1
    assert service(appointment={"duration_minutes": 15}).per_counter == 1
    assert FEE_STEPS == ("accept", "review", "approve", "issue")
    assert list(CATEGORIES) == sorted(CATEGORIES)
    assert len(LIFE_EVENTS) == 10


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-12-04", "weekday"),
        ("2026-12-05", "saturday"),
        ("2026-12-06", "closed"),
        ("2026-10-10", "weekday"),
        ("2026-10-01", "closed"),
    ],
)
def test_each_day_has_its_kind(day: str, kind: str) -> None:
    assert calendar.day_kind(date.fromisoformat(day)) == kind
    assert calendar.is_working_day(date.fromisoformat(day)) is (kind == "weekday")


@pytest.mark.parametrize(
    ("first", "last", "number"),
    [
        ("2026-12-07", "2026-12-07", 0),
        ("2026-12-07", "2026-12-08", 1),
        ("2026-12-04", "2026-12-07", 1),
        ("2026-12-04", "2026-12-06", 0),
        ("2026-12-08", "2026-12-07", -1),
        ("2026-12-07", "2026-12-04", -1),
        ("2026-09-30", "2026-10-10", 3),
    ],
)
def test_working_days_are_counted_both_ways(first: str, last: str, number: int) -> None:
    days = [date.fromisoformat(one) for one in (first, last)]
    assert calendar.working_days_between(*days) == number


def part(id_: str, department: str, *requires: str, days: int = 3) -> Part:
    name = Text("部", "D")
    return Part(id_, Department(department, name), name, days, frozenset(), frozenset(), requires)


@pytest.mark.parametrize(
    ("departments", "zh", "en"),
    [
        ([], "公安", "Police"),
        (["public-security"], "公安", "Police"),
        (["public-security", "fire"], "公安等两部门", "Police and another department"),
        (["fire", "tax", "fire"], "公安等三部门", "Police and 2 other departments"),
        (["fire", "tax", "water"], "公安等四部门", "Police and 3 other departments"),
    ],
)
def test_who_decides_is_said_with_the_one_that_leads(
    departments: list[str], zh: str, en: str
) -> None:
    lead = service().department
    of_lead = {lead.department_id: lead}
    parts = [part(f"p{number}", one) for number, one in enumerate(departments)]
    parts = [
        replace(one, department=of_lead.get(one.department.department_id, one.department))
        for one in parts
    ]
    several = replace(service(), parts=tuple(parts))
    assert (several.decided_by.zh, several.decided_by.en) == (zh, en)
    assert several.departments[0] == lead
    assert several.lead_department_id == ("public-security" if departments else None)
    assert (several.part("p0") is not None) is bool(departments)
    assert several.part("none") is None


def test_parts_take_as_long_as_their_longest_chain() -> None:
    assert longest_chain([]) == 0
    assert longest_chain([part("a", "x", days=2), part("b", "y", days=5)]) == 5
    chain = [part("a", "x", days=2), part("b", "y", "a", days=4), part("c", "z", "a", days=1)]
    assert longest_chain(chain) == 6
    both = [*chain, part("d", "z", "b", "c", days=1)]
    assert longest_chain(both) == 7
    assert not part("a", "x").optional


def test_a_part_is_needed_by_the_answer_in_the_form() -> None:
    always, when = part("a", "x"), replace(part("b", "x"), when=Condition("has_sign", True))
    said: list[tuple[dict[str, Any], bool]] = [
        *[({}, False), ({"has_sign": False}, False), ({"has_sign": True}, True)],
    ]
    for form, needed in said:
        assert always.is_needed(form)
        assert when.is_needed(form) is needed


@pytest.mark.parametrize(
    ("data", "release"),
    [
        ({"mode": "at_once"}, AT_ONCE),
        ({"mode": "at_once", "rerelease": {"minutes": [5, 30]}}, Release(rerelease=(5, 30))),
        (
            {"mode": "daily_at", "opens_at": "09:30", "days_ahead": 7, "ramp_seconds": 60},
            Release("daily_at", time(9, 30), 7, 60),
        ),
    ],
)
def test_when_seats_come_out_is_read_from_json(data: dict[str, Any], release: Release) -> None:
    assert parse_release(data) == release
    assert release.scarce is (data["mode"] == "daily_at")
    opens = datetime(2026, 11, 30, 9, 30, tzinfo=OFFICE_ZONE) if release.scarce else None
    assert release.opens(DAY) == opens


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"consent": "afterwards"}, "nobody agrees at that time"),
        ({"signatures": ["lodge", "dance"]}, "signatures are none of"),
        ({"originals": "never"}, "originals is none of"),
        ({"materials": [{"id": "x", "name": {"zh-CN": "证", "en": "C"}, "required": True,
                         "original": "burn"}]}, "original is none of"),
    ],
)  # fmt: skip
def test_a_service_that_says_what_nobody_knows_is_refused(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        service(**said)


def test_a_service_says_what_it_asks_which_register() -> None:
    asked = service(registers=[REGISTER])
    assert asked.question("household") == RegisterQuestion("household", "lives_here")
    assert asked.question("civil") is None
    plain = service()
    assert (plain.consent, plain.originals, plain.signatures) == ("before", "before_decision", ())


def test_seats_are_out_at_once_unless_said_otherwise() -> None:
    assert Release() == AT_ONCE == Release("at_once", None, 0, 0)
    with pytest.raises(ValueError, match="no mode of release: 'by_lot'"):
        parse_release({"mode": "by_lot"})
    assert service().separation
    assert not service(separation=False).separation


REGISTER: dict[str, Any] = {"register": "household", "claim": "lives_here"}


def asking(*registers: dict[str, Any], material: str | None = None) -> dict[str, Any]:
    form = {"properties": {"where": {"x-key": "address"}, "free": {}}}
    return {
        "id": "x",
        "registers": registers,
        "form": form,
        "materials": [{"register": material}, {}],
    }


def test_what_a_service_asks_of_registers_is_read_from_json() -> None:
    asked = {**REGISTER, "fields": ["address"]}
    assert parse_questions(asking(asked, material="household")) == (
        RegisterQuestion("household", "lives_here", ("address",)),
    )
    assert parse_questions(asking(REGISTER))[0].fields == ()
    assert parse_questions({"id": "x", "materials": []}) == ()


@pytest.mark.parametrize(
    "data",
    [
        # Asked twice, never asked for a paper, and for a value that the form has not.
        asking(REGISTER, {**REGISTER, "claim": "is_married"}),
        asking(REGISTER, material="civil"),
        asking(material="household"),
        asking({**REGISTER, "fields": ["name"]}),
    ],
)
def test_registers_papers_and_form_fit_together(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="x: registers, materials and form do not fit"):
        parse_questions(data)
