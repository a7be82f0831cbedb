from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text
from chalicelib.identity.signing.domain import (
    FACTOR_REST,
    SIGNATURE_LIFETIME,
    Factor,
    FactorKind,
    FactorLocked,
    Factors,
    Sheet,
    Signature,
    SignatureInvalid,
    SignatureRequired,
    TooManyFactors,
    check,
    is_weak,
)

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
SHEET = Sheet("lodge", "zhang", "property-transfer", ((Text("价格", "Price"), Text("1", "1")),))
PIN = Factor("pin-1", "pin", NOW, NOW)
KEYS = Factors((PIN,), had_any=True, version=1)


def factor(name: str, kind: FactorKind = "webauthn") -> Factor:
    return Factor(name, kind, NOW, NOW)


def signature(**changed: object) -> Signature:
    [digest] = [d for d in SHEET.digests() if d == min(SHEET.digests())]
    made = Signature(
        "s", "zhang", "lodge", "property-transfer", digest, "pin", "pin-1", NOW,
        NOW + timedelta(minutes=5), "token", "sealed", "attempt",
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "pin",
    ["000000", "777777", "123456", "456789", "789012", "654321", "210987", "121212", "123123"],
)
def test_pins_that_everybody_tries_first_are_weak(pin: str) -> None:
    assert is_weak(pin)


def test_a_birthday_is_weak_for_its_owner_alone() -> None:
    number = "33020319870612204X"
    for pin in ("198706", "870612", "061220", "330203"):
        assert is_weak(pin, number)
    assert not is_weak("870612")
    assert not is_weak("274913", number)
    assert not is_weak("112233")


def test_a_first_factor_is_good_at_once_and_a_further_one_when_it_is_proven() -> None:
    assert Factors().usable_from(NOW, is_proven=False) == NOW
    assert KEYS.usable_from(NOW, is_proven=True) == NOW
    assert KEYS.usable_from(NOW, is_proven=False) == NOW + FACTOR_REST
    # Who removes all of them has not made room for a first one.
    assert KEYS.without("pin-1").usable_from(NOW, is_proven=False) == NOW + FACTOR_REST


def test_a_factor_rests_for_three_days_and_a_signature_lives_for_five_minutes() -> None:
    assert timedelta(days=3) == FACTOR_REST
    assert timedelta(minutes=5) == SIGNATURE_LIFETIME


def test_a_resting_factor_signs_nothing_until_its_moment() -> None:
    resting = replace(PIN, usable_from=NOW + FACTOR_REST)
    assert Factors((resting,)).kinds(NOW) == []
    assert not resting.is_usable(NOW + FACTOR_REST - timedelta(seconds=1))
    assert Factors((resting,)).kinds(NOW + FACTOR_REST) == ["pin"]


def test_there_is_one_pin_and_eight_factors() -> None:
    assert KEYS.with_factor(factor("pin-2", "pin")).items == (factor("pin-2", "pin"),)
    full = Factors(tuple(factor(str(number)) for number in range(7))).with_factor(PIN)
    assert (len(full.items), full.version, full.pin) == (8, 1, PIN)
    assert full.kinds(NOW) == ["webauthn", "pin"]
    with pytest.raises(TooManyFactors):
        full.with_factor(factor("9"))
    # The PIN is changed all the same.
    assert full.with_factor(factor("pin-2", "pin")).find("pin-1") is None


def test_only_the_counter_of_the_one_that_signed_goes_on_and_never_back() -> None:
    keys = Factors(tuple(replace(factor(name), secret={"count": 5}) for name in "abc"))
    counted = keys.with_count("b", 9).with_count("b", 7)
    assert [one.secret["count"] for one in counted.items] == [5, 9, 5]
    assert counted.version == 2


def test_a_signature_of_this_act_and_content_is_good_in_both_languages() -> None:
    for digest in SHEET.digests():
        check(signature(digest=digest), SHEET, KEYS, NOW)
    check(signature(subject=None), SHEET, KEYS, NOW + timedelta(minutes=4, seconds=59))
    assert len(SHEET.digests()) == 2
    assert SHEET.content("en")["lines"] == [{"label": "Price", "value": "1"}]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"signer": "li"}, "other_act"),
        ({"act": "erase"}, "other_act"),
        ({"subject": "elder-card"}, "other_act"),
        ({"digest": "sha-256:0"}, "other_content"),
        ({"used_for": "case"}, "used"),
        ({"factor_id": "pin-0"}, "revoked"),
        ({"expires_at": NOW}, "expired"),
    ],
)
def test_any_other_signature_is_refused(changed: dict[str, object], why: str) -> None:
    with pytest.raises(SignatureInvalid) as refused:
        check(signature(**changed), SHEET, KEYS, NOW)
    assert refused.value.extra == {"reason": why}


def test_what_was_signed_says_another_thing_when_one_word_of_it_is_another() -> None:
    other = replace(SHEET, lines=((Text("价格", "Price"), Text("2", "2")),))
    assert not SHEET.digests() & other.digests()
    assert not SHEET.digests() & replace(SHEET, act="erase").digests()


def test_a_refusal_shows_the_content_in_the_callers_language() -> None:
    refusal = SignatureRequired.of(SHEET, ["pin"])
    for lang in ("zh-CN", "en"):
        shown = refusal.members(lang, "r")
        assert shown["content"] == SHEET.content(lang)
        assert (shown["act"], shown["subject"]) == ("lodge", "property-transfer")
        assert shown["factors"] == ["pin"]


def test_a_signature_is_told_in_a_history_by_its_id_and_digest() -> None:
    made = signature()
    facts = {"signature": "s", "digest": made.digest, "factor": "pin"}
    assert (made.facts, made.used_for) == (facts, None)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(FactorLocked, 403), (TooManyFactors, 409), (SignatureRequired, 403), (SignatureInvalid, 422)],
)
def test_a_refusal_has_its_status(refusal: type[Problem], status: int) -> None:
    assert refusal.status == status
