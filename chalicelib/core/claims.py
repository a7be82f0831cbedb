"""Claims of what may be done only so often in a window of time, in the table of each room.

A claim is made before it is known whether what it is for goes well, in one conditional write: of
however many come at once, no more than there are get one. What comes to nothing is given back.
"""

from typing import Final

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import UpdateError

from chalicelib.core.attributes import seconds
from chalicelib.core.rate_limit import Window
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Keys, Record, Table, condition_failed


class ClaimRecord(Record):
    """How many were claimed; each table has its own kind."""

    attempts = NumberAttribute(default=0)
    tidy_at = NumberAttribute()


class Claims:
    """The claims in the table of one room. Each place counts one window."""

    def __init__(self, table: Table) -> None:
        """Keep in which table they are."""

        class Kept(ClaimRecord):
            class Meta:
                table_name = table.name
                region = SETTINGS.region

        self.kind: Final[type[ClaimRecord]] = Kept

    def claim(self, at: Keys, window: Window, limit: int) -> bool:
        """Claim one of so many in a window; False when none is left."""
        attempts = self.kind.attempts
        try:
            self.kind(*at).update(
                [attempts.add(1), self.kind.tidy_at.set(seconds(window.ends))],
                condition=attempts.does_not_exist() | (attempts < limit),
            )
        except UpdateError as error:
            condition_failed(error)
            return False
        return True

    def give_back(self, at: Keys) -> None:
        """Give back what was claimed and not used."""
        attempts = self.kind.attempts
        try:
            self.kind(*at).update([attempts.add(-1)], condition=attempts > 0)
        except UpdateError as error:
            condition_failed(error)

    def count(self, at: Keys) -> int:
        """Return how many are claimed."""
        try:
            return int(self.kind.get(*at, consistent_read=True).attempts)
        except self.kind.DoesNotExist:
            return 0
