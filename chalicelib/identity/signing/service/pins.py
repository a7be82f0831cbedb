"""The PIN: kept as a keyed hash with a salt, and guessed at a few times only.

Six digits are soon tried through by who has a hash; this one is useless without the secret of the
vault, which the table does not have. A try is claimed before it is compared, and is one PIN: five
wrong ones end the day of a person, fifty that of a network address, and twenty without a right one
lock the PIN.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.rate_limit import Window
from chalicelib.identity import storage
from chalicelib.identity.service import rate_limits
from chalicelib.identity.signing.domain import Factor, FactorLocked
from chalicelib.identity.signing.domain.pins import WRONG_A_DAY, WRONG_IN_A_ROW

_YEARS: Final = timedelta(days=3650)
_WRONG: Final = Text("签名密码不正确", "This PIN is wrong")


@dataclass(frozen=True, slots=True)
class Try:
    """One PIN, the pointer at which it was given, and the network address that it came from.

    `also_right` says that it is right for another reason than being the PIN.
    """

    pointer: str
    pin: str
    source: str
    also_right: bool = False


def secret_of(
    citizen_id: str, pin: str, salt: str, current: str | None = None
) -> Mapping[str, str | int]:
    """Return what is kept of a PIN, and of by which `current` one it came, for the same again."""
    by = {} if current is None else {"change": _hash(citizen_id, f"{current}/{pin}", salt)}
    return {"salt": salt, "hash": _hash(citizen_id, pin, salt), **by}


def is_change(citizen_id: str, factor: Factor, current: str, pin: str) -> bool:
    """Tell whether a PIN came by this very change: nothing is told of either PIN alone."""
    hashed = _hash(citizen_id, f"{current}/{pin}", str(factor.secret["salt"]))
    return hmac.compare_digest(hashed, str(factor.secret.get("change", "")))


def matches(citizen_id: str, factor: Factor, pin: str) -> bool:
    """Tell whether a PIN is a factor's, in the same time for each wrong one."""
    hashed = _hash(citizen_id, pin, str(factor.secret["salt"]))
    return hmac.compare_digest(hashed, str(factor.secret["hash"]))


def check(caller: Citizen, factor: Factor, tried: Try, now: datetime) -> None:
    """Check the PIN of a try, which is claimed first.

    Raises InvalidRequest, TooManyRequests or FactorLocked.
    """
    in_a_row = f"pin-in-a-row#{caller.citizen_id}"
    window = Window(factor.factor_id, now + _YEARS)
    with rate_limits.counted_guess("pin", caller.person, tried.source, now, WRONG_A_DAY):
        if not storage.claim_one_of(in_a_row, window, WRONG_IN_A_ROW):
            raise FactorLocked
        if not (matches(caller.citizen_id, factor, tried.pin) or tried.also_right):
            raise InvalidRequest(errors=[FieldError(tried.pointer, "wrong_pin", _WRONG)])
    storage.forget_failures(in_a_row, window.name)


def _hash(citizen_id: str, pin: str, salt: str) -> str:
    return dependencies.vault().keyed_hash("signing-pin", f"{citizen_id}/{salt}/{pin}")
