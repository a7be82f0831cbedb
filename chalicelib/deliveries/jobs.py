"""What runs by the clock: parcels of which nothing is heard are asked about, then flagged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import metrics, parallel, worker
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.changes import Author
from chalicelib.core.parallel import InTime
from chalicelib.deliveries import storage
from chalicelib.deliveries.domain.delivery import Delivery, mark_silent
from chalicelib.deliveries.service import changes
from chalicelib.deliveries.service.changes import Outgoing, Step

_NAME: Final = "watch_deliveries"
# Of the minute that a run may last; what is begun is ended.
_SECONDS: Final = 30.0
_ACTOR: Final = f"system:{_NAME}"


@dataclass(frozen=True, slots=True)
class Watched:
    """How many parcels were asked about, and how many were flagged."""

    asked: int
    flagged: int


def watch(now: datetime, *, part: Part = WHOLE) -> Watched:
    """Look after every parcel whose time has come, as far as time allows.

    Running it twice is the same.
    """
    halls = worker.each(
        _NAME,
        filter(part.has, catalogue.current().offices),
        lambda one: storage.list_to_watch(one, now),
        through=parallel.map_concurrently,
    )
    due = [delivery_id for hall in halls for delivery_id in hall]
    deliveries = worker.each(
        _NAME, due, lambda one: _look_after(one, now), through=InTime(_SECONDS).map
    )
    flagged = sum(bool(one.flag) for one in deliveries)
    return Watched(sum(one.asked and not one.flag for one in deliveries), flagged)


def _look_after(delivery_id: str, now: datetime) -> Delivery:
    def decide(old: Delivery) -> Step | None:
        if old.ended or old.flag or old.watch_at is None or old.watch_at > now:
            return None
        metrics.waited(_NAME, [old.watch_at])
        new = mark_silent(old, now)
        if new.flag:
            return Step(new, "delivery.flagged")
        return Step(new, "delivery.asked", (Outgoing("delivery.status_requested"),))

    return changes.change(lambda: changes.load(delivery_id), decide, Author(_ACTOR, now)).new
