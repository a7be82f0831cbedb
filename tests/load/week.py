"""A week of a hall, half taken."""

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Seat
from chalicelib.appointments.service import timetable
from chalicelib.catalogue import service as catalogue
from tests.appointments.world import HALL
from tests.support.clock import MONDAY


def half_taken_week() -> None:
    """Make its slots, and take half the seats of each for nobody, once."""
    # It also loads the catalogue, which a process does once.
    group, office = catalogue.group(HALL, "identity"), catalogue.office(HALL)
    wanted = list(timetable.slots_of(office, group, MONDAY.date()))[:150]
    storage.create_slots(wanted)
    key, stamp = wanted[0].key, wanted[0].key.stamp
    [first, *_] = storage.load_slots(key.office_id, key.category, stamp, f"{stamp}~")
    if first.seats:
        # Who takes a seat that they have is noted beside it, and the slot is larger then.
        return
    for slot in wanted:
        for number in range(group.capacity // 2):
            storage.take_seat(Seat(slot.key, 0, f"half-taken-{number:05}"), MONDAY)
