"""What other rooms ask of identity: who a citizen is, whom they act for, and the key that seals.

Log-in, staff, limits and erasure are modules of their own.
"""

from chalicelib.identity.service.access_log import accesses, record_access
from chalicelib.identity.service.accounts import Channels, caller_of, channels
from chalicelib.identity.service.members import (
    MemberLeaves,
    family,
    find_member,
    names_of,
)
from chalicelib.identity.service.profiles import (
    DecryptedProfile,
    ExtraWrite,
    history_of,
    is_erased,
    key_of,
    me,
)

__all__ = [
    "Channels",
    "DecryptedProfile",
    "ExtraWrite",
    "MemberLeaves",
    "accesses",
    "caller_of",
    "channels",
    "family",
    "find_member",
    "history_of",
    "is_erased",
    "key_of",
    "me",
    "names_of",
    "record_access",
]
