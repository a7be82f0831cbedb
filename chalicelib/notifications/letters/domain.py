"""What a hall is to write to somebody whom nothing else reaches."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice of a case that is to be written: of which event, and when that was.

    `seq` is the event's number in the case's history.
    """

    office_id: str
    case_id: str
    notification_id: str
    seq: int
    event: str
    created_at: datetime
