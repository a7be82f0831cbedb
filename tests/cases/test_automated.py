"""What a machine looks at, what it says of it, and when it says nothing: values alone."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.cases.domain import machine as switch
from chalicelib.cases.domain.automated import (
    Circumstances,
    RuleResult,
    age_on,
    facts_of,
    outcome_of,
)
from chalicelib.cases.domain.machine import Machine, disagreed, switched_off, switched_on
from chalicelib.core.four_eyes import SecondPersonNeeded, Word
from tests.cases.made import DAY, MONDAY, SECOND

TODAY = date(2026, 12, 7)


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1966-12-06", 60),
        ("1966-12-07", 60),
        ("1966-12-08", 59),
        ("1967-01-01", 59),
        ("1966-11-30", 60),
        ("2026-12-07", 0),
    ],
)
def test_an_age_is_in_full_years(born: str, age: int) -> None:
    assert age_on(date.fromisoformat(born), TODAY) == age


def test_who_was_born_on_a_leap_day_is_older_on_the_first_of_march() -> None:
    born = date(1964, 2, 29)
    assert (age_on(born, date(2025, 2, 28)), age_on(born, date(2025, 3, 1))) == (60, 61)


def test_facts_are_what_rules_may_ask_and_nothing_else() -> None:
    form = {"kind": "a", "why": "because", "day": "2026-12-17", "n": 3, "not-a-day": "2026-13-01"}
    known = Circumstances(
        agreed=True,
        born=date(1960, 1, 1),
        certificate_types={"card": "id"},
        lookups={"home": "confirmed", "job": "denied"},
        fee_cents=100,
    )
    assert facts_of({"kind", "day", "n", "not-a-day"}, form, known, TODAY) == {
        "form": {"kind": "a", "day": "2026-12-17", "n": 3, "not-a-day": "2026-13-01"},
        "days_until": {"day": 10},
        "applicant": {"agreed": True, "at_counter": False, "asks_for_person": False, "age": 66},
        "certificates": {"valid": True, "types": {"card": "id"}},
        "lookups": {
            "confirmed": False,
            "outcomes": {"home": "confirmed", "job": "denied"},
        },
        "fee": {"cents": 100, "paid": True},
        "originals": {"missing": 0},
    }


def test_what_is_not_known_is_no_fact() -> None:
    facts = facts_of({"day"}, {"day": "2026-12-01"}, Circumstances(agreed=False), TODAY)
    assert facts["days_until"] == {"day": -6}
    assert "age" not in facts["applicant"]
    assert not facts.keys() & {"certificates", "lookups"}
    assert facts["applicant"]["agreed"] is False


@given(held=st.lists(st.booleans(), max_size=6))
@settings(max_examples=30)
def test_a_machine_says_yes_where_every_rule_holds(held: list[bool]) -> None:
    results = [RuleResult(str(at), one) for at, one in enumerate(held)]
    assert outcome_of(results) == ("approved" if held and all(held) else "referred")


def word(by: str, **also: Any) -> Word:
    return Word("x", by, MONDAY, "因为", **also)


def test_a_switch_is_off_at_once_and_on_by_two() -> None:
    off = switched_off(Machine("s"))
    assert not off.enabled
    asked = switched_on(off, word("staff:a"))
    assert not asked.enabled
    assert asked.asked
    assert asked.asked.by == "staff:a"
    with pytest.raises(SecondPersonNeeded):
        switched_on(asked, word("staff:a"))
    with pytest.raises(SecondPersonNeeded):
        switched_on(asked, word("staff:b", is_same=lambda _: True))
    on = switched_on(asked, word("staff:b"))
    assert on.enabled
    assert (on.asked, on.on_since, on.disagreements) == (None, MONDAY, ())
    # Whoever switches it off takes the word back as well.
    assert switched_off(asked).asked is None


def test_what_was_lodged_while_it_was_off_is_peoples() -> None:
    assert Machine("s").decides(MONDAY)
    on = Machine("s", on_since=MONDAY)
    assert [on.decides(MONDAY + one) for one in (-SECOND, 0 * SECOND, SECOND)] == [
        False,
        True,
        True,
    ]
    assert not switched_off(on).decides(MONDAY + DAY)


def after(*days: float) -> Machine:
    machine = Machine("s")
    for at, day in enumerate(days):
        machine = disagreed(machine, f"case{at}", MONDAY + timedelta(days=day))
    return machine


def test_three_disagreements_within_a_week_switch_it_off() -> None:
    assert [after(*days).enabled for days in ((0, 1), (0, 1, 6.9), (0, 1, 7), (0, 7, 14))] == [
        True,
        False,
        True,
        True,
    ]
    assert (switch.DISAGREEMENTS, timedelta(days=7)) == (3, switch.WITHIN)


def test_one_case_is_one_disagreement() -> None:
    machine = Machine("s")
    for _ in range(5):
        machine = disagreed(machine, "case", MONDAY)
    assert machine.enabled
    assert machine.disagreements == (("case", MONDAY),)
    assert machine.subject_id == switch.subject_of("s") == "machine:s"
