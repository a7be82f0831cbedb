"""A hall's calendar feed: the tokens that open it, and how many are booked when."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.appointments.domain.slots import Slot, SlotKey

DAYS: Final = 7
SUPERVISING: Final = frozenset({"supervisor", "admin"})


@dataclass(frozen=True, slots=True)
class FeedToken:
    """A token of a member of staff for one hall's feed, of which a hash (SHA-256) is kept."""

    office_id: str
    token_id: str
    digest: str
    staff_id: str
    created_at: datetime
    revoked_at: datetime | None = None

    def opens(self, token: str) -> bool:
        """Tell whether this is the token and still good, in the same time for each wrong one."""
        is_right = hmac.compare_digest(self.digest, digest_of(token))
        return is_right and self.revoked_at is None

    def is_kept_by(self, staff_id: str, roles: frozenset[str]) -> bool:
        """Tell whether a member of staff may see and revoke it: one's own, or as supervisor."""
        return staff_id == self.staff_id or bool(roles & SUPERVISING)


@dataclass(frozen=True, slots=True)
class BookedTime:
    """How many are booked at a slot, and of how many."""

    key: SlotKey
    end: datetime
    booked: int
    capacity: int


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def booked_times(slots: Iterable[Slot], now: datetime) -> list[BookedTime]:
    """Return the slots at which somebody is booked, their shards together, by time.

    A seat counts once it is somebody's: not while it is held for a fee, or offered.
    """
    shards = defaultdict[str, list[Slot]](list)
    for slot in slots:
        shards[slot.key.slot_id].append(slot)
    times = [_together(some, now) for some in shards.values()]
    return sorted((one for one in times if one.booked), key=lambda one: (one.key.start, one.key))


def _together(shards: list[Slot], now: datetime) -> BookedTime:
    booked = sum(one.booked(now) for one in shards)
    capacity = sum(one.capacity for one in shards)
    return BookedTime(shards[0].key, max(one.end for one in shards), booked, capacity)
