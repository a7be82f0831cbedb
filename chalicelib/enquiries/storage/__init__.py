"""The table `enquiries`.

| what | pk | sk |
|---|---|---|
| an enquiry | Q#number | enquiry |
| its history | Q#number | E#seq |
| that an event of it was counted | Q#number | x#seq |
| tries at its code in a window of time | Q#number | tries#window |
| that it is a citizen's | C#citizen | Q#received#enquiry |
| what a caller did in a window of time | G#source | what#window |
| a published answer | P | enquiry |
| counts of a month | Y#YYYYMM | DD#office#kind#service |

The sparse index `work` has a lane for each hall and status (`office#status`): what is to be
answered by when it is due, and what ended by when that was. An enquiry that awaits the citizen's
leave is in none.
"""

from chalicelib.enquiries.storage._records import TABLE
from chalicelib.enquiries.storage.attempts import claim, give_back
from chalicelib.enquiries.storage.enquiries import create, load, load_entries, load_file, store
from chalicelib.enquiries.storage.lists import Viewer, list_of, list_overdue, list_work
from chalicelib.enquiries.storage.published import load_published
from chalicelib.enquiries.storage.statistics import count_once, load_daily_counts, was_counted

__all__ = [
    "TABLE",
    "Viewer",
    "claim",
    "count_once",
    "create",
    "give_back",
    "list_of",
    "list_overdue",
    "list_work",
    "load",
    "load_daily_counts",
    "load_entries",
    "load_file",
    "load_published",
    "store",
    "was_counted",
]
