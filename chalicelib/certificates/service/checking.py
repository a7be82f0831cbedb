"""Checking a presentation at a counter: genuine, in time, of a certificate that is valid now.

The certificate's state is read anew: what was revoked after it was shown is refused. A presentation
is for one office: the first that takes it has it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from chalicelib.certificates import storage
from chalicelib.certificates.domain import CertificateStatus
from chalicelib.certificates.domain.presentations import (
    PREFIX,
    SD_JWT_TYPE,
    Presentation,
    read_claims,
    read_compact,
)
from chalicelib.core import dependencies, foreign_json
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound
from chalicelib.core.keys import SigningKey
from chalicelib.core.spelling import from_base32, from_base64url
from chalicelib.identity import service as identity

RefusedBecause = Literal["invalid", "expired", "not_valid", "already_used"]
_COMPACT_PARTS: Final = 4


@dataclass(frozen=True, slots=True)
class Checked:
    """What a counter is told: what is shown, or why it is refused.

    `certificate_id` names the certificate of what is genuine and in time, to staff of the hall that
    issued it alone: others learn no more than what is shown.
    """

    presentation: Presentation | None
    reason: RefusedBecause | None = None
    certificate_id: str | None = None


def check(staff: Staff, text: str, office_id: str | None, now: datetime) -> Checked:
    """Check a presentation in either form; the holder will see that one looked.

    Raises NotFound for a hall where the caller does not work.
    """
    if office_id is not None and office_id not in staff.office_ids:
        raise NotFound
    shown = read(text)
    if shown is None:
        return Checked(None, "invalid")
    if now >= shown.valid_until:
        return Checked(None, "expired")
    note = storage.load_presentation(shown.presentation_id)
    certificate = storage.load(note.verification_code) if note else None
    if note is None or certificate is None:
        return Checked(None, "invalid")
    certificate_id, citizen_id = certificate.certificate_id, certificate.citizen_id
    if certificate.content:
        what = f"certificate:{certificate_id}"
        identity.record_access(
            citizen_id, staff, "presentation_check", what, now, office_id=office_id
        )
    about = certificate_id if certificate.office_id in staff.office_ids else None
    if certificate.verified_on(office_time(now).date()) != CertificateStatus.VALID:
        return Checked(None, "not_valid", about)
    if office_id and not storage.claim_presentation(shown.presentation_id, office_id):
        return Checked(None, "already_used", about)
    return Checked(shown, certificate_id=about)


def read(text: str) -> Presentation | None:
    """Return what a genuine presentation shows, however old; None for anything else."""
    text = text.strip()
    try:
        return _compact(text) if text.startswith(f"{PREFIX}.") else _sd_jwt(text)
    except (KeyError, TypeError, ValueError, OverflowError, OSError, AttributeError):
        return None


def _compact(text: str) -> Presentation:
    signed, _, signature = text.rpartition(".")
    parts = text.split(".")
    if len(parts) != _COMPACT_PARTS:
        raise ValueError("not four parts")
    _verify(parts[1].lower(), signed, from_base32(signature))
    return read_compact(parts[2])


def _sd_jwt(text: str) -> Presentation:
    token, *disclosures, binding = text.split("~")
    signed, _, signature = token.rpartition(".")
    header, claims = (foreign_json.read(from_base64url(part)) for part in signed.split("."))
    if binding or header["typ"] != SD_JWT_TYPE or header["alg"] != "EdDSA":
        raise ValueError("not an SD-JWT VC of ours")
    _verify(header["kid"], signed, from_base64url(signature))
    return read_claims(claims, disclosures)


def _verify(kid: str, signed: str, signature: bytes) -> None:
    """Raise ValueError for what no live key of certificates has signed."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - cold start.

    key: SigningKey | None = dependencies.certificate_keys().get(kid)
    if key is None:
        raise ValueError("no key of that name")
    try:
        key.public.verify(signature, signed.encode())
    except InvalidSignature as error:
        raise ValueError("not signed by it") from error
