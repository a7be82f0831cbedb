"""The table `deliveries`.

| what | pk | sk |
|---|---|---|
| a delivery | C#citizen | D#delivery |
| its history | C#citizen | E#delivery#seq |
| a report about it | C#citizen | R#delivery#report |
| a message about it | C#citizen | M#delivery#number |
| that an event was counted | C#citizen | X#delivery#seq |
| a courier | K | K#courier |
| its history | K | E#courier#seq |
| a ping to it | P#courier | M#courier#number |
| what its endpoint was like, its load | H | H#courier |
| figures of a month | Y#YYYYMM | DD#office#courier#area |

A delivery's id begins with its citizen's, so the partition follows from the id. The sparse index
`queue` has one lane for each courier's messages (waiting by when they are due, then failed, then
sent, both newest first) and one for each hall's deliveries (flagged by when, then those on the way
by when they are looked after, then those that wait for a result, and apart from them those that
ended, by when that was written).
"""

from chalicelib.deliveries.storage._records import CITIZEN_ID_LENGTH, TABLE
from chalicelib.deliveries.storage.couriers import (
    load_all_health,
    load_courier,
    load_courier_entries,
    load_couriers,
    load_health,
    store_courier,
    store_health,
)
from chalicelib.deliveries.storage.figures import count_once, load_figures, was_counted
from chalicelib.deliveries.storage.messages import (
    lease_message,
    list_due,
    list_messages,
    list_unsent,
    load_message,
    load_messages,
    messages_of,
    next_due,
    replace_message,
    settle_message,
)
from chalicelib.deliveries.storage.parcels import (
    list_lane,
    list_of,
    list_recent,
    list_to_watch,
    load,
    load_entries,
    load_reports,
    report_exists,
    store,
)

__all__ = [
    "CITIZEN_ID_LENGTH",
    "TABLE",
    "count_once",
    "lease_message",
    "list_due",
    "list_lane",
    "list_messages",
    "list_of",
    "list_recent",
    "list_to_watch",
    "list_unsent",
    "load",
    "load_all_health",
    "load_courier",
    "load_courier_entries",
    "load_couriers",
    "load_entries",
    "load_figures",
    "load_health",
    "load_message",
    "load_messages",
    "load_reports",
    "messages_of",
    "next_due",
    "replace_message",
    "report_exists",
    "settle_message",
    "store",
    "store_courier",
    "store_health",
    "was_counted",
]
