"""Whether anybody stands in a hall's line."""

from chalicelib.appointments.waiting import storage


def is_empty(office_id: str, category: str) -> bool:
    """Tell whether nobody waits for counters of a category in a hall; one Query of one item."""
    return not storage.is_waited_for(office_id, category)
