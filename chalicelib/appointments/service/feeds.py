"""A hall's days as a calendar feed: tokens made and revoked, and numbers for who has one.

A token is a keyed hash of its id, so that the same attempt is told the same one; a hash of it is
kept. Making one is one write: who is stopped before it has nothing, and after it the token.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.feeds import (
    DAYS,
    BookedTime,
    FeedToken,
    booked_times,
    digest_of,
)
from chalicelib.appointments.service.lookup import check_office
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound
from chalicelib.core.idempotency import Attempt
from chalicelib.core.secret_code import letters_of
from chalicelib.identity.staff.service import accounts as staff_accounts

_ID_LENGTH: Final = 12
_SECRET_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token with what is told of it to the attempt that made it alone."""

    token: FeedToken
    clear: str
    replayed: bool


def make_token(staff: Staff, office_id: str, attempt: Attempt, now: datetime) -> MadeToken:
    """Make a token for a hall's feed; raises NotFound where the caller does not work."""
    check_office(staff, office_id)
    token_id = attempt.id_for("calendar", _ID_LENGTH)
    secret = letters_of("calendar", f"{office_id}/{token_id}", _SECRET_LENGTH)
    clear = f"{token_id}.{secret}"
    fresh = FeedToken(office_id, token_id, digest_of(clear), staff.staff_id, now)
    if storage.store_feed_token(fresh, new=True):
        return MadeToken(fresh, clear, replayed=False)
    return MadeToken(_load(office_id, token_id), clear, replayed=True)


def list_tokens(staff: Staff, office_id: str) -> list[FeedToken]:
    """Return the good tokens of a hall that the caller may revoke; raises NotFound."""
    check_office(staff, office_id)
    return [
        one
        for one in storage.list_feed_tokens(office_id)
        if one.revoked_at is None and one.is_kept_by(staff.staff_id, staff.roles)
    ]


def revoke_token(staff: Staff, office_id: str, token_id: str, now: datetime) -> None:
    """End a token; raises NotFound for another's. Idempotent."""
    check_office(staff, office_id)
    token = _load(office_id, token_id)
    if not token.is_kept_by(staff.staff_id, staff.roles):
        raise NotFound
    if token.revoked_at is None:
        storage.store_feed_token(replace(token, revoked_at=now), new=False)


def times_of(office_id: str, token: str, now: datetime) -> list[BookedTime]:
    """Return how many are booked when, today and in the days after.

    Raises NotFound for a token that is wrong or revoked, or whose owner works there no longer.
    """
    catalogue.office(office_id)
    known = storage.load_feed_token(office_id, token.partition(".")[0] or "-")
    if known is None or not known.opens(token) or not _works_there(known):
        raise NotFound
    today = office_time(now).date()
    stamps = f"{today:%Y%m%d}", f"{today + timedelta(days=DAYS):%Y%m%d}"
    slots = parallel.map_concurrently(
        lambda category: storage.load_slots(office_id, category, *stamps), [*CATEGORIES]
    )
    return booked_times((one for some in slots for one in some), now)


def _works_there(token: FeedToken) -> bool:
    account = staff_accounts.find(token.staff_id)
    return account is not None and token.office_id in staff_accounts.caller_of(account).office_ids


def _load(office_id: str, token_id: str) -> FeedToken:
    token = storage.load_feed_token(office_id, token_id)
    if token is None:
        raise NotFound
    return token
