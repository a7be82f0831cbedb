"""What other rooms ask of identity: who a citizen is, whom they act for, and the key that seals.

Log-in, how a citizen is reached, staff, limits and erasure are modules of their own.
"""

from chalicelib.identity.service.access_log import accesses, record_access
from chalicelib.identity.service.account_of_record import account_of_person
from chalicelib.identity.service.members import (
    MemberChange,
    MemberLeaves,
    agents_of,
    change_member,
    family,
    find_member,
    member_in_clear,
    names_of,
    principal_of,
    review_guardian,
    write_unchanged,
)
from chalicelib.identity.service.profiles import (
    DecryptedProfile,
    ExtraWrite,
    caller_of,
    clear_of,
    generation_of,
    history_of,
    is_deceased,
    is_erased,
    key_of,
    masked_name_of,
    me,
    person_of_account,
    write_new_subject,
)
from chalicelib.identity.service.profiles import load as profile_of

__all__ = [
    "DecryptedProfile",
    "ExtraWrite",
    "MemberChange",
    "MemberLeaves",
    "accesses",
    "account_of_person",
    "agents_of",
    "caller_of",
    "change_member",
    "clear_of",
    "family",
    "find_member",
    "generation_of",
    "history_of",
    "is_deceased",
    "is_erased",
    "key_of",
    "masked_name_of",
    "me",
    "member_in_clear",
    "names_of",
    "person_of_account",
    "principal_of",
    "profile_of",
    "record_access",
    "review_guardian",
    "write_new_subject",
    "write_unchanged",
]
