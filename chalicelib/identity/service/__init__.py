"""What other rooms ask of identity: who a citizen is, whom they act for, and the key that seals.

Log-in, staff, limits and erasure are modules of their own.
"""

from chalicelib.identity.service.access_log import accesses, record_access
from chalicelib.identity.service.account_of_record import account_of_person
from chalicelib.identity.service.accounts import Channels, caller_of, channels, without_login
from chalicelib.identity.service.contacts import (
    Contact,
    Contacts,
    contacts_of,
    note_preferences,
    prove_contact,
    remove_contact,
)
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
    clear_of,
    history_of,
    is_erased,
    key_of,
    masked_name_of,
    me,
    person_of_account,
    write_new_subject,
)
from chalicelib.identity.service.profiles import load as profile_of
from chalicelib.identity.service.visitors import Visitor, at_window, visitors_in_clear

__all__ = [
    "Channels",
    "Contact",
    "Contacts",
    "DecryptedProfile",
    "ExtraWrite",
    "MemberChange",
    "MemberLeaves",
    "Visitor",
    "accesses",
    "account_of_person",
    "agents_of",
    "at_window",
    "caller_of",
    "change_member",
    "channels",
    "clear_of",
    "contacts_of",
    "family",
    "find_member",
    "history_of",
    "is_erased",
    "key_of",
    "masked_name_of",
    "me",
    "member_in_clear",
    "names_of",
    "note_preferences",
    "person_of_account",
    "principal_of",
    "profile_of",
    "prove_contact",
    "record_access",
    "remove_contact",
    "review_guardian",
    "visitors_in_clear",
    "without_login",
    "write_new_subject",
    "write_unchanged",
]
