from datetime import UTC, datetime, timedelta

import jwt
import pytest

from chalicelib.core.auth import Citizen, Staff
from chalicelib.core.errors import TokenExpired, Unauthenticated
from chalicelib.core.keys import KeyRing, SigningKey
from chalicelib.core.tokens import Tokens
from infra.local.secrets import signing_key

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
CITIZEN = Citizen("abcdefgh", "abcdefgh", "basic")
LIFE = timedelta(minutes=15)


def key() -> SigningKey:
    return SigningKey(**signing_key())


def test_a_token_speaks_for_whom_it_was_made() -> None:
    tokens = Tokens(KeyRing("token", [key()]), LIFE)
    staff = Staff("li", frozenset({"clerk"}), frozenset({"hall-1"}))
    assert tokens.check(tokens.issue(CITIZEN, NOW), NOW) == CITIZEN
    assert tokens.check(tokens.issue(staff, NOW), NOW) == staff


def test_keys_turn_with_no_downtime() -> None:
    old, new = key(), key()
    before = Tokens(KeyRing("token", [old]), LIFE)
    during = Tokens(KeyRing("token", [new, old]), LIFE)
    after = Tokens(KeyRing("token", [new]), LIFE)
    token = before.issue(CITIZEN, NOW)
    assert during.check(token, NOW) == CITIZEN
    assert after.check(during.issue(CITIZEN, NOW), NOW) == CITIZEN
    with pytest.raises(Unauthenticated):
        after.check(token, NOW)
    assert len(KeyRing("token", [new, old]).published()) == 2


def test_a_token_ends_and_begins_on_time() -> None:
    tokens = Tokens(KeyRing("token", [key()]), LIFE)
    token = tokens.issue(CITIZEN, NOW)
    assert tokens.check(token, NOW + LIFE - timedelta(seconds=1)) == CITIZEN
    with pytest.raises(TokenExpired):
        tokens.check(token, NOW + LIFE + timedelta(seconds=6))
    with pytest.raises(Unauthenticated):
        tokens.check(token, NOW - timedelta(minutes=1))


def test_a_signature_that_is_remembered_stands_only_for_the_very_token_and_a_live_key() -> None:
    ring = KeyRing("token", [key()])
    tokens = Tokens(ring, LIFE)
    token = tokens.issue(CITIZEN, NOW)
    assert tokens.check(token, NOW) == tokens.check(token, NOW) == CITIZEN
    head, claims, _ = token.split(".")
    for wrong in (f"{head}.{claims}.{'A' * 86}", f"{token}\ud800", f"{token}A"):
        with pytest.raises(Unauthenticated):
            tokens.check(wrong, NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ring, "_by_kid", {})
        with pytest.raises(Unauthenticated):
            tokens.check(token, NOW)


def test_all_that_staff_may_is_in_their_token() -> None:
    tokens = Tokens(KeyRing("token", [key()]), LIFE)
    staff = Staff(
        "li", frozenset({"clerk"}), frozenset({"hall-1"}), department_ids=frozenset({"tax", "a"})
    )
    assert tokens.check(tokens.issue(staff, NOW), NOW) == staff


@pytest.mark.parametrize("name", ["exp", "nbf"])
@pytest.mark.parametrize("value", ["1796086800", 1.5, None, [1], {}])
def test_a_token_with_times_that_are_none_is_refused(name: str, value: object) -> None:
    signing = key()
    tokens = Tokens(KeyRing("token", [signing]), LIFE)
    token = tokens.issue(CITIZEN, NOW)
    claims = jwt.decode(token, options={"verify_signature": False})
    headers = {"kid": signing.kid, "typ": "at+jwt"}
    forged = jwt.encode({**claims, name: value}, signing.private, "EdDSA", headers)
    with pytest.raises(Unauthenticated):
        tokens.check(forged, NOW)
