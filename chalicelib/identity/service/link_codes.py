"""The code by which the account of record says that another account is the same person's."""

from datetime import datetime
from typing import Final

from chalicelib.core import changes, rate_limit, secret_code
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import FieldError, Forbidden, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import storage
from chalicelib.identity.domain import LinkCode, Profile, VerificationRequired
from chalicelib.identity.domain.links import (
    LINK_CODE_LIFETIME,
    WRONG_CODES_A_DAY,
    WRONG_CODES_A_DAY_AND_SOURCE,
)
from chalicelib.identity.service import profiles
from chalicelib.identity.service.profiles import Effects

_WRONG: Final = FieldError(
    "/code", "wrong_code", Text("关联码不正确或已失效", "This linking code is wrong or has expired")
)


def issue(caller: Citizen, attempt: Attempt, now: datetime) -> tuple[str, datetime, bool]:
    """Return a new code, until when it is good, and whether the same attempt had made it before.

    A code takes the place of the one before. Raises Forbidden for a joined account and
    VerificationRequired.
    """
    owner = profiles.load(caller.citizen_id)
    if not profiles.is_of_record(caller, owner):
        raise Forbidden
    if owner.person is None:
        raise VerificationRequired
    known = storage.find_link_code(caller.citizen_id)
    if known and (known.attempt, known.generation) == (attempt.key, owner.generation):
        return _code_of(caller.citizen_id, known), known.expires_at, True
    cancelled_on = known.cancelled_on if known else ""
    code = LinkCode(attempt.key, now + LINK_CODE_LIFETIME, cancelled_on, owner.generation)
    storage.save_link_code(caller.citizen_id, code)
    return _code_of(caller.citizen_id, code), code.expires_at, False


def check(of_record: str, given: str, source: str, now: datetime) -> LinkCode:
    """Return the code that was given; the try is claimed before it is compared.

    Raises InvalidRequest for a wrong code, the fifth of which in a day (Shanghai), by whatever
    accounts, cancels the code; then TooManyRequests until the day ends, as for whom a source has
    tried too many of.
    """
    what, whence, window = f"link#{of_record}", f"link-source#{source}", rate_limit.day(now)
    if not storage.claim_one_of(whence, window, WRONG_CODES_A_DAY_AND_SOURCE):
        raise window.exceeded(now)
    if not storage.claim_one_of(what, window, WRONG_CODES_A_DAY):
        storage.return_one(whence, window.name)
        _cancel(of_record, window.name, now)
        raise window.exceeded(now)
    code = storage.find_link_code(of_record)
    is_live = code is not None and code.attempt != "" and code.expires_at > now
    if code and is_live and secret_code.is_right(_code_of(of_record, code), given):
        for claimed in (what, whence):
            storage.return_one(claimed, window.name)
        return code
    if storage.attempts(what, window) >= WRONG_CODES_A_DAY:
        _cancel(of_record, window.name, now)
    raise InvalidRequest(errors=[_WRONG])


def check_current(code: LinkCode, owner: Profile) -> None:
    """Refuse a code that was made before the owner's log-ins were ended; raises InvalidRequest."""
    if code.generation != owner.generation:
        raise InvalidRequest(errors=[_WRONG])


def _code_of(citizen_id: str, code: LinkCode) -> str:
    return secret_code.code_of("link-code", f"{citizen_id}.{code.attempt}")


def _cancel(of_record: str, day: str, now: datetime) -> None:
    """Cancel the code and tell the owner, once a day."""

    def decide(owner: Profile) -> Decision[Profile, Effects] | None:
        known = storage.find_link_code(of_record)
        if known and known.cancelled_on == day:
            return None
        cancelled = LinkCode("", now + LINK_CODE_LIFETIME, day)
        write = storage.write_link_code(of_record, known, cancelled)
        return Decision(owner, (DomainEvent("account.code_cancelled", {}),), Effects(also=[write]))

    author = Author("system:links", now)
    changes.apply(lambda: profiles.load(of_record), decide, storage.store_profile, author)
