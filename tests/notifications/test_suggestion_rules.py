"""What is due for whom, and on which days, at every boundary; and how often it is told."""

from datetime import date, timedelta

import pytest

from chalicelib.catalogue import service as catalogue
from chalicelib.core.age import birthday
from chalicelib.notifications.preferences.domain import SUGGESTION_KINDS, Preferences
from chalicelib.notifications.suggestions import domain
from chalicelib.notifications.suggestions.domain import (
    Known,
    Matter,
    Paper,
    Person,
    Suggestion,
    Told,
    choose,
    due,
)
from infra.local.engine import Engine

TODAY = date(2026, 12, 1)
SERVICES = frozenset(
    {"elder-card", "residence-permit", "birth-registration", "medical-remote-filing"}
)
SENIOR = Person(None, date(1966, 12, 31))
PERMIT = Paper("c1", "residence-permit", TODAY + timedelta(days=80))


def days(number: int) -> timedelta:
    return timedelta(days=number)


def kinds_of(known: Known, today: date = TODAY) -> list[tuple[str, str]]:
    return [(one.kind, one.service_id) for one in due(known, today)]


def asked(service_id: str, on: date, member: str | None = None) -> Matter:
    return Matter("case", service_id, member, on)


@pytest.mark.parametrize(
    ("born", "years", "on"),
    [
        (date(1966, 12, 31), 60, date(2026, 12, 31)),
        (date(1968, 2, 29), 60, date(2028, 2, 29)),
        # 2100 is no leap year.
        (date(2040, 2, 29), 60, date(2100, 3, 1)),
        (date(2008, 2, 29), 18, date(2026, 3, 1)),
        (date(2008, 2, 28), 18, date(2026, 2, 28)),
    ],
)
def test_a_birthday_of_a_leap_day_is_the_first_of_march(born: date, years: int, on: date) -> None:
    assert birthday(born, years) == on


@pytest.mark.parametrize(
    ("today", "is_due"),
    [
        (date(2026, 11, 30), False),
        (date(2026, 12, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 12, 31), True),
        (date(2028, 1, 1), False),
    ],
)
def test_an_age_is_told_from_a_month_before_to_a_year_after(today: date, *, is_due: bool) -> None:
    assert kinds_of(Known((SENIOR,)), today) == [("age", "elder-card")] * is_due


def test_an_age_is_told_of_each_who_has_not_asked() -> None:
    mother = Person("m1", date(1966, 12, 20))
    both = list(due(Known((SENIOR, mother)), TODAY))
    assert [(one.member_id, one.because, one.on) for one in both] == [
        (None, "self", date(2026, 12, 31)),
        ("m1", "m1", date(2026, 12, 20)),
    ]
    known = Known((SENIOR, mother), matters=(asked("elder-card", date(2020, 1, 1)),))
    assert [one.member_id for one in due(known, TODAY)] == ["m1"]
    known = Known((SENIOR, mother), matters=(asked("elder-card", TODAY, "m1"),))
    assert [one.member_id for one in due(known, TODAY)] == [None]
    assert kinds_of(Known((Person(None, None),))) == []


@pytest.mark.parametrize(("left", "is_due"), [(91, False), (90, True), (61, True), (60, False)])
def test_a_certificate_is_told_before_its_reminders(left: int, *, is_due: bool) -> None:
    paper = Paper("c1", "residence-permit", TODAY + days(left))
    assert kinds_of(Known(papers=(paper,))) == [("certificate", "residence-permit")] * is_due


def test_a_certificate_is_not_told_that_has_no_end_or_is_being_renewed() -> None:
    assert kinds_of(Known(papers=(Paper("c1", "elder-card", None),))) == []
    begins = TODAY - days(10)
    for on, member, is_due in (
        (begins, None, False),
        (begins - days(1), None, True),
        (begins, "m1", True),
    ):
        known = Known(papers=(PERMIT,), matters=(asked("residence-permit", on, member),))
        assert bool(kinds_of(known)) is is_due, on


@pytest.mark.parametrize(
    ("child", "is_due"),
    [
        (Person("m1", TODAY, is_child=True), True),
        (Person("m1", TODAY - days(364), is_child=True), True),
        (Person("m1", TODAY - days(365), is_child=True), False),
        (Person("m1", TODAY + days(1), is_child=True), False),
        (Person("m1", TODAY), False),
        (Person("m1", None, is_child=True), False),
        (Person("m1", None, TODAY, is_child=True, is_newborn=True), True),
        (Person("m1", None, TODAY - days(364), is_child=True, is_newborn=True), True),
        (Person("m1", None, TODAY - days(365), is_child=True, is_newborn=True), False),
        (Person("m1", None, None, is_child=True, is_newborn=True), False),
        (Person("m1", None, TODAY, is_child=True), False),
    ],
)
def test_a_newborns_steps_are_told_within_the_year(child: Person, *, is_due: bool) -> None:
    steps = [("newborn", step) for step in domain.NEWBORN_STEPS]
    assert kinds_of(Known((child,))) == steps * is_due


