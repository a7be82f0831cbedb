"""The code by which a principal names who shall act for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

AGENT_CODE_LIFETIME: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class AgentCode:
    """A code that says that its citizen agrees to act for whoever they show it to, once.

    `attempt` made it and tells what it is; it is used up by the mandate `used_for`. It ends with
    the log-ins of its `generation`, by one of which it was made.
    """

    citizen_id: str
    person: str
    attempt: str
    expires_at: datetime
    used_for: str = ""
    generation: int = 0

    def is_live(self, now: datetime) -> bool:
        """Tell whether it can be used."""
        return not self.used_for and now < self.expires_at
