"""How often one may try: fixed windows by the product's clock, counted in the table.

A counter that cannot be written lets the attempt through: nobody is shut out by our own trouble.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import sleep
from typing import Final

from chalicelib.core import rate_limit
from chalicelib.core.errors import InvalidRequest, Problem, TooManyRequests
from chalicelib.core.rate_limit import Window, of_source
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import storage
from chalicelib.identity.domain import IdentityNotConfirmed, PersonKnown, PlatformCodeRefused

UPLOADS_A_DAY: Final = 100
SEARCHES_AN_HOUR: Final = 30
_LOGIN_WINDOW: Final = 300
_REFUSED_A_DAY: Final = 5
_REFUSED_A_DAY_AND_SOURCE: Final = 20
_GUESSES_A_DAY: Final = 10
_GUESSES_A_DAY_AND_SOURCE: Final = 50
# Seconds between looks whether a try that is under way has ended.
_WAITS: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
_A_MOMENT: Final = 5
# Seconds until the next try, doubled with each failure.
_FIRST_WAIT: Final = 60
_LONGEST_WAIT: Final = 3600


def count_login(source: str, platform: str, now: datetime) -> None:
    """Count a citizen's log-in from one network address; raises TooManyRequests."""
    window = rate_limit.window(now, _LOGIN_WINDOW)
    attempts, failures = storage.count_best_effort(f"{platform}#{source}", window, failed=False)
    allowed = SETTINGS.login_attempts_per_minute * _LOGIN_WINDOW // 60
    if attempts > of_source(allowed) or failures >= _failures_allowed():
        raise window.exceeded(now)


def count_failed_login(source: str, platform: str, now: datetime) -> None:
    """Note that a log-in was refused; raises TooManyRequests for one that came at once with many.

    A code is claimed before its platform is asked, so however many come at once, none is tried
    twice; log-ins that succeed are not held up by those of others behind the same address.
    """
    window = rate_limit.window(now, _LOGIN_WINDOW)
    _, failures = storage.count_best_effort(f"{platform}#{source}", window, failed=True)
    if failures > _failures_allowed():
        raise window.exceeded(now)


def _failures_allowed() -> int:
    return of_source(SETTINGS.login_failures_per_five_minutes)


@contextmanager
def counted_verification(citizen_id: str, source: str, now: datetime) -> Iterator[None]:
    """Claim a try of the day (Shanghai) at whose name goes with a number; raises TooManyRequests.

    Only a pair that is denied, or meets an account of record, stays counted: without that an
    account could be used to find out names of people by their numbers, and who has an account.
    Many in a hall come from one address: where only tries that are under way are in the way, they
    are waited for.
    """
    _claim_verification(citizen_id, source, now)
    try:
        yield
    except (IdentityNotConfirmed, PersonKnown, PlatformCodeRefused):
        _refuse_verification(citizen_id, source, now)
        raise
    except Problem:
        _return_verification(citizen_id, source, now)
        raise
    _return_verification(citizen_id, source, now)


def _claim_verification(citizen_id: str, source: str, now: datetime) -> None:
    window = rate_limit.day(now)
    claimed: list[str] = []
    for what, limit in _verifications(citizen_id, source):
        try:
            _claim_when_free(what, limit, window, now)
        except TooManyRequests:
            for other in claimed:
                storage.return_one(other, window.name)
            raise
        claimed.append(what)


def _refuse_verification(citizen_id: str, source: str, now: datetime) -> None:
    window = rate_limit.day(now)
    for what, _ in _verifications(citizen_id, source):
        storage.count(what, window, failed=True)


def _return_verification(citizen_id: str, source: str, now: datetime) -> None:
    for what, _ in _verifications(citizen_id, source):
        storage.return_one(what, rate_limit.day(now).name)


@contextmanager
def counted_guess(
    what: str, person: str, source: str, now: datetime, limit: int = _GUESSES_A_DAY
) -> Iterator[None]:
    """Claim a try of the day (Shanghai) at a secret of a kind; raises TooManyRequests.

    Only one that is refused (InvalidRequest) stays counted, for the person and the source; a
    person has `limit` of them.
    """
    window = rate_limit.day(now)
    claimed: list[str] = []
    for name, most in (
        (f"{what}#{person}", limit),
        (f"{what}-source#{source}", of_source(_GUESSES_A_DAY_AND_SOURCE)),
    ):
        if not storage.claim_one_of(name, window, most):
            for other in claimed:
                storage.return_one(other, window.name)
            raise window.exceeded(now)
        claimed.append(name)
    try:
        yield
    except InvalidRequest:
        raise
    except Problem:
        _return_all(claimed, window)
        raise
    _return_all(claimed, window)


def claim_upload(person: str, now: datetime) -> None:
    """Claim one of a person's uploads of the day (Shanghai); raises TooManyRequests."""
    window = rate_limit.day(now)
    if not storage.claim_one_of(f"upload#{person}", window, UPLOADS_A_DAY):
        raise window.exceeded(now)


def claim_search(staff_id: str, now: datetime) -> None:
    """Claim one of a clerk's searches for a person of the hour; raises TooManyRequests."""
    window = rate_limit.window(now, 3600)
    if not storage.claim_one_of(f"person-search#{staff_id}", window, SEARCHES_AN_HOUR):
        raise window.exceeded(now)


def return_upload(person: str, now: datetime) -> None:
    """Give back a claim of an upload that was announced before."""
    storage.return_one(f"upload#{person}", rate_limit.day(now).name)


def _return_all(claimed: Iterable[str], window: Window) -> None:
    for name in claimed:
        storage.return_one(name, window.name)


def growing_wait(failures: int) -> int:
    """Return the seconds until the next try, twice as many after each failure."""
    return min(_LONGEST_WAIT, _FIRST_WAIT << min(failures, 10))


def _claim_when_free(what: str, limit: int, window: Window, now: datetime) -> None:
    """Claim one of so many, waiting for those under way; raises TooManyRequests."""
    for wait in _WAITS:
        if storage.claim_one_of(what, window, limit):
            return
        if storage.failures(what, window.name) >= limit:
            raise window.exceeded(now)
        sleep(wait)
    raise TooManyRequests(retry_after=_A_MOMENT)


def _verifications(citizen_id: str, source: str) -> tuple[tuple[str, int], ...]:
    return (
        (f"proof#{citizen_id}", _REFUSED_A_DAY),
        (f"proof-source#{source}", of_source(_REFUSED_A_DAY_AND_SOURCE)),
    )
