"""Checking in at a hall's device, at which anybody may stand: by pass or short code, never else.

Who types wrong codes is stopped for the minute, as a short code has six digits.
"""

from chalicelib.appointments.service import checkin
from chalicelib.appointments.service.checkin import CheckIn
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Author
from chalicelib.identity.devices import service as devices


def check_in_by_pass(device: Staff, text: str, author: Author) -> CheckIn:
    """Check in whoever holds a pass before the device."""
    return checkin.check_in_by_pass(device, text, author)


def check_in_by_code(device: Staff, office_id: str, code: str, author: Author) -> CheckIn:
    """Check in whoever types a short code; raises TooManyRequests after five wrong in a minute."""
    devices.claim_typed_code(device, author.now)
    done = checkin.check_in_by_code(device, office_id, code, author)
    if done.appointment:
        devices.return_typed_code(device, author.now)
    return done
