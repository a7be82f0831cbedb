"""Applications that are not lodged yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

# Counted from the last time that it was saved.
DRAFT_KEPT_FOR: Final = timedelta(days=90)
# In bytes of UTF-8; ten times what the longest form of the guide takes.
LARGEST_DRAFT: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Draft:
    """What a citizen has filled in for a service, as JSON values and unchecked."""

    service_id: str
    content: Mapping[str, Any]
    saved_at: datetime

    @property
    def expires_at(self) -> datetime:
        """Return when it is dropped."""
        return self.saved_at + DRAFT_KEPT_FOR

    def is_kept(self, now: datetime) -> bool:
        """Tell whether it is still kept."""
        return now < self.expires_at
