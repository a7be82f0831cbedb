"""What is done with accounts of staff, each subject in a module."""

from chalicelib.identity.staff.service.accounts import (
    add_staff,
    caller_of,
    history_of,
    person_of,
    remove_staff,
)
from chalicelib.identity.staff.service.login import (
    Credentials,
    log_in,
    log_in_by_token,
    refresh,
    sign_out,
)
from chalicelib.identity.staff.service.totp import new_secret as new_totp_secret
from chalicelib.identity.staff.service.totp import uri as totp_uri

__all__ = [
    "Credentials",
    "add_staff",
    "caller_of",
    "history_of",
    "log_in",
    "log_in_by_token",
    "new_totp_secret",
    "person_of",
    "refresh",
    "remove_staff",
    "sign_out",
    "totp_uri",
]
