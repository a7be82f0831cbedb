"""The table `mandates`.

| what | pk | sk |
|---|---|---|
| a mandate | M#mandate | mandate |
| its history | M#mandate | E#seq |
| what was made under it | M#mandate | D#kind#id |
| that a citizen gave it | C#citizen | G#mandate |
| that a citizen acts by it | C#citizen | A#mandate |
| a code that names an agent | K#hash | code |

Reads: by key; a citizen's partition and a mandate's by prefix of sk. No index.
"""

from chalicelib.mandates.storage._records import TABLE
from chalicelib.mandates.storage.acts import list_made, was_made_under, write_holds
from chalicelib.mandates.storage.codes import find_code, save_code
from chalicelib.mandates.storage.mandates import (
    create,
    list_given,
    list_held,
    load,
    load_entries,
    load_many,
    store_change,
)

__all__ = [
    "TABLE",
    "create",
    "find_code",
    "list_given",
    "list_held",
    "list_made",
    "load",
    "load_entries",
    "load_many",
    "save_code",
    "store_change",
    "was_made_under",
    "write_holds",
]
