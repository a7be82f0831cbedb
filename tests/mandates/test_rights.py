"""The one rule of who may do what for whom, purely."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Forbidden, WrongStatus
from chalicelib.identity.domain import Consent, Member
from chalicelib.mandates.domain import (
    ACTIONS,
    RULES,
    Action,
    AgentCode,
    Answer,
    FamilyMandate,
    Mandate,
    MandateState,
    Side,
    Terms,
    latest_end,
    may,
    missing,
)
from chalicelib.mandates.domain.family import answered

NOON = datetime(2027, 3, 1, 4, tzinfo=UTC)
LAST_DAY = date(2027, 3, 1)
TERMS = Terms(frozenset({"id-card-renewal"}), frozenset({"book", "read"}), LAST_DAY)
GIVEN = Mandate("P" * 20, "principal", "p1", "agent000", "p2", TERMS, date(2027, 2, 1))
MEMBER = Member("m1", "p3", "parent", {}, "f")


@given(st.sampled_from(ACTIONS), st.sampled_from(["id-card-renewal", "passport-first", None]))
def test_a_mandate_allows_its_acts_for_its_services(action: Action, service: str | None) -> None:
    lacking = missing("agent000", action, service, GIVEN, NOON)
    expected: dict[str, str] = {}
    if action not in ("book", "read"):
        expected["action"] = action
    if service == "passport-first":
        expected["service_id"] = service
    assert lacking == expected
    assert may("agent000", action, service, GIVEN, NOON) == (not expected)
    everything = replace(GIVEN, terms=replace(TERMS, services=frozenset({"*"})))
    assert ("service_id" in missing("agent000", action, service, everything, NOON)) is False
    assert missing("another0", action, service, GIVEN, NOON) == {"status": "active"}
    assert missing("principal", action, service, GIVEN, NOON) == {"status": "active"}


@pytest.mark.parametrize("state", get_args(MandateState))
def test_only_what_is_active_allows_anything(state: MandateState) -> None:
    mandate = replace(GIVEN, state=state)
    assert may("agent000", "book", None, mandate, NOON) == (state == "active")
    assert not may("agent000", "book", None, replace(mandate, principal_frozen=True), NOON)
    # To its sides what waits for a second person is not there.
    assert mandate.status(NOON) == ("offered" if state == "asked" else state)


def test_a_mandate_ends_at_midnight_of_shanghai() -> None:
    midnight = datetime(2027, 3, 1, 16, tzinfo=UTC)
    before = midnight - timedelta(microseconds=1)
    for state in ("active", "offered"):
        mandate = replace(GIVEN, state=state)
        assert mandate.status(before) == state
        assert mandate.status(midnight) == "expired"
    assert may("agent000", "book", None, GIVEN, before)
    assert not may("agent000", "book", None, GIVEN, midnight)
    # What was ended by a word stays so.
    assert replace(GIVEN, state="revoked").status(midnight) == "revoked"


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2027, 3, 1), date(2030, 3, 1)),
        (date(2028, 2, 29), date(2031, 2, 28)),
        (date(2027, 12, 31), date(2030, 12, 31)),
    ],
)
def test_a_mandate_lasts_three_years_at_most(today: date, last: date) -> None:
    assert latest_end(today) == last


def test_for_a_member_who_has_not_agreed_one_may_book_alone() -> None:
    consents: tuple[Consent | None, ...] = (None, *get_args(Consent))
    for consent in consents:
        mandate = FamilyMandate("agent000", replace(MEMBER, consent=consent))
        allowed = [one for one in ACTIONS if may("agent000", one, "any", mandate, NOON)]
        expected = {None: ["book"], "accepted": list(ACTIONS)}
        assert allowed == expected.get(consent, [])
        assert not may("another0", "book", "any", mandate, NOON)


@pytest.mark.parametrize(
    ("services", "actions", "is_signed"),
    [
        ({"id-card-renewal"}, {"book", "read"}, False),
        ({"*"}, {"book"}, True),
        ({"id-card-renewal"}, {"collect"}, True),
        ({"*"}, {"collect"}, True),
    ],
)
def test_what_allows_everything_or_to_fetch_what_is_issued_is_signed(
    services: set[str], actions: set[Action], *, is_signed: bool
) -> None:
    assert Terms(frozenset(services), frozenset(actions), LAST_DAY).is_signed is is_signed


def test_a_members_answer_is_noted_with_its_day_and_the_same_again_changes_nothing() -> None:
    agreed = answered(MEMBER, "accept", "principal", NOON, LAST_DAY)
    assert agreed == replace(MEMBER, consent="accepted", since=LAST_DAY)
    assert answered(agreed, "accept", "principal", NOON, date(2030, 1, 1)) is agreed
    ended = answered(agreed, "revoke", "agent", NOON, date(2027, 3, 2))
    assert (ended.consent, ended.since) == ("revoked", date(2027, 3, 2))
    with pytest.raises(Forbidden):
        answered(MEMBER, "accept", "agent", NOON, LAST_DAY)


def test_a_family_is_shown_as_a_mandate_of_everything() -> None:
    guarded = FamilyMandate("agent000", replace(MEMBER, guarded_until=LAST_DAY, since=LAST_DAY))
    agreed = FamilyMandate("agent000", replace(guarded.member, consent="accepted"))
    assert (guarded.until, guarded.accepted_by) == (LAST_DAY, None)
    assert (agreed.until, agreed.accepted_by, agreed.since) == (None, "app", LAST_DAY)
    assert (guarded.services, guarded.actions) == (frozenset({"*"}), ACTIONS)
    assert (guarded.relation, guarded.principal_person) == ("parent", "p3")
    assert guarded.mandate_id == "agent000m1"


# Who says what of which state; everything else is refused.
SAID: tuple[MandateState, ...] = tuple(one for one in get_args(MandateState) if one != "asked")
STATES: dict[tuple[Side, Answer, MandateState], MandateState] = {
    ("principal", "accept", "offered"): "active",
    ("principal", "accept", "active"): "active",
    ("principal", "decline", "offered"): "declined",
    ("principal", "decline", "declined"): "declined",
    **{("principal", "dispute", state): "frozen" for state in SAID},
    **{
        (side, "revoke", state): "revoked"
        for side in get_args(Side)
        for state in ("offered", "active", "revoked")
    },
}


@pytest.mark.parametrize("side", get_args(Side))
@pytest.mark.parametrize("answer", get_args(Answer))
@pytest.mark.parametrize("state", SAID)
def test_who_may_say_what_of_a_mandate(side: Side, answer: Answer, state: MandateState) -> None:
    mandate = replace(GIVEN, state=state, accepted_by="counter")
    if side not in RULES[answer].sides:
        with pytest.raises(Forbidden):
            mandate.answered(answer, side, NOON)
    elif (side, answer, state) not in STATES:
        with pytest.raises(WrongStatus):
            mandate.answered(answer, side, NOON)
    else:
        said = mandate.answered(answer, side, NOON)
        assert said.state == STATES[side, answer, state]
        accepted_now = answer == "accept" and state == "offered"
        assert said.accepted_by == ("app" if accepted_now else "counter")
        assert (said == mandate) == (said.state == state)


def test_what_is_over_is_disputed_and_not_revoked() -> None:
    later = NOON + timedelta(days=1)
    assert GIVEN.answered("dispute", "principal", later).state == "frozen"
    with pytest.raises(WrongStatus):
        GIVEN.answered("revoke", "agent", later)
    with pytest.raises(WrongStatus):
        replace(GIVEN, state="offered").answered("accept", "principal", later)


def test_a_code_is_good_until_it_ends_or_is_used() -> None:
    code = AgentCode("agent000", "p2", "attempt", NOON)
    moment = timedelta(microseconds=1)
    assert code.is_live(NOON - moment)
    assert not code.is_live(NOON)
    assert not replace(code, used_for="m").is_live(NOON - moment)
