"""How often one may try: fixed windows by the product's clock, counted in the table.

A counter that cannot be written lets the attempt through: nobody is shut out by our own trouble.
"""

from datetime import datetime
from typing import Final

from chalicelib.core.errors import TooManyRequests
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import storage
from chalicelib.identity.domain import AccountLocked

_LOGIN_WINDOW: Final = 300
_STAFF_WINDOW: Final = 900
_STAFF_FAILURES: Final = 5


def count_login(source: str, platform: str, now: datetime) -> None:
    """Count a citizen's log-in from one network address; raises TooManyRequests."""
    window, ends = _window(now, _LOGIN_WINDOW)
    attempts, failures = storage.count_if_possible(
        f"{platform}#{source}", window, ends, failed=False
    )
    allowed = SETTINGS.login_attempts_per_minute * _LOGIN_WINDOW // 60
    if attempts > allowed or failures >= SETTINGS.login_failures_per_five_minutes:
        raise TooManyRequests(retry_after=_until(ends, now))


def count_failed_login(source: str, platform: str, now: datetime) -> None:
    """Note that a log-in was refused."""
    window, ends = _window(now, _LOGIN_WINDOW)
    storage.count_if_possible(f"{platform}#{source}", window, ends, failed=True)


def check_lock(username: str, now: datetime) -> None:
    """Refuse an account whose log-ins failed five times in a quarter of an hour.

    Raises AccountLocked.
    """
    window, ends = _window(now, _STAFF_WINDOW)
    if storage.failures(f"staff#{username}", window) >= _STAFF_FAILURES:
        raise AccountLocked(retry_after=_until(ends, now))


def count_failed_staff_login(username: str, now: datetime) -> None:
    """Note a failure, also of a name that nobody has."""
    window, ends = _window(now, _STAFF_WINDOW)
    storage.count(f"staff#{username}", window, ends, failed=True)


def _window(now: datetime, seconds: int) -> tuple[str, int]:
    number = int(now.timestamp()) // seconds
    return str(number), (number + 1) * seconds


def _until(ends: int, now: datetime) -> int:
    return max(1, ends - int(now.timestamp()))
