"""The table `appointments`.

| what | pk | sk |
|---|---|---|
| an appointment | C#citizen | A#appointment |
| its history | C#citizen | E#appointment#seq |
| what a person has open | P#person | guard |
| a shard of a slot | S#office#category | YYYYMMDDHHMM#shard |
| the last ticket of a day | T#office#date | ticket |
| a counter of a day | Q#office#date | counter#name |
| the calls of a day | Q#office#date | calls#category |
| who was asked for a new time | M#office | YYYYMMDDHHMM#appointment |
| a short code of a day | K#office#date | code |
| how far a hall's days are closed | D#office | closed |
| the halls whose days are to be closed | D | halls |
| what a hall did in a day | R#office | YYYYMMDD#category |
| a token of a hall's calendar feed | F#office | token |
| that a key made a booking at a window (`core.key_notes`) | I#key | key |
| the same of a booking for another | C#agent | A#appointment |

An appointment's id begins with its citizen's, so the partition follows from the id. No transaction
touches a slot. The sparse index `queue` holds who is in a hall today, in the order of the queue,
and apart from them the seats that are reserved until a fee is paid, by their age.
The waiting list has its own keys
(`waiting`). The sparse index `sweep` holds slots that were touched, and entries of changes that
free a seat, until `release_expired` has seen to them.
"""

from chalicelib.appointments.storage._records import (
    KEYS,
    TABLE,
    GuardRecord,
    appointment_keys,
    write_entry,
)
from chalicelib.appointments.storage.booking_limits import (
    bar,
    counts_for,
    forget_changes,
    guard_keys,
    join_guards,
    load_guard,
    write_bar,
)
from chalicelib.appointments.storage.bookings import (
    correct_person,
    list_of,
    list_queued,
    list_reserved,
    list_with_places,
    load,
    load_entries,
    load_many,
    no_appointment,
    places_values,
    read_places,
)
from chalicelib.appointments.storage.changes import Effects, store_change
from chalicelib.appointments.storage.counters import CounterCall, load_hall, store_counter
from chalicelib.appointments.storage.feeds import (
    list_feed_tokens,
    load_feed_token,
    store_feed_token,
)
from chalicelib.appointments.storage.hall import (
    closed_until,
    halls_seen,
    list_queue,
    load_days,
    load_with_ticket,
    set_closed_until,
    ticket_counter,
)
from chalicelib.appointments.storage.moves import Move, list_moves, note_call
from chalicelib.appointments.storage.new_bookings import NewBooking, store_bookings
from chalicelib.appointments.storage.short_codes import claim_short_code, holder_of_code
from chalicelib.appointments.storage.slot_reads import (
    first_stamp,
    last_shard,
    list_touched,
    load_slots,
    slot_of_keys,
)
from chalicelib.appointments.storage.slots import (
    confirm_seat,
    create_slots,
    forget_offer,
    give_back,
    hand_over,
    release_seat,
    release_unless_full,
    resize_slot,
    take_seat,
    take_seats,
    withhold_seat,
)
from chalicelib.appointments.storage.sweep import (
    finish_entry,
    finish_sweep,
    list_to_sweep,
    released_by,
    sweep_slot,
)

__all__ = [
    "KEYS",
    "TABLE",
    "CounterCall",
    "Effects",
    "GuardRecord",
    "Move",
    "NewBooking",
    "appointment_keys",
    "bar",
    "claim_short_code",
    "closed_until",
    "confirm_seat",
    "correct_person",
    "counts_for",
    "create_slots",
    "finish_entry",
    "finish_sweep",
    "first_stamp",
    "forget_changes",
    "forget_offer",
    "give_back",
    "guard_keys",
    "halls_seen",
    "hand_over",
    "holder_of_code",
    "join_guards",
    "last_shard",
    "list_feed_tokens",
    "list_moves",
    "list_of",
    "list_queue",
    "list_queued",
    "list_reserved",
    "list_to_sweep",
    "list_touched",
    "list_with_places",
    "load",
    "load_days",
    "load_entries",
    "load_feed_token",
    "load_guard",
    "load_hall",
    "load_many",
    "load_slots",
    "load_with_ticket",
    "no_appointment",
    "note_call",
    "places_values",
    "read_places",
    "release_seat",
    "release_unless_full",
    "released_by",
    "resize_slot",
    "set_closed_until",
    "slot_of_keys",
    "store_bookings",
    "store_change",
    "store_counter",
    "store_feed_token",
    "sweep_slot",
    "take_seat",
    "take_seats",
    "ticket_counter",
    "withhold_seat",
    "write_bar",
    "write_entry",
]
