"""Which parcels may have changed lately."""

from itertools import chain

from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.history import Entry
from chalicelib.core.time_window import TimeWindow
from chalicelib.deliveries import storage


def subjects(window: TimeWindow) -> set[str]:
    """Return the ids of the deliveries that ended or were flagged; of all open ones when whole."""
    halls = parallel.map_concurrently(
        lambda one: storage.list_recent(one, window.since, whole=window.whole),
        [*filter(window.part.has, catalogue.current().offices)],
    )
    return set(chain.from_iterable(halls))


def entries(delivery_id: str) -> list[Entry]:
    """Return the history of a delivery."""
    return storage.load_entries(delivery_id)
