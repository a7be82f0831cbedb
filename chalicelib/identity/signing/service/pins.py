"""The PIN: kept as a keyed hash with a salt, and guessed at a few times only.

Six digits are soon tried through by who has a hash; this one is useless without the secret of the
vault, which the table does not have. A try is claimed before it is compared: five wrong ones end
the day of a person, fifty that of a network address, and twenty without a right one lock the PIN.
"""

import hmac
from collections.abc import Mapping
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


def secret_of(citizen_id: str, pin: str, salt: str) -> Mapping[str, str | int]:
    """Return what is kept of a PIN."""
    return {"salt": salt, "hash": _hash(citizen_id, pin, salt)}


def matches(citizen_id: str, factor: Factor, pin: str) -> bool:
    """Tell whether a PIN is a factor's, in the same time for each wrong one."""
    hashed = _hash(citizen_id, pin, str(factor.secret["salt"]))
    return hmac.compare_digest(hashed, str(factor.secret["hash"]))


def check(
    caller: Citizen,
    factor: Factor,
    pins: Mapping[str, str],
    source: str,
    now: datetime,
) -> str:
    """Return at which pointer the right PIN was given, of one or two; the try is claimed first.

    Raises InvalidRequest at the first pointer, TooManyRequests or FactorLocked.
    """
    in_a_row = f"pin-in-a-row#{caller.citizen_id}"
    window = Window(factor.factor_id, now + _YEARS)
    with rate_limits.counted_guess("pin", caller.person, source, now, WRONG_A_DAY):
        if not storage.claim_one_of(in_a_row, window, WRONG_IN_A_ROW):
            raise FactorLocked
        right = [at for at, pin in pins.items() if matches(caller.citizen_id, factor, pin)]
        if not right:
            raise InvalidRequest(errors=[FieldError(next(iter(pins)), "wrong_pin", _WRONG)])
    storage.forget_failures(in_a_row, window.name)
    return right[0]


def _hash(citizen_id: str, pin: str, salt: str) -> str:
    return dependencies.vault().keyed_hash("signing-pin", f"{citizen_id}/{salt}/{pin}")
