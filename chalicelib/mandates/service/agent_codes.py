"""The code by which somebody says that they agree to act for whoever they show it to."""

from datetime import datetime
from typing import Final

from chalicelib.core import secret_code
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import service as identity
from chalicelib.identity.service import rate_limits
from chalicelib.mandates import storage
from chalicelib.mandates.domain import AGENT_CODE_LIFETIME, AgentCode
from chalicelib.mandates.service.proof import proven

CODE_LENGTH: Final = 8
_WRONG: Final = FieldError(
    "/agent_code",
    "wrong_code",
    Text("代办码不正确或已失效", "This code is wrong, used or has expired"),
)
_ONESELF: Final = FieldError(
    "/agent_code", "oneself", Text("不能委托自己", "One cannot give a mandate to oneself")
)


def issue(caller: Citizen, attempt: Attempt, now: datetime) -> tuple[str, datetime, bool]:
    """Return a code, until when it is good, and whether the same attempt had made it before.

    Raises VerificationRequired.
    """
    profile = proven(caller.citizen_id)
    subject = f"{caller.citizen_id}.{attempt.key}"
    code = secret_code.letters_of("agent-code", subject, CODE_LENGTH)
    made = AgentCode(
        profile.citizen_id,
        profile.person or "",
        attempt.key,
        now + AGENT_CODE_LIFETIME,
        generation=profile.generation,
    )
    kept = storage.save_code(code, made)
    return code, kept.expires_at, kept is not made


def named_by(person: str, given: str, source: str, now: datetime, used_for: str) -> AgentCode:
    """Return whom a code names; the try is claimed before the code is looked up.

    One that was used for the very thing it is wanted for names them still: that is a retry.
    Raises InvalidRequest for a wrong code and for one's own, and TooManyRequests after ten wrong
    ones of a person, or fifty of a network address, until the day (Shanghai) ends.
    """
    with rate_limits.counted_guess("agent-code", person, source, now):
        code = storage.find_code(given)
        if code is None or not (_is_good(code, now) or code.used_for == used_for):
            raise InvalidRequest(errors=[_WRONG])
    if code.person == person:
        raise InvalidRequest(errors=[_ONESELF])
    return code


def _is_good(code: AgentCode, now: datetime) -> bool:
    """Tell whether a code can be used; the log-ins by one of which it was made have not ended."""
    return code.is_live(now) and identity.generation_of(code.citizen_id) == code.generation


def used_meanwhile() -> InvalidRequest:
    """Return the refusal of a code that another was faster to use."""
    return InvalidRequest(errors=[_WRONG])
