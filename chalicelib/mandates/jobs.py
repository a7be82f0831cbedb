"""What runs by the clock: whether organisations are still represented as they were."""

import random
from datetime import datetime
from typing import Final

from chalicelib.core import worker
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.parallel import InTime
from chalicelib.mandates import storage
from chalicelib.mandates.service import register

_NAME: Final = "review_organisations"
# Of the five minutes that a run may last; what is begun is ended.
_SECONDS: Final = 240.0


def review_organisations(now: datetime, *, part: Part = WHOLE) -> int:
    """Ask the business register about each active organisation; return how many were looked at.

    As far as time allows, in another order each night: nobody is left out night after night.
    """
    ids = list(filter(part.has, storage.list_organisations()))
    random.shuffle(ids)
    looked_at = worker.each(
        _NAME, ids, lambda one: register.review(one, now), through=InTime(_SECONDS).map
    )
    return len(looked_at)
