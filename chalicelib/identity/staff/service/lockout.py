"""How often one may try to log in: by user name and network address, waiting longer each time.

Tries count for a name from one address, and for the address whatever the name, unless the name
logged in from there before: nobody elsewhere can lock a member of staff or a hall out.
"""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.core.rate_limit import Window
from chalicelib.identity import storage
from chalicelib.identity.service.rate_limits import growing_wait
from chalicelib.identity.staff.domain import AccountLocked

_FREE_OF_NAME: Final = 4
_FREE_OF_SOURCE: Final = 20
_KNOWN_FOR: Final = timedelta(days=90)
_TRIES: Final = "tries#"


def claim(username: str, source: str, now: datetime) -> None:
    """Claim a try at a password before it is compared; raises AccountLocked."""
    wait = storage.claim_attempt(_name(username), _FREE_OF_NAME, now, growing_wait, _tries(source))
    if not wait and not _is_known(username, source):
        wait = storage.claim_attempt(_source(source), _FREE_OF_SOURCE, now, growing_wait)
    if wait:
        raise AccountLocked(retry_after=wait)


def settle(username: str, source: str, now: datetime, *, known_good: bool) -> None:
    """Take a claim back that was no failure; `known_good` notes that the name came in from here."""
    if not _is_known(username, source):
        storage.return_attempt(_source(source))
    storage.return_attempt(_name(username), _tries(source))
    if known_good:
        storage.forget_failures(_name(username), _tries(source))
        known = Window(_known(source), now + _KNOWN_FOR)
        storage.count(_name(username), known, failed=True)


def unlock(username: str) -> None:
    """Forget the failures of a name from everywhere; those of an address run out by themselves."""
    storage.forget_all_failures(_name(username), _TRIES)


def _is_known(username: str, source: str) -> bool:
    return storage.failures(_name(username), _known(source)) > 0


def _name(username: str) -> str:
    return f"staff#{username}"


def _source(source: str) -> str:
    return f"staff-source#{source}"


def _tries(source: str) -> str:
    return f"{_TRIES}{source}"


def _known(source: str) -> str:
    return f"known#{source}"
