"""What runs by the clock: parcels of which nothing is heard are asked about, then flagged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.deliveries import service, storage
from chalicelib.deliveries.domain import Delivery, silent
from chalicelib.deliveries.service import Outgoing, Step

_ACTOR: Final = "system:watch_deliveries"
_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Watched:
    """How many parcels were asked about, and how many were flagged."""

    asked: int
    flagged: int


def watch(now: datetime) -> Watched:
    """Look after every parcel whose time has come; running it twice is the same."""
    asked = flagged = 0
    for office_id in catalogue.current().offices:
        while due := storage.list_to_watch(office_id, now, _PAGE):
            for delivery_id in due:
                done = _look_after(delivery_id, now)
                asked += done.asked and not done.flag
                flagged += bool(done.flag)
    return Watched(asked, flagged)


def _look_after(delivery_id: str, now: datetime) -> Delivery:
    def decide(old: Delivery) -> Step | None:
        if old.ended or old.flag or old.watch_at is None or old.watch_at > now:
            return None
        new = silent(old, now)
        if new.flag:
            return Step(new, "delivery.flagged")
        return Step(new, "delivery.asked", (Outgoing("delivery.status_requested"),))

    return service.change(lambda: service.load(delivery_id), decide, _ACTOR, now)[0]