def test_a_newborns_step_that_was_asked_for_is_not_told() -> None:
    child = Person("m1", TODAY - days(30), is_child=True)
    first, second = domain.NEWBORN_STEPS
    for on, member, left in (
        (TODAY - days(30), None, [second]),
        (TODAY - days(1), "m1", [second]),
        (TODAY - days(31), None, [first, second]),
        (TODAY, "m2", [first, second]),
    ):
        known = Known((child,), matters=(asked(first, on, member),))
        assert [one.service_id for one in due(known, TODAY)] == left, (on, member)
    [told, _] = due(Known((child,)), TODAY)
    assert (told.because, told.member_id, told.on) == ("m1", "m1", TODAY - days(30))


@pytest.mark.parametrize(
    ("granted", "is_due"),
    [
        (None, False),
        (TODAY, True),
        (TODAY - days(179), True),
        (TODAY - days(180), False),
        (TODAY + days(1), False),
    ],
)
def test_a_moves_steps_are_told_for_half_a_year(granted: date | None, *, is_due: bool) -> None:
    home = Matter("case1", "property-transfer", None, TODAY - days(200), granted)
    assert kinds_of(Known(matters=(home,))) == [("move", "residence-permit")] * is_due


def test_what_is_told_of_one_thing_does_not_hang_on_another() -> None:
    old = Matter("case1", "property-transfer", None, TODAY - days(400), TODAY - days(300))
    new = Matter("case2", "property-transfer", None, TODAY - days(20), TODAY - days(10))
    waits = Matter("case3", "property-transfer", None, TODAY, None)
    for matters in ((old, waits, new), (new, old, waits), (waits, new, old)):
        [told] = due(Known(matters=matters), TODAY)
        assert (told.because, told.on) == ("case2", TODAY - days(10))


def test_a_moves_step_that_was_asked_for_since_is_not_told() -> None:
    lodged = TODAY - days(60)
    home = Matter("case1", "property-transfer", "m1", lodged, TODAY - days(30))
    for on, member, is_due in (
        (lodged, "m1", False),
        (lodged - days(1), "m1", True),
        (TODAY, None, True),
    ):
        known = Known(matters=(home, asked("residence-permit", on, member)))
        assert bool(kinds_of(known)) is is_due, on
    [told] = due(Known(matters=(home,)), TODAY)
    assert (told.because, told.member_id, told.on) == ("case1", "m1", TODAY - days(30))
    other = Matter("case2", "passport-issue", None, lodged, TODAY)
    assert kinds_of(Known(matters=(other,))) == []


def test_only_what_is_wanted_offered_and_new_is_told_first_things_first() -> None:
    child = Person("m1", TODAY, is_child=True)
    known = Known((SENIOR, child), (PERMIT,))
    all_kinds, told = SUGGESTION_KINDS, Told()
    order = []
    for _ in range(5):
        chosen = choose(known, all_kinds, SERVICES, Told(told.days), TODAY)
        order.append(chosen and (chosen.kind, chosen.service_id))
        told = told.and_now(chosen, TODAY) if chosen else told
    assert order == [
        ("newborn", "birth-registration"),
        ("newborn", "medical-remote-filing"),
        ("certificate", "residence-permit"),
        ("age", "elder-card"),
        None,
    ]
    chosen = choose(known, ["age"], SERVICES, Told(), TODAY)
    assert chosen == Suggestion("age", "elder-card", "self", date(2026, 12, 31))
    assert choose(known, ["age"], {"residence-permit"}, Told(), TODAY) is None
    assert choose(known, [], SERVICES, Told(), TODAY) is None


@pytest.mark.parametrize(("later", "is_time"), [(0, False), (6, False), (7, True), (8, True)])
def test_never_more_than_one_a_week_is_told(later: int, *, is_time: bool) -> None:
    told = Told({"age/other/self": TODAY}, TODAY)
    assert told.is_time(TODAY + days(later)) is is_time
    chosen = choose(Known((SENIOR,)), SUGGESTION_KINDS, SERVICES, told, TODAY + days(later))
    assert (chosen is not None) is is_time
    assert Told().is_time(TODAY)


def test_what_was_told_long_ago_is_forgotten() -> None:
    old = {"a": TODAY - days(800), "b": TODAY - days(799)}
    new = Suggestion("age", "elder-card", "self", TODAY)
    told = Told(old, TODAY - days(799)).and_now(new, TODAY)
    assert told == Told({"b": TODAY - days(799), new.key: TODAY}, TODAY)


def test_one_tap_ends_one_kind() -> None:
    wanted = Preferences(suggestion_kinds=("age", "move"))
    assert wanted.without_suggestions("age").suggestion_kinds == ("move",)
    assert wanted.without_suggestions("newborn") == wanted
    assert not wanted.without_suggestions("age").without_suggestions("move").suggestions


def test_all_that_is_suggested_is_a_service_of_the_guide(engine: Engine) -> None:
    named = {*domain.RIGHTS_BY_AGE, *domain.NEWBORN_STEPS, *domain.MOVE_STEPS}
    named |= {step for steps in domain.MOVE_STEPS.values() for step in steps}
    assert named <= catalogue.current().services.keys()
