"""Authenticators: added by what a browser's ceremony brings, and verified when they sign.

Adding is one transaction, and the same credential again is the factor that is there: a retry after
a crash or a lost answer finds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.identity.service import profiles
from chalicelib.identity.signing import storage
from chalicelib.identity.signing.domain import Factor, Factors
from chalicelib.identity.signing.service import challenges, factors

_ID_LENGTH: Final = 12
_NOT_VERIFIED: Final = Text("验证未通过，请重试", "This could not be verified; try again")


@dataclass(frozen=True, slots=True)
class Registration:
    """What a browser made, and what its owner calls it; by the `pin` it is good at once.

    `source` stands for the network address.
    """

    credential: Mapping[str, Any]
    name: str
    pin: str | None
    source: str


def creation_options(caller: Citizen, origin: str | None, now: datetime) -> dict[str, Any]:
    """Return what a browser is asked to make a credential by, on the page of an origin."""
    from chalicelib.identity.signing.providers import webauthn  # noqa: PLC0415 - cold start.

    citizen_id = caller.citizen_id
    name = profiles.masked_name_of(citizen_id) or citizen_id
    return webauthn.creation_options(
        webauthn.host_of(origin),
        (citizen_id, name),
        challenges.issue(f"add/{citizen_id}", now),
        _secrets(storage.load_factors(citizen_id)),
    )


def add(
    caller: Citizen, made: Registration, attempt: Attempt, now: datetime
) -> tuple[Factor, bool]:
    """Add an authenticator; tells whether it was there already.

    Raises InvalidRequest, TooManyFactors, TooManyRequests, FactorLocked or IdempotencyKeyReused.
    """
    there = factors.unless_reused(caller, attempt)
    secret = _registered(caller.citizen_id, made.credential, now)
    factor_id = f"key-{derived_id('webauthn', str(secret['credential']), length=_ID_LENGTH)}"
    device = factors.NewDevice(factor_id, "webauthn", secret, made.name, made.pin, made.source)
    return factors.add(caller, there, device, attempt, now)


def request_options(
    caller: Citizen, purpose: str, origin: str | None, now: datetime
) -> dict[str, Any]:
    """Return what a browser is asked to sign by, for a purpose, on the page of an origin."""
    from chalicelib.identity.signing.providers import webauthn  # noqa: PLC0415 - cold start.

    there = storage.load_factors(caller.citizen_id)
    usable = replace(there, items=tuple(one for one in there.items if one.is_usable(now)))
    return webauthn.request_options(
        webauthn.host_of(origin), challenges.issue(purpose, now), _secrets(usable)
    )


def challenge_of(assertion: Mapping[str, Any], purpose: str, now: datetime) -> str:
    """Return the challenge that a browser says it was asked; raises InvalidRequest."""
    from chalicelib.identity.signing.providers import webauthn  # noqa: PLC0415 - cold start.

    try:
        challenge = webauthn.ceremony_of(assertion).challenge
    except webauthn.NotVerifiedError as error:
        raise _refused("/assertion") from error
    if not challenges.is_good(challenge, purpose, now):
        raise _refused("/assertion")
    return challenge


def verified(caller: Citizen, usable: list[Factor], assertion: Mapping[str, Any]) -> Factor:
    """Return the factor that answered a good challenge; its counter is kept.

    Raises InvalidRequest.
    """
    from chalicelib.identity.signing.providers import webauthn  # noqa: PLC0415 - cold start.

    factor = next((f for f in usable if f.secret["credential"] == assertion.get("id")), None)
    if factor is None:
        raise _refused("/assertion")
    try:
        count = webauthn.verified(assertion, webauthn.ceremony_of(assertion), factor.secret)
    except webauthn.NotVerifiedError as error:
        raise _refused("/assertion") from error
    if count > int(factor.secret["count"]):
        storage.store_count(caller.citizen_id, factor.factor_id, count)
    return factor


def _registered(
    citizen_id: str, credential: Mapping[str, Any], now: datetime
) -> dict[str, str | int]:
    from chalicelib.identity.signing.providers import webauthn  # noqa: PLC0415 - cold start.

    try:
        ceremony = webauthn.ceremony_of(credential)
        if not challenges.is_good(ceremony.challenge, f"add/{citizen_id}", now):
            raise _refused("/credential")
        return webauthn.registered(credential, ceremony)
    except webauthn.NotVerifiedError as error:
        raise _refused("/credential") from error


def _secrets(there: Factors) -> list[Mapping[str, str | int]]:
    return [one.secret for one in there.items if one.kind == "webauthn"]


def _refused(at: str) -> InvalidRequest:
    return InvalidRequest(errors=[FieldError(at, "not_verified", _NOT_VERIFIED)])
