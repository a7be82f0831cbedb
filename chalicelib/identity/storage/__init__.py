"""The table `identity`.

| what | pk | sk |
|---|---|---|
| a citizen | C#citizen | profile |
| the citizen's history | C#citizen | E#seq |
| a member of the family | C#citizen | M#member |
| a look of staff at the citizen's data | C#citizen | X#time#id |
| a platform's account | A#platform#hash | account |
| a used log-in code | U#platform#hash | code |
| a family of refresh tokens | F#family | family |
| a member of staff | S#username | staff |
| a counter of attempts | L#what | window |
| a revocation of access tokens | R#tokens | time#actor |

Reads: by key; the citizen's partition by prefix of sk. No index.
"""

from chalicelib.identity.storage._records import TABLE
from chalicelib.identity.storage.access_log import add_access, list_accesses
from chalicelib.identity.storage.citizens import (
    Effects,
    ExtraWrite,
    create_citizen,
    find_account,
    load_entries,
    load_members,
    load_profile,
    store_profile,
)
from chalicelib.identity.storage.counters import (
    ATTEMPTS,
    claim_attempt,
    claim_one_of,
    count,
    count_best_effort,
    failures,
    forget_failures,
    return_attempt,
    return_one,
)
from chalicelib.identity.storage.revocations import add_revoked, list_revoked
from chalicelib.identity.storage.sessions import (
    add_family,
    claim_code,
    load_family,
    revoke_family,
    rotate_family,
)
from chalicelib.identity.storage.staff import delete_staff, load_staff, save_staff, use_totp_step

__all__ = [
    "ATTEMPTS",
    "TABLE",
    "Effects",
    "ExtraWrite",
    "add_access",
    "add_family",
    "add_revoked",
    "claim_attempt",
    "claim_code",
    "claim_one_of",
    "count",
    "count_best_effort",
    "create_citizen",
    "delete_staff",
    "failures",
    "find_account",
    "forget_failures",
    "list_accesses",
    "list_revoked",
    "load_entries",
    "load_family",
    "load_members",
    "load_profile",
    "load_staff",
    "return_attempt",
    "return_one",
    "revoke_family",
    "rotate_family",
    "save_staff",
    "store_profile",
    "use_totp_step",
]
