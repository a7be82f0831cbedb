"""Citizens, their families, and accounts that are joined, as values."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.errors import WrongStatus
from chalicelib.core.four_eyes import Word
from chalicelib.identity import domain
from chalicelib.identity.domain import (
    Joined,
    Link,
    LinkCode,
    Member,
    Profile,
    TokenFamily,
    links,
    masked_email,
    masked_name,
    masked_phone,
    person_corrections,
)

NOON = datetime.fromisoformat("2026-12-07T12:00:00+08:00")
SECOND = timedelta(seconds=1)


def member(**changes: Any) -> Member:
    return replace(Member("m1", "sealed-person", "child", {}, "f"), **changes)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("InvalidLoginCode", 401),
        ("ProviderUnavailable", 503),
        ("InvalidRefreshToken", 401),
        ("RefreshTokenReused", 401),
        ("InvalidIdToken", 401),
        ("IdentityNotConfirmed", 422),
        ("PlatformCodeRefused", 422),
        ("IdentityAlreadySet", 409),
        ("FamilyFull", 409),
        ("AlreadyFamily", 409),
        ("VerificationRequired", 403),
        ("ConsentRequired", 403),
        ("MemberInUse", 409),
        ("ThingsOpen", 409),
        ("PersonKnown", 409),
        ("LastAccount", 409),
    ],
)
def test_a_refusal_has_its_status(name: str, status: int) -> None:
    assert getattr(domain, name).status == status


def test_the_limits_are_as_the_contract_says() -> None:
    assert domain.FAMILY_LIMIT == 8
    assert domain.PROOFS == ("match", "platform", "counter")
    assert domain.LINK_PROOFS == ("code", "platform", "counter")
    assert timedelta(days=1) == domain.LINK_REQUEST_LIFETIME
    assert timedelta(minutes=5) == links.LINK_CODE_LIFETIME
    assert links.WRONG_CODES_A_DAY == 5


def test_an_account_begins_unproven_and_in_chinese() -> None:
    profile = Profile("abcdefgh", "key")
    assert (profile.level, profile.erased, profile.version) == ("basic", False, 1)
    assert (profile.locale, profile.large_text, profile.generation) == ("zh-CN", False, 0)
    assert (profile.members, profile.links, profile.joined) == (frozenset(), frozenset(), None)
    assert profile.subject_id == "abcdefgh"
    assert replace(profile, person="p").level == "real_name"
    assert replace(profile, wrapped_key="").erased


def test_an_account_is_the_same_whether_its_key_was_read_and_never_shows_it() -> None:
    profile = Profile("abcdefgh", domain.KEPT_APART)
    read = replace(profile, own_key=b"secret")
    assert read == profile
    assert "secret" not in repr(read)
    assert profile.key_is_apart
    assert not replace(profile, wrapped_key="aa").key_is_apart
    # What stands in a key's place is no erasure.
    assert not profile.erased


@pytest.mark.parametrize(
    ("consent", "guarded_until", "status"),
    [
        (None, None, "offered"),
        (None, date(2026, 12, 6), "offered"),
        (None, date(2026, 12, 7), "active"),
        (None, date(2030, 1, 1), "active"),
        ("accepted", None, "active"),
        ("accepted", date(2026, 12, 6), "active"),
        # Who has said no is not represented, guardian or not.
        ("declined", date(2030, 1, 1), "declined"),
        ("revoked", date(2030, 1, 1), "revoked"),
        ("frozen", date(2030, 1, 1), "frozen"),
        ("declined", None, "declined"),
    ],
)
def test_one_acts_for_who_agreed_or_is_a_minor(
    consent: Any, guarded_until: date | None, status: str
) -> None:
    asked = member(consent=consent, guarded_until=guarded_until)
    assert asked.status(NOON) == status
    # Who has not agreed is not touched by what a caller does.
    counted = "sealed-person" if status == "active" else "sealed-caller"
    assert asked.counted_as("sealed-caller", NOON) == counted


def test_a_minor_comes_of_age_at_midnight_in_shanghai() -> None:
    child = member(guarded_until=date(2026, 12, 7))
    midnight = datetime(2026, 12, 7, 16, tzinfo=UTC)
    assert child.status(midnight - SECOND) == "active"
    assert child.status(midnight) == "offered"


@pytest.mark.parametrize(
    ("after", "early"),
    [
        (timedelta(0), True),
        (timedelta(hours=72) - SECOND, True),
        (timedelta(hours=72), False),
        (timedelta(days=4), False),
    ],
)
def test_what_was_joined_is_on_probation_for_three_days(after: timedelta, *, early: bool) -> None:
    assert Joined("of-record", "l1", NOON, 0).on_probation(NOON + after) is early
    link = Link("l1", "a", "wechat", "k", NOON)
    assert link.can_be_undone(NOON + after) is early
    assert not link.ended


def test_codes_and_tokens_begin_valid() -> None:
    assert LinkCode("attempt", NOON).cancelled_on == ""
    family = TokenFamily("f", "citizen", "abcdefgh", 1, "a", NOON, NOON)
    assert (family.revoked, family.generation) == (False, 0)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("", "*"), ("张", "*"), ("张三", "张*"), ("欧阳小明", "欧***"), ("Li Lei", "L*****")],
)
def test_a_name_shows_its_first_character_of_several(name: str, masked: str) -> None:
    assert masked_name(name) == masked


def test_a_phone_shows_its_ends() -> None:
    assert masked_phone("13800001234") == "138****1234"


@pytest.mark.parametrize(
    ("address", "masked"),
    [("li@example.com", "l***@example.com"), ("l@example.com", "l***@example.com"), ("", "***@")],
)
def test_an_address_shows_its_first_letter_and_its_domain(address: str, masked: str) -> None:
    assert masked_email(address) == masked


WORD = Word("correct#digest", "staff:a", NOON, "x")


def test_what_a_first_person_asked_for_waits_until_it_is_done() -> None:
    asked = person_corrections.StaffAct(WORD, "attempt-1")
    assert (asked.pending, asked.act, asked.former) == (WORD, "correct", "")
    assert replace(asked, done_in="attempt-2").pending is None
    assert person_corrections.act_of("sign_out") == "sign_out"
    assert person_corrections.PERSON_ACTS == (
        "correct",
        "death",
        "undo_death",
        "sign_out",
        "reset_factors",
    )
    statuses = (person_corrections.AccountClosed.status, person_corrections.NumberTaken.status)
    assert statuses == (403, 409)


@pytest.mark.parametrize(
    ("act", "deceased", "left"),
    [
        ("death", False, True),
        ("death", True, False),
        ("undo_death", True, True),
        ("undo_death", False, "living"),
        ("correct", False, True),
        ("correct", True, "deceased"),
        ("sign_out", False, True),
        ("sign_out", True, "deceased"),
    ],
)
def test_the_dead_are_left_alone(
    act: person_corrections.PersonAct, left: object, *, deceased: bool
) -> None:
    if isinstance(left, bool):
        assert person_corrections.check_act(act, deceased=deceased) is left
        return
    with pytest.raises(WrongStatus) as refused:
        person_corrections.check_act(act, deceased=deceased)
    assert refused.value.extra == {"current": left}
