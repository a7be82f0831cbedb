"""What is kept of the waiting list, in the table `appointments`.

| what | pk | sk |
|---|---|---|
| an entry | C#citizen | W#entry |
| its history | C#citizen | E#entry#seq |
| for which entry a person waits for a service | P#person | guard, attribute W#service |
| a place in a hall's line | W#office#category | milliseconds#entry |

The places are written first and the entry then: what a crash leaves is a place without an entry,
which whoever meets it takes away. The write to the guard says that the person is there, and has no
other entry. Of the index `queue` the partition `offers` holds the entries to which a seat is
offered, by the end of that.
"""

from chalicelib.appointments.waiting.storage.entries import (
    Effects,
    add,
    is_unchanged,
    list_of,
    list_offers,
    load,
    load_entries,
    locked_by,
    rename,
    store_change,
)
from chalicelib.appointments.waiting.storage.lines import (
    ahead,
    is_waited_for,
    leave_line,
    line_of,
    remove_place,
    stand_before,
    stand_in_line,
)

__all__ = [
    "Effects",
    "add",
    "ahead",
    "is_unchanged",
    "is_waited_for",
    "leave_line",
    "line_of",
    "list_of",
    "list_offers",
    "load",
    "load_entries",
    "locked_by",
    "remove_place",
    "rename",
    "stand_before",
    "stand_in_line",
    "store_change",
]
