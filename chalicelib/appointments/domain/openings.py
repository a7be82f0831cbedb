"""Fair opening: the moment from which a person may book a day whose seats have just come out.

An opening is a category and a day, over all halls. Each person has one moment in it, drawn by a
keyed hash (HMAC, RFC 2104): who asks faster, more often, in other halls or by a second account wins
nothing, and nothing has to be stored or looked up.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.core.clock import precise
from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text
from chalicelib.core.keyed_jitter import jitter


class NotYet(Problem):
    """The seats are not out yet, or not for this person; `retry_at` is when they are."""

    status = 429
    code = "not_yet"
    title = Text("还没到您的预约时刻", "Your moment to book has not come yet")
    detail = Text(
        "为了公平，每个人的预约时刻由抽签决定，刷新再快也不会提前；到了您的时刻就可以预约",
        "To be fair, everybody's moment is drawn, and reloading does not bring it nearer;"
        " you can book once yours has come",
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening of a day: when it begins, over how many seconds, and the key of its moments."""

    day: date
    opens_at: datetime
    ramp_seconds: int
    key: bytes

    def moment(self, person: str) -> datetime:
        """Return a person's moment, to the millisecond: opens_at + h * ramp, 0 <= h < 1."""
        return self.opens_at + jitter(self.key, person, timedelta(seconds=self.ramp_seconds))

    def check(self, person: str, now: datetime) -> None:
        """Refuse a person before their moment; raises NotYet."""
        _check(self.moment(person), now)

    def check_begun(self, now: datetime) -> None:
        """Refuse everybody before it begins; raises NotYet."""
        _check(self.opens_at, now)


def _check(moment: datetime, now: datetime) -> None:
    if now < moment:
        seconds = math.ceil((moment - now).total_seconds())
        raise NotYet(retry_at=precise(moment), retry_after=seconds)
