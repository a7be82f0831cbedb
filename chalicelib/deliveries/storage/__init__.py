"""The table `deliveries`.

| what | pk | sk |
|---|---|---|
| a delivery | C#citizen | D#delivery |
| its history | C#citizen | E#delivery#seq |
| a tracking event of it | C#citizen | R#delivery#report |
| a message about it (`webhooks`) | C#citizen | M#delivery#number |
| that an event was counted | C#citizen | X#delivery#seq |
| a courier | K | K#courier |
| its history | K | E#courier#seq |
| a ping to it (`webhooks`) | P#courier | M#courier#number |
| what its endpoint was like, its load (`webhooks`) | H | H#courier |
| counts of a month | Y#YYYYMM | DD#office#courier#area |
| that a key made something (`core.key_notes`) | I#key | key |

A delivery's id begins with its citizen's, so the partition follows from the id. The sparse index
`queue` has one lane for each courier's messages (waiting by when they are due, then failed, then
sent, both newest first) and one for each hall's deliveries (flagged by when, then those on the way
by when they are looked after, then those that wait for a result, and apart from them those that
ended, by when that was written).
"""

from chalicelib.deliveries.storage._records import KEYS, TABLE
from chalicelib.deliveries.storage.parcels import (
    event_exists,
    list_lane,
    list_of,
    list_recent,
    list_to_watch,
    load,
    load_entries,
    load_events,
    store,
)
from chalicelib.deliveries.storage.statistics import count_once, load_daily_counts, was_counted

__all__ = [
    "KEYS",
    "TABLE",
    "count_once",
    "event_exists",
    "list_lane",
    "list_of",
    "list_recent",
    "list_to_watch",
    "load",
    "load_daily_counts",
    "load_entries",
    "load_events",
    "store",
    "was_counted",
]
