"""The table `payments`.

| what | pk | sk |
|---|---|---|
| a payment | C#citizen | P#payment |
| a refund of it | C#citizen | P#payment#R#refund |
| its history | C#citizen | E#payment#seq |
| that a key began a payment for another (`core.key_notes`) | C#agent | P#payment |
| the one open or paid payment of a fee | G#subject | guard |
| a provider's own id | R#provider#reference | payment |
| a receipt's code | V#code | payment |
| a provider's notification | N#provider#event | E#000001 |
| that it took effect | N#provider#event | done |
| that it waits for a second person | W#office | refund |
| what went back of a case by one person's word | A#subject | alone |
| what went back in a day by that person's | A#staff:id#YYYYMMDD | alone |
| money that came or went, by day | L#YYYYMMDD, L#YYYYMMDD#bucket | provider#payment#what |
| the day's books, compared | B#YYYYMMDD | provider |

A payment's id begins with its citizen's, so the partition follows from the id. A fee has one open
payment at a time: the guard names it. The sparse index `ask` holds the payments about which the
provider is to be asked, by that time, and apart from them those that ended without money, by when
they did.
"""

from chalicelib.payments.storage._records import KEYS, TABLE, payment_keys
from chalicelib.payments.storage.changes import Effects, store_ask, store_change
from chalicelib.payments.storage.movements import (
    load_books,
    moved_since,
    movements_of,
    store_books,
)
from chalicelib.payments.storage.notifications import mark, note_notification, took_effect
from chalicelib.payments.storage.payments import (
    all_of,
    create,
    find,
    list_ended,
    list_open,
    list_to_ask,
    load,
    load_entries,
    load_guard,
)
from chalicelib.payments.storage.refunds import given_alone, list_waiting

__all__ = [
    "KEYS",
    "TABLE",
    "Effects",
    "all_of",
    "create",
    "find",
    "given_alone",
    "list_ended",
    "list_open",
    "list_to_ask",
    "list_waiting",
    "load",
    "load_books",
    "load_entries",
    "load_guard",
    "mark",
    "moved_since",
    "movements_of",
    "note_notification",
    "payment_keys",
    "store_ask",
    "store_books",
    "store_change",
    "took_effect",
]
