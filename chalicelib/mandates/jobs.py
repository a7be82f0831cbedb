"""What runs by the clock: whether organisations are still represented as they were."""

from datetime import datetime
from typing import Final

from chalicelib.core import worker
from chalicelib.mandates import storage
from chalicelib.mandates.service import register

_NAME: Final = "review_organisations"


def review_organisations(now: datetime) -> int:
    """Ask the business register about each active organisation; return how many were looked at."""
    ids = list(storage.list_organisations())
    looked_at = worker.each(_NAME, ids, lambda one: register.review(one, now), name=lambda one: one)
    return len(looked_at)
