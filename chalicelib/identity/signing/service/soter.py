"""SOTER: a phone with WeChat is added by what it signs, and signs by finger or face.

The phone is told apart by a keyed hash of what names it. As of any authenticator one gesture is one
signature, its challenge is for one person and purpose, and its counter does not go back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.identity.service import reach
from chalicelib.identity.signing import providers, storage
from chalicelib.identity.signing.domain import Factor
from chalicelib.identity.signing.domain.soter import NotVerifiedError, SoterResult, read
from chalicelib.identity.signing.service import challenges, factors

_ID_LENGTH: Final = 12
_NOT_SET: Final = Text("尚未设置这种签名方式", "This way to sign is not set up")
_NOT_VERIFIED: Final = Text("验证未通过，请重试", "This could not be verified; try again")


@dataclass(frozen=True, slots=True)
class Given:
    """What a phone gave: `resultJSON` and `resultJSONSignature`, as they are."""

    result_json: str
    signature: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What a phone signed to be added, what it is called; by the `pin` it is good at once.

    `source` stands for the network address.
    """

    given: Given
    name: str
    pin: str | None
    source: str


def challenge(purpose: str, now: datetime) -> str:
    """Return what a phone is asked to sign, for a purpose that names the person.

    Raises InvalidRequest where the stage has no SOTER.
    """
    if providers.soter_verifier() is None:
        raise _not_set()
    return challenges.issue(_of_soter(purpose), now)


def to_add(citizen_id: str) -> str:
    """Return the purpose of a challenge by which a phone is added."""
    return f"add/{citizen_id}"


def challenge_of(given: Given, purpose: str, now: datetime) -> str:
    """Return the challenge that a phone signed, if it was for a purpose; raises InvalidRequest."""
    result = _read(given)
    if not challenges.is_good(result.challenge, _of_soter(purpose), now):
        raise _refused()
    return result.challenge


def add(
    caller: Citizen, made: Registration, attempt: Attempt, now: datetime
) -> tuple[Factor, bool]:
    """Add a phone; tells whether it was there already.

    Raises InvalidRequest, ProviderUnavailable, TooManyFactors, TooManyRequests, FactorLocked or
    IdempotencyKeyReused.
    """
    there = factors.unless_reused(caller, attempt)
    challenge_of(made.given, to_add(caller.citizen_id), now)
    result = _verified(caller, made.given)
    secret: dict[str, str | int] = {"device": _device(caller, result), "count": result.counter}
    factor_id = f"soter-{derived_id('soter', str(secret['device']), length=_ID_LENGTH)}"
    device = factors.NewDevice(factor_id, "soter", secret, made.name, made.pin, made.source)
    return factors.add(caller, there, device, attempt, now)


def verified(caller: Citizen, usable: list[Factor], given: Given) -> Factor:
    """Return the phone that signed; its counter is kept.

    Raises InvalidRequest or ProviderUnavailable.
    """
    device = _device(caller, _read(given))
    factor = next((one for one in usable if one.secret["device"] == device), None)
    if factor is None:
        raise _refused()
    result = _verified(caller, given)
    if result.counter < int(factor.secret["count"]):
        raise _refused()
    if result.counter > int(factor.secret["count"]):
        storage.store_count(caller.citizen_id, factor.factor_id, result.counter)
    return factor


def _verified(caller: Citizen, given: Given) -> SoterResult:
    result, soter = _read(given), providers.soter_verifier()
    channels = reach.channels(caller.citizen_id)
    if soter is None or channels is None or channels.platform != "wechat" or not channels.account:
        raise _not_set()
    if not soter.is_signed(channels.account, given.result_json, given.signature):
        raise _refused()
    return result


def _read(given: Given) -> SoterResult:
    try:
        return read(given.result_json)
    except NotVerifiedError as error:
        raise _refused() from error


def _device(caller: Citizen, result: SoterResult) -> str:
    return dependencies.vault().keyed_hash("soter", f"{caller.citizen_id}/{result.device}")


def _of_soter(purpose: str) -> str:
    return f"soter/{purpose}"


def _not_set() -> InvalidRequest:
    return InvalidRequest(errors=[FieldError("/factor", "not_set", _NOT_SET)])


def _refused() -> InvalidRequest:
    return InvalidRequest(errors=[FieldError("/soter", "not_verified", _NOT_VERIFIED)])
