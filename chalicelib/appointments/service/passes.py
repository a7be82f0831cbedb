"""Passes: a few bytes, signed, that fit a small QR code and can be verified offline.

`OT1.KID.PAYLOAD.SIGNATURE`, the last two in base32 (RFC 4648, without padding), so that all of it
is in the alphanumeric set of QR codes (ISO/IEC 18004). PAYLOAD is the appointment's id (16 bytes),
start and last valid minute since 1970 (4 bytes each, big-endian), and the hall's id in UTF-8.
SIGNATURE is Ed25519 (RFC 8032) over `OT1.KID.PAYLOAD`.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.core.keys import KeyRing
from chalicelib.core.spelling import base32, from_base32

_PREFIX: Final = "OT1"
_HEAD: Final = struct.Struct(">16sII")
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass says."""

    appointment_id: str
    office_id: str
    start: datetime
    valid_until: datetime


def pass_of(appointment: Appointment) -> Pass:
    """Return what the pass of an appointment says."""
    return Pass(
        appointment.appointment_id,
        appointment.slot.office_id,
        appointment.start,
        appointment.valid_until,
    )


def sign(appointment: Appointment, ring: KeyRing) -> str:
    """Return the pass of an appointment."""
    payload = _HEAD.pack(
        appointment.appointment_id.encode(),
        _minute(appointment.start),
        _minute(appointment.valid_until),
    )
    payload += appointment.slot.office_id.encode()
    key = ring.signing
    signed = f"{_PREFIX}.{key.kid.upper()}.{base32(payload)}"
    return f"{signed}.{base32(key.private.sign(signed.encode()))}"


def read(text: str, ring: KeyRing) -> Pass | None:
    """Return what a genuine pass says; None for anything else."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - cold start.

    signed, _, signature = text.strip().rpartition(".")
    parts = signed.split(".")
    if len(text) > _LONGEST or len(parts) != 3 or parts[0] != _PREFIX:  # noqa: PLR2004 - prefix, key, payload.
        return None
    key = ring.get(parts[1].lower())
    if key is None:
        return None
    try:
        key.public.verify(from_base32(signature), signed.encode())
        payload = from_base32(parts[2])
        appointment_id, start, until = _HEAD.unpack_from(payload)
        office_id = payload[_HEAD.size :].decode()
    except (InvalidSignature, ValueError, struct.error):
        return None
    return Pass(appointment_id.decode(), office_id, _moment(start), _moment(until))


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
