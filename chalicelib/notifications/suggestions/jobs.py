"""What runs at night: what is due for people is told to those who want to be told."""

from datetime import datetime
from typing import Final

from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.draining import drain
from chalicelib.core.parallel import InTime
from chalicelib.notifications.suggestions import service, storage

_NAME: Final = "suggest"
# What is read of a bucket at a time.
_OF_A_BUCKET: Final = 100
# Of the five minutes that a run may last; what is left is due the next night.
_SECONDS: Final = 240.0


def suggest(now: datetime, *, part: Part = WHOLE) -> int:
    """Tell what is due as long as there is time, and return how many were told."""
    told = drain(
        _NAME,
        lambda beyond: storage.list_due(now, _OF_A_BUCKET + beyond, part),
        lambda one: service.suggest(one, now),
        InTime(_SECONDS),
    )
    return sum(told)
