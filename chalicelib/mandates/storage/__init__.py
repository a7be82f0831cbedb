"""The table `mandates`.

| what | pk | sk |
|---|---|---|
| a mandate | M#mandate | mandate |
| its history | M#mandate | E#seq |
| what was made under it | M#mandate | D#kind#id |
| that a citizen gave it | C#citizen | G#mandate |
| that a citizen acts by it | C#citizen | A#mandate |
| a code that names an agent | K#hash | code |
| an organisation | O#organisation | organisation |
| its history | O#organisation | E#seq |
| who acts for it | O#organisation | P#citizen |
| that a citizen belongs to it | C#citizen | O#organisation |
| all organisations, in lanes | L#lane | O#organisation |
| the mandate of a scan | S#upload | scan |
| a mandate that waits for a second person | H#hall | W#mandate |
| that a key made something (`core.key_notes`) | I#key | key |

Reads: by key; a citizen's partition and a mandate's by prefix of sk. No index.
"""

from chalicelib.mandates.storage._records import KEYS, TABLE
from chalicelib.mandates.storage.acts import list_made, was_made_under, write_holds
from chalicelib.mandates.storage.codes import find_code, save_code, using_up
from chalicelib.mandates.storage.mandates import (
    create,
    list_given,
    list_held,
    load,
    load_entries,
    load_many,
    store_change,
)
from chalicelib.mandates.storage.organisations import (
    OrganisationEffects,
    list_members,
    list_organisations,
    list_organisations_of,
    load_affiliation,
    load_organisation,
    load_organisation_entries,
    store_organisation,
    write_belongs,
)
from chalicelib.mandates.storage.witnessed import (
    find_of_scan,
    list_waiting,
    store_witnessed,
    write_not_waiting,
)

__all__ = [
    "KEYS",
    "TABLE",
    "OrganisationEffects",
    "create",
    "find_code",
    "find_of_scan",
    "list_given",
    "list_held",
    "list_made",
    "list_members",
    "list_organisations",
    "list_organisations_of",
    "list_waiting",
    "load",
    "load_affiliation",
    "load_entries",
    "load_many",
    "load_organisation",
    "load_organisation_entries",
    "save_code",
    "store_change",
    "store_organisation",
    "store_witnessed",
    "using_up",
    "was_made_under",
    "write_belongs",
    "write_holds",
    "write_not_waiting",
]
