"""The table `cases`.

| what | pk | sk |
|---|---|---|
| tries at a receipt's code in an hour | K#number | B#tries#hour |
| the history of a case | K#number | E#seq |
| a case | K#number | case |
| a department's part of it | K#number | case#part |
| its form, materials and address | K#number | form |
| an event that was noted | K#number | seen#event |
| a citizen's case | C#citizen | K#time#case |
| that a citizen leaves, or what a counter enters for them | C#citizen | leaving |
| tries of a caller in an hour | G#source | B#tries#hour |
| ratings of a service, by hall | T#service | office |
| ratings of all services, by hall | T#* | office |
| ratings of a hall, by day | O#office | day#service |
| trips that were counted in a hall, by day | Z#office | day#service |
| a draft of an application | D#citizen | service |
| originals between halls | H#office | time#case |
| a machine's decision | N#office | time#case |
| the rules of such | R#version | - |
| the switch of a service's machine | M#service | machine |
| the history of the switch | M#service | E#seq |
| an uploaded file (`uploads.storage`) | U#citizen | upload |

`number` is the plain receipt number, the second part of a case's id: id and receipt both lead to
the partition, and progress is one Query up to `case`. The index `work` holds cases by hall and
status in the order of their time (what is promised while limits run, last what waits for its fee,
when it was decided after), and open parts by department and hall in the order of their promise. The
sparse index `watch` holds the cases whose limits are to be looked at, by that time. Neither carries
personal data.
"""

from chalicelib.cases.storage._records import CLAIMS, TABLE, receipt_pk
from chalicelib.cases.storage.cases import (
    bar,
    create,
    forget_body,
    load,
    load_entries,
    load_file,
    load_file_by_number,
    load_with_body,
)
from chalicelib.cases.storage.changes import (
    WATCH,
    correct_person,
    store_change,
    store_watch,
    was_noted,
)
from chalicelib.cases.storage.channels import claim_counter, is_at_counter, lodged_since
from chalicelib.cases.storage.decisions import (
    keep_ruleset,
    list_decisions,
    load_expressions,
    load_machine,
    load_machine_entries,
    store_machine,
)
from chalicelib.cases.storage.drafts import (
    SealedDraft,
    delete_draft,
    list_drafts,
    load_draft,
    save_draft,
)
from chalicelib.cases.storage.handovers import list_handovers
from chalicelib.cases.storage.lists import (
    list_decided,
    list_former,
    list_of,
    list_parts,
    list_to_watch,
    list_work,
    online_among,
)
from chalicelib.cases.storage.once_only import count_once, counted_between
from chalicelib.cases.storage.ratings import ratings_between, ratings_of, write_rating
from chalicelib.cases.storage.receipts import load_by_number, load_status
from chalicelib.cases.storage.trips import count_trips, trips_between

__all__ = [
    "CLAIMS",
    "TABLE",
    "WATCH",
    "SealedDraft",
    "bar",
    "claim_counter",
    "correct_person",
    "count_once",
    "count_trips",
    "counted_between",
    "create",
    "delete_draft",
    "forget_body",
    "is_at_counter",
    "keep_ruleset",
    "list_decided",
    "list_decisions",
    "list_drafts",
    "list_former",
    "list_handovers",
    "list_of",
    "list_parts",
    "list_to_watch",
    "list_work",
    "load",
    "load_by_number",
    "load_draft",
    "load_entries",
    "load_expressions",
    "load_file",
    "load_file_by_number",
    "load_machine",
    "load_machine_entries",
    "load_status",
    "load_with_body",
    "lodged_since",
    "online_among",
    "ratings_between",
    "ratings_of",
    "receipt_pk",
    "save_draft",
    "store_change",
    "store_machine",
    "store_watch",
    "trips_between",
    "was_noted",
    "write_rating",
]
