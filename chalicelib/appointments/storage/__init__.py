"""The table `appointments`.

| what | pk | sk |
|---|---|---|
| an appointment | C#citizen | A#appointment |
| its history | C#citizen | E#appointment#seq |
| what a person has open | P#person | guard |
| a shard of a slot | S#office#category | YYYYMMDDHHMM#shard |
| the last ticket of a day | T#office#date | ticket |
| how far a hall's days are closed | D#office | closed |
| the halls whose days are to be closed | D | halls |
| what a hall did in a day | R#office | YYYYMMDD#category |

An appointment's id begins with its citizen's, so the partition follows from the id. No transaction
touches a slot. The sparse index `queue` holds who is in a hall today, in the order of their turns,
and apart from them the seats that are held for a fee, by their age.
The sparse index `sweep` holds slots that were touched, and entries of changes that
free a seat, until `release_expired` has seen to them.
"""

from chalicelib.appointments.storage._records import CITIZEN_ID_LENGTH, TABLE
from chalicelib.appointments.storage.bookings import (
    Refused,
    list_held,
    list_of,
    load,
    load_entries,
    load_many,
    store_booking,
)
from chalicelib.appointments.storage.changes import store_change
from chalicelib.appointments.storage.guards import (
    bar,
    forget_changes,
    join_guards,
    load_guard,
    write_bar,
)
from chalicelib.appointments.storage.hall import (
    closed_until,
    halls_seen,
    list_queue,
    load_days,
    load_with_ticket,
    set_closed_until,
    store_walk_in,
    ticket_counter,
)
from chalicelib.appointments.storage.slots import (
    Taken,
    create_slots,
    first_stamp,
    free_seat,
    give_back_untouched,
    keep_seat,
    last_shard,
    list_touched,
    load_slots,
    resize_slot,
    slot_of_keys,
    take_seat,
)
from chalicelib.appointments.storage.sweep import (
    finish_entry,
    finish_sweep,
    freed_by,
    list_to_sweep,
    sweep_slot,
)

__all__ = [
    "CITIZEN_ID_LENGTH",
    "TABLE",
    "Refused",
    "Taken",
    "bar",
    "closed_until",
    "create_slots",
    "finish_entry",
    "finish_sweep",
    "first_stamp",
    "forget_changes",
    "free_seat",
    "freed_by",
    "give_back_untouched",
    "halls_seen",
    "join_guards",
    "keep_seat",
    "last_shard",
    "list_held",
    "list_of",
    "list_queue",
    "list_to_sweep",
    "list_touched",
    "load",
    "load_days",
    "load_entries",
    "load_guard",
    "load_many",
    "load_slots",
    "load_with_ticket",
    "resize_slot",
    "set_closed_until",
    "slot_of_keys",
    "store_booking",
    "store_change",
    "store_walk_in",
    "sweep_slot",
    "take_seat",
    "ticket_counter",
    "write_bar",
]
