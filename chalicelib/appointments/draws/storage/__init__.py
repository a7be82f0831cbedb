"""What is kept of draws, in the table `appointments`.

| what | pk | sk |
|---|---|---|
| a draw | L#service | L#draw |
| its history | L#service | E#draw#seq |
| an entry | C#citizen | L#entry |
| its history | C#citizen | E#entry#seq |
| which entry a person has in a draw | P#person | L#draw |
| a line of the public list | N#draw | number |
| a gate, through which entries come | N#draw | #gate |

The id of a draw begins with its service's. An entry is written with its line on the condition that
its gate is open; closing shuts all gates first, and the list is what came through. Of the index
`queue` the partition `draws` holds the draws by the moment at which something is to be done.
"""

from chalicelib.appointments.draws.storage.draws import (
    Effects,
    list_due,
    list_of,
    load,
    load_entries,
    settle,
    store_change,
)
from chalicelib.appointments.draws.storage.entries import (
    ListedEntry,
    RefusedEntry,
    add,
    close_gates,
    enter_as,
    entries_of,
    forget,
    list_entries,
    load_entry,
    load_history,
    mark_done,
    store_entry_change,
    withdraw,
)

__all__ = [
    "Effects",
    "ListedEntry",
    "RefusedEntry",
    "add",
    "close_gates",
    "enter_as",
    "entries_of",
    "forget",
    "list_due",
    "list_entries",
    "list_of",
    "load",
    "load_entries",
    "load_entry",
    "load_history",
    "mark_done",
    "settle",
    "store_change",
    "store_entry_change",
    "withdraw",
]
