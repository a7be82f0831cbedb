"""Checking in at a hall's device, at which anybody may stand: by pass or short code, never else.

Who types wrong codes is stopped for the minute, as a short code has six digits.
"""

from datetime import datetime

from chalicelib.appointments.service import checkin
from chalicelib.appointments.service.checkin import CheckIn
from chalicelib.core.auth import Staff
from chalicelib.identity.devices import service as devices


def check_in_by_pass(device: Staff, text: str, now: datetime) -> CheckIn:
    """Check in whoever holds a pass before the device."""
    return checkin.check_in_by_pass(device, text, now)


def check_in_by_code(device: Staff, office_id: str, code: str, now: datetime) -> CheckIn:
    """Check in whoever types a short code; raises TooManyRequests after five wrong in a minute."""
    devices.claim_typed_code(device, now)
    done = checkin.check_in_by_code(device, office_id, code, now)
    if done.appointment:
        devices.return_typed_code(device, now)
    return done
