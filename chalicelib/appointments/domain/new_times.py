"""A new time for whom a hall can no longer serve at the booked one: offered, and until when.

The first of the times offered is held. What nobody answers until `move_by` is cancelled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments.domain.slots import Seat, SlotKey

ALTERNATIVES: Final = 3
_BEFORE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewTime:
    """What a hall offers for a booking that it cannot keep, with its reason for the public.

    `held` is a seat in the first alternative; there is none where nothing is free.
    """

    reason: str
    move_by: datetime
    alternatives: tuple[SlotKey, ...] = ()
    held: Seat | None = None

    @property
    def offices(self) -> frozenset[str]:
        """Return the halls in which times are offered."""
        return frozenset(slot.office_id for slot in self.alternatives)


def move_by(start: datetime, now: datetime) -> datetime:
    """Return until when one answers: a day before the lost time, or until it when it is sooner."""
    day_before = start - _BEFORE
    return day_before if day_before > now else start


def nearest(slots: Iterable[SlotKey], start: datetime, until: datetime) -> list[SlotKey]:
    """Return the slots after the answer is due, the nearest to the lost time first."""
    later = [slot for slot in slots if slot.start > until]
    return sorted(later, key=lambda slot: (abs(slot.start - start), slot.start, slot.slot_id))
