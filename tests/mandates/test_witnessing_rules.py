"""The rules of what is witnessed: when it takes two, what a word makes of it, when it ends."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from chalicelib.core.errors import InvalidRequest
from chalicelib.core.four_eyes import SecondPersonNeeded, Word
from chalicelib.core.history import Head
from chalicelib.mandates.domain import (
    ACTIONS,
    Action,
    Mandate,
    MandateState,
    Terms,
    Witness,
    guarded_until,
    latest_end,
    needs_two,
    witnessed,
)
from chalicelib.mandates.domain.mandate import years_after

TODAY = date(2027, 3, 1)
NOW = datetime(2027, 3, 1, 4, tzinfo=UTC)
LITTLE = Terms(frozenset({"id-card-renewal"}), frozenset({"book"}), date(2027, 4, 1))
MUCH = replace(LITTLE, services=frozenset({"*"}))


def mandate(allowed: Terms = LITTLE, **changed: object) -> Mandate:
    sides = ("grandmum", "her hash", "grandson", "his hash")
    made = Mandate(
        "grandmum123456789012",
        *sides,
        allowed,
        TODAY,
        accepted_by="counter",
        witness=Witness("hall", "scan"),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def word(by: str) -> Word:
    return Word("witness", by, NOW, "")


def kept(made: Mandate | None, version: int = 1) -> Mandate:
    assert made
    return replace(made, version=version, head=Head(version, "x"))


@pytest.mark.parametrize(
    ("terms", "two"),
    [
        (LITTLE, False),
        (MUCH, True),
        (replace(LITTLE, services=frozenset({"a", "*"})), True),
        *((replace(LITTLE, actions=frozenset({a})), a == "collect") for a in ACTIONS),
        (replace(LITTLE, until=date(2028, 3, 1)), False),
        (replace(LITTLE, until=date(2028, 3, 2)), True),
    ],
)
def test_two_persons_witness_what_allows_much(terms: Terms, two: bool) -> None:
    assert needs_two(terms, TODAY) is two


def test_a_year_ends_on_the_same_day_or_the_last_of_february() -> None:
    assert years_after(date(2027, 3, 1), 1) == date(2028, 3, 1)
    assert years_after(date(2028, 2, 29), 1) == date(2029, 2, 28)
    assert years_after(date(2028, 2, 29), 4) == date(2032, 2, 29)
    assert latest_end(date(2028, 2, 29)) == date(2031, 2, 28)


def test_one_word_is_enough_for_little() -> None:
    made = witnessed(mandate(), mandate(), word("a"))
    assert made
    assert (made.state, made.witness) == ("active", Witness("hall", "scan", None, word("a")))


def test_for_much_another_person_says_the_same() -> None:
    asked = kept(witnessed(mandate(MUCH), mandate(MUCH), word("a")))
    assert (asked.state, asked.witness) == ("asked", Witness("hall", "scan", word("a")))
    with pytest.raises(SecondPersonNeeded):
        witnessed(asked, mandate(MUCH), word("a"))
    later = mandate(MUCH, since=date(2027, 3, 2))
    agreed = witnessed(asked, later, word("b"))
    assert agreed
    assert agreed.witness == Witness("hall", "scan", word("a"), word("b"))
    assert (agreed.state, agreed.since) == ("active", date(2027, 3, 2))
    assert (agreed.version, agreed.head) == (1, Head(1, "x"))


@pytest.mark.parametrize(
    "changed",
    [
        {"terms": replace(MUCH, until=date(2027, 5, 1))},
        {"terms": replace(MUCH, actions=frozenset[Action]({"read"}))},
        {"agent_person": "another's hash", "agent": "stranger"},
        {"principal_person": "another's hash"},
    ],
)
def test_what_differs_takes_the_place_of_what_was_asked(changed: dict[str, object]) -> None:
    asked = kept(witnessed(mandate(MUCH), mandate(MUCH), word("a")))
    other = witnessed(asked, mandate(MUCH, **changed), word("b"))
    assert other
    assert (other.state, other.witness) == ("asked", Witness("hall", "scan", word("b")))
    little = witnessed(asked, mandate(LITTLE), word("a"))
    assert little
    assert (little.state, little.version) == ("active", 1)


def test_what_is_in_force_is_found_and_its_scan_is_of_nothing_else() -> None:
    active = kept(witnessed(mandate(), mandate(), word("a")))
    assert witnessed(active, mandate(), word("b")) is None
    others = [mandate(MUCH), mandate(mandate_id="otherone123456789012")]
    for other in others:
        with pytest.raises(InvalidRequest):
            witnessed(active, replace(other, agent_person="a third's"), word("b"))
    states: list[MandateState] = ["revoked", "declined", "frozen", "offered"]
    for state in states:
        with pytest.raises(InvalidRequest):
            witnessed(replace(active, state=state), mandate(), word("b"))


def test_a_scan_that_waits_with_one_principal_is_not_anothers() -> None:
    asked = kept(witnessed(mandate(MUCH), mandate(MUCH), word("a")))
    with pytest.raises(InvalidRequest):
        witnessed(asked, mandate(MUCH, mandate_id="otherone123456789012"), word("b"))


MINOR_UNTIL = date(2027, 5, 31)


@pytest.mark.parametrize(
    ("changed", "until"),
    [
        ({}, date(2027, 5, 31)),
        ({"terms": replace(MUCH, until=date(2027, 5, 30))}, date(2027, 5, 30)),
        ({"terms": replace(LITTLE, until=date(2027, 6, 30))}, None),
        ({"state": "asked"}, None),
        ({"state": "revoked"}, None),
        ({"witness": Witness("hall", "scan")}, None),
        ({"witness": None}, None),
    ],
)
def test_a_guardian_is_one_by_all_services_until_the_sooner_day(
    changed: dict[str, object], until: date | None
) -> None:
    terms = replace(MUCH, until=date(2027, 6, 30))
    witness = Witness("hall", "scan", minor_until=MINOR_UNTIL)
    made = mandate(terms, **{"witness": witness, **changed})
    assert guarded_until(made) == until


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (datetime(2027, 5, 31, 15, 59, 59, tzinfo=UTC), "active"),
        (datetime(2027, 5, 31, 16, tzinfo=UTC), "offered"),
        (datetime(2027, 6, 30, 15, 59, 59, tzinfo=UTC), "offered"),
        (datetime(2027, 6, 30, 16, tzinfo=UTC), "expired"),
    ],
)
def test_a_guardians_turns_offered_and_ends_at_midnights_of_shanghai(
    at: datetime, status: str
) -> None:
    witness = Witness("hall", "scan", minor_until=MINOR_UNTIL)
    made = replace(mandate(replace(MUCH, until=date(2027, 6, 30))), witness=witness)
    assert made.status(at) == status
    assert (made.rights_of("grandson", at) is not None) is (status == "active")


def test_who_came_of_age_accepts_it_for_good_or_says_no() -> None:
    at = datetime(2027, 6, 1, tzinfo=UTC)
    witness = Witness("hall", "scan", minor_until=MINOR_UNTIL)
    made = replace(mandate(replace(MUCH, until=date(2027, 6, 30))), witness=witness)
    accepted = made.answered("accept", "principal", at)
    assert (accepted.status(at), accepted.accepted_by) == ("active", "app")
    assert accepted.answered("accept", "principal", at) is accepted
    assert made.answered("decline", "principal", at).state == "declined"
    assert made.answered("revoke", "agent", at).witness == witness
    assert mandate(state="asked").status(NOW) == "offered"
    assert mandate(state="asked").rights_of("grandson", NOW) is None
