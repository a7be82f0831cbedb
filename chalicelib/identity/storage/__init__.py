"""The table `identity`; the keys of citizens have one of their own (`identity.keys`).

| what | pk | sk |
|---|---|---|
| a citizen | C#citizen | profile |
| the citizen's history | C#citizen | E#seq |
| a member of the family | C#citizen | M#member |
| whose family a person is in | P#person | M#citizen member |
| a look of staff at the citizen's data | C#citizen | X#time#id |
| what the citizen agreed to, or took back | C#citizen | G#purpose |
| a platform's account | A#platform#hash | account |
| a person's account of record | P#person | person |
| by what a citizen signs | C#citizen | factors |
| what a citizen signed | C#citizen | Y#signature |
| how far an erasure has come | C#citizen | erasure |
| what an account asks to be joined to | C#citizen | link |
| an account that is or was joined to it | C#citizen | A#link |
| the code by which one can be | C#citizen | link-code |
| a used log-in code | U#platform#hash | code |
| a family of refresh tokens | F#family | family |
| a member of staff | S#username | staff |
| the account's history | S#username | E#seq |
| the last one-time code that was used | S#username | totp |
| the name of a member of staff | N#staff | username |
| the names of the admins | N#admins | admins |
| a device of a hall | D#office | d#device |
| its history | D#office | E#device#seq |
| a counter of attempts | L#what | window |
| a revocation of access tokens | R#tokens | time#actor |
| that a key made something (`core.key_notes`) | I#key | key |

Reads: by key; a citizen's partition and a counter's by prefix of sk; the names of staff in pages.
No index.
"""

from chalicelib.identity.storage._records import KEYS, TABLE
from chalicelib.identity.storage.access_log import add_access, list_accesses, load_looks
from chalicelib.identity.storage.citizens import (
    Effects,
    ExtraWrite,
    NewAccount,
    account_key,
    create_citizen,
    created_at,
    find_account,
    last_login,
    load_entries,
    load_profile,
    load_profile_and_key,
    load_profiles,
    scan_verified,
    store_profile,
    write_profile,
    write_subject,
)
from chalicelib.identity.storage.counters import (
    ATTEMPTS,
    attempts,
    claim_attempt,
    claim_one_of,
    count,
    count_best_effort,
    failures,
    forget_all_failures,
    forget_failures,
    return_attempt,
    return_one,
)
from chalicelib.identity.storage.erasures import (
    begin_erasure,
    erasure_signed,
    erasure_steps,
    note_erasure_step,
    write_unless_leaving,
)
from chalicelib.identity.storage.links import (
    claim_of_record,
    find_link_code,
    find_link_request,
    find_of_record,
    list_links,
    save_link_code,
    write_asked,
    write_link,
    write_link_code,
    write_link_request,
    write_no_link,
    write_no_link_code,
    write_no_link_request,
    write_no_record,
    write_of_record,
)
from chalicelib.identity.storage.members import (
    list_agents,
    load_all_members,
    load_member,
    load_members,
    write_unchanged,
)
from chalicelib.identity.storage.revocations import add_revoked, list_revoked, write_revoked
from chalicelib.identity.storage.sessions import (
    add_family,
    claim_code,
    load_family,
    revoke_family,
    rotate_family,
)

__all__ = [
    "ATTEMPTS",
    "KEYS",
    "TABLE",
    "Effects",
    "ExtraWrite",
    "NewAccount",
    "account_key",
    "add_access",
    "add_family",
    "add_revoked",
    "attempts",
    "begin_erasure",
    "claim_attempt",
    "claim_code",
    "claim_of_record",
    "claim_one_of",
    "count",
    "count_best_effort",
    "create_citizen",
    "created_at",
    "erasure_signed",
    "erasure_steps",
    "failures",
    "find_account",
    "find_link_code",
    "find_link_request",
    "find_of_record",
    "forget_all_failures",
    "forget_failures",
    "last_login",
    "list_accesses",
    "list_agents",
    "list_links",
    "list_revoked",
    "load_all_members",
    "load_entries",
    "load_family",
    "load_looks",
    "load_member",
    "load_members",
    "load_profile",
    "load_profile_and_key",
    "load_profiles",
    "note_erasure_step",
    "return_attempt",
    "return_one",
    "revoke_family",
    "rotate_family",
    "save_link_code",
    "scan_verified",
    "store_profile",
    "write_asked",
    "write_link",
    "write_link_code",
    "write_link_request",
    "write_no_link",
    "write_no_link_code",
    "write_no_link_request",
    "write_no_record",
    "write_of_record",
    "write_profile",
    "write_revoked",
    "write_subject",
    "write_unchanged",
    "write_unless_leaving",
]
