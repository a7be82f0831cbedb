"""Which appointments may have changed lately."""

from itertools import chain

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import holder_of
from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.history import Entry
from chalicelib.core.time_window import TimeWindow


def subjects(window: TimeWindow) -> set[str]:
    """Return the ids of the appointments that hold a seat taken lately, or that left one.

    When whole, also of all whose day has come: they are called, served or missed, which touches no
    slot.
    """
    first, last = window.days[0], window.days[-1]
    until = f"{last}~" if window.whole else first

    def look(group: tuple[str, str]) -> set[str]:
        return storage.list_touched(*group, first, window.since, until)

    mine = [group for group in catalogue.current().groups if window.part.has(group[0])]
    touched = parallel.map_concurrently(look, mine)
    return {holder_of(seat_id) for seat_id in chain.from_iterable(touched)}


def entries(appointment_id: str) -> list[Entry]:
    """Return the history of an appointment."""
    return storage.load_entries(appointment_id)
