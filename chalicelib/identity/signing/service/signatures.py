"""Signing: the factor is verified, and what was shown is kept with what the house says of it.

One conditional write keeps a signature under an id of its attempt: a retry, also after a crash or
a lost answer, is verified and answered the same. Signing does nothing by itself; what is never used
is forgotten after a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.core import canonical_json, dependencies
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, IdempotencyKeyReused, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.identity.service import profiles
from chalicelib.identity.signing import storage
from chalicelib.identity.signing.domain import (
    SIGNATURE_LIFETIME,
    Act,
    Factor,
    FactorKind,
    Signature,
)
from chalicelib.identity.signing.service import authenticators, pins, soter, tokens
from chalicelib.identity.signing.service.soter import Given

_ID_LENGTH: Final = 22
# What is kept sealed must fit into an item of the table with the rest (400 KB).
_LONGEST: Final = 200_000
_NOT_SET: Final = Text("尚未设置这种签名方式", "This way to sign is not set up")
_RESTING: Final = Text("新增的签名方式暂未生效", "This way to sign is too new to be used yet")
_ASSERTION_NEEDED: Final = Text("请使用通行密钥验证", "Sign by the passkey")
_SOTER_NEEDED: Final = Text("请使用微信生物认证", "Sign by finger or face in WeChat")
_USED: Final = Text("该验证已使用，请重新签名", "This was used already; sign again")
_REQUIRED: Final = Text("请输入签名密码", "Give the PIN")
_TOO_LONG: Final = Text("签名内容过长", "This is too long to be signed")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a citizen says to have been shown and wants to sign, by what; `proof` is the factor's.

    `source` stands for the network address.
    """

    act: Act
    subject: str | None
    content: Mapping[str, Any]
    factor: FactorKind
    pin: str | None
    source: str
    assertion: Mapping[str, Any] | None = None
    soter: Given | None = None


def sign(caller: Citizen, asked: Asked, attempt: Attempt, now: datetime) -> tuple[Signature, bool]:
    """Sign what was shown; tells whether the same attempt had done so before.

    Raises InvalidRequest, TooManyRequests, FactorLocked or IdempotencyKeyReused.
    """
    if len(canonical_json.canonical(asked.content)) > _LONGEST:
        raise InvalidRequest(errors=[FieldError("/content", "too_long", _TOO_LONG)])
    fingerprint = _fingerprint(attempt)
    signature_id = attempt.id_for("signature", _ID_LENGTH)
    challenge = _challenge_of(caller, asked, now)
    if challenge:
        # One gesture at an authenticator makes one signature, and its counter goes on.
        signature_id = derived_id("signature", challenge, length=_ID_LENGTH)
        made = storage.load_signature(caller.citizen_id, signature_id)
        if made and made.fingerprint == fingerprint:
            return made, True
        if made:
            at = "/soter" if asked.factor == "soter" else "/assertion"
            raise InvalidRequest(errors=[FieldError(at, "used", _USED)])
    factor = _verified(caller, asked, now)
    new = _signature(caller, asked, factor, (signature_id, fingerprint), now.replace(microsecond=0))
    kept = storage.save_signature(new)
    if kept.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return kept, kept is not new


def request_options(
    caller: Citizen, asked: Asked, origin: str | None, now: datetime
) -> dict[str, Any]:
    """Return what a browser is asked to sign what was shown by, on the page of an origin."""
    return authenticators.request_options(caller, purpose_of(caller, asked), origin, now)


def _challenge_of(caller: Citizen, asked: Asked, now: datetime) -> str | None:
    """Return the challenge that an authenticator answered; raises InvalidRequest."""
    purpose = purpose_of(caller, asked)
    if asked.factor == "webauthn" and asked.assertion is not None:
        return authenticators.challenge_of(asked.assertion, purpose, now)
    if asked.factor == "soter" and asked.soter is not None:
        return soter.challenge_of(asked.soter, purpose, now)
    return None


def purpose_of(caller: Citizen, asked: Asked) -> str:
    """Return what an authenticator's challenge is for: whose signature, over what."""
    digest = canonical_json.digest(asked.content)
    return f"{caller.citizen_id}/{asked.act}/{asked.subject or ''}/{digest}"


def _fingerprint(attempt: Attempt) -> str:
    """Return by what an attempt is told; keyed, as PINs could be tried against a plain hash."""
    return dependencies.vault().keyed_hash("signature", f"{attempt.key}/{attempt.fingerprint}")


def _verified(caller: Citizen, asked: Asked, now: datetime) -> Factor:
    """Return the factor that the citizen has proven to have."""
    there = [f for f in storage.load_factors(caller.citizen_id).items if f.kind == asked.factor]
    if not there:
        raise InvalidRequest(errors=[FieldError("/factor", "not_set", _NOT_SET)])
    usable = [one for one in there if one.is_usable(now)]
    if not usable:
        raise InvalidRequest(errors=[FieldError("/factor", "resting", _RESTING)])
    if asked.factor == "webauthn":
        if asked.assertion is None:
            raise InvalidRequest(errors=[FieldError("/assertion", "required", _ASSERTION_NEEDED)])
        return authenticators.verified(caller, usable, asked.assertion)
    if asked.factor == "soter":
        if asked.soter is None:
            raise InvalidRequest(errors=[FieldError("/soter", "required", _SOTER_NEEDED)])
        return soter.verified(caller, usable, asked.soter)
    if asked.pin is None:
        raise InvalidRequest(errors=[FieldError("/pin", "required", _REQUIRED)])
    pins.check(caller, usable[0], pins.Try("/pin", asked.pin, asked.source), now)
    return usable[0]


def _signature(
    caller: Citizen, asked: Asked, factor: Factor, told_by: tuple[str, str], now: datetime
) -> Signature:
    """Return what is kept; `told_by` are its id, and the attempt's fingerprint."""
    signature_id, fingerprint = told_by
    digest, expires_at = canonical_json.digest(asked.content), now + SIGNATURE_LIFETIME
    claims = {
        "sub": caller.citizen_id,
        "jti": signature_id,
        "act": asked.act,
        **({"subject": asked.subject} if asked.subject else {}),
        "digest": digest,
        "factor": factor.kind,
        "factor_id": factor.factor_id,
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    key = profiles.key_of(caller.citizen_id)
    shown = canonical_json.canonical(asked.content)
    return Signature(
        signature_id,
        caller.citizen_id,
        asked.act,
        asked.subject,
        digest,
        factor.kind,
        factor.factor_id,
        now,
        expires_at,
        tokens.issue(claims),
        key.seal(f"signed/{signature_id}", shown),
        fingerprint,
    )
