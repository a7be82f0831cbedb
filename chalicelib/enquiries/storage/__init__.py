"""The table `enquiries`.

| what | pk | sk |
|---|---|---|
| an enquiry | Q#number | enquiry |
| its history | Q#number | E#seq |
| that an event of it was counted | Q#number | x#seq |
| tries at its code in an hour | Q#number | B#tries#hour |
| that it is a citizen's | C#citizen | Q#received#enquiry |
| tries of a caller in an hour | G#source | B#tries#hour |
| what a caller submitted in an hour | G#source | submitted#hour |
| a published answer | P | enquiry |
| counts of a month | Y#YYYYMM | DD#office#kind#service |

The sparse index `work` has a lane for each hall and status (`office#status`): what is to be
answered by when it is due, and what ended by when that was. An enquiry that awaits the citizen's
leave is in none.
"""

from chalicelib.enquiries.storage._records import CLAIMS, TABLE, pk_of
from chalicelib.enquiries.storage.enquiries import create, load, load_entries, load_file, store
from chalicelib.enquiries.storage.lists import Viewer, list_of, list_overdue, list_work
from chalicelib.enquiries.storage.published import load_published
from chalicelib.enquiries.storage.statistics import count_once, load_daily_counts, was_counted

__all__ = [
    "CLAIMS",
    "TABLE",
    "Viewer",
    "count_once",
    "create",
    "list_of",
    "list_overdue",
    "list_work",
    "load",
    "load_daily_counts",
    "load_entries",
    "load_file",
    "load_published",
    "pk_of",
    "store",
    "was_counted",
]
