"""Presenting: a holder shows some fields of a certificate, in a form that anybody can verify."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.certificates import storage
from chalicelib.certificates.domain import Certificate, CertificateStatus, Content
from chalicelib.certificates.domain.errors import CertificateNotValid
from chalicelib.certificates.domain.presentations import (
    PREFIX,
    SD_JWT_TYPE,
    Presentation,
    StatusReference,
    claims_of,
    compact_payload,
    digest,
    disclosure,
)
from chalicelib.certificates.domain.status_list import place_of
from chalicelib.certificates.service import encryption, queries
from chalicelib.core import dependencies, parallel
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import office_time
from chalicelib.core.errors import FieldError, IdempotencyKeyReused, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.settings import SETTINGS
from chalicelib.core.spelling import base32
from chalicelib.identity import service as identity
from chalicelib.identity.domain import VerificationRequired

_ID_LENGTH: Final = 16
_UNKNOWN: Final = Text("证照上没有这一项", "The certificate has no such field")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a holder wants to show, what for and for how many minutes; None is every field."""

    fields: Sequence[str] | None
    purpose: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Presented:
    """A presentation in both of its forms."""

    presentation: Presentation
    sd_jwt: str
    compact: str


def present(
    caller: Citizen, certificate_id: str, choice: Choice, attempt: Attempt, now: datetime
) -> tuple[Presented, bool]:
    """Show fields of one's own certificate; tells whether the same attempt had done so before.

    Raises NotFound, VerificationRequired, CertificateNotValid, InvalidRequest or
    IdempotencyKeyReused.
    """
    certificate, content = _own(caller, certificate_id)
    if certificate.status_on(office_time(now).date()) is not CertificateStatus.VALID:
        raise CertificateNotValid
    _check_fields(choice, content)
    presentation_id = attempt.id_for("presentation", _ID_LENGTH)
    note = storage.PresentationNote(
        presentation_id, certificate_id, certificate.verification_code, now, attempt.fingerprint
    )
    known = storage.note_presentation(note, now + timedelta(minutes=choice.minutes))
    if known and known.fingerprint != attempt.fingerprint:
        raise IdempotencyKeyReused
    begins = (known or note).issued_at.replace(microsecond=0)
    shown = Presentation(
        presentation_id,
        certificate.type_id,
        {name: content.fields[name] for name in _chosen(choice, content)},
        choice.purpose,
        begins,
        begins + timedelta(minutes=choice.minutes),
        _status_of(certificate),
    )
    return Presented(shown, _sd_jwt(shown, content), _compact(shown)), known is not None


def status_list_uri(list_id: int) -> str:
    """Return where a status list is published."""
    return f"{SETTINGS.public_url}/v1/status-lists/{list_id}"


def _own(caller: Citizen, certificate_id: str) -> tuple[Certificate, Content]:
    """Return one's own certificate with its content, read side by side with who one is."""
    citizen_id = caller.citizen_id
    # For an organisation, who shows it is the member.
    person = caller.standing.agent if caller.standing else citizen_id
    reads: list[Callable[[], Any]] = [
        lambda: queries.mine(citizen_id, certificate_id),
        lambda: identity.profile_of(person).proof,
        lambda: encryption.key_of(citizen_id),
    ]
    certificate, proof, key = parallel.map_concurrently(lambda read: read(), reads)
    if proof in (None, "match"):
        raise VerificationRequired
    content = encryption.open_content(certificate, key)
    if content is None:
        raise NotFound
    return certificate, content


def _check_fields(choice: Choice, content: Content) -> None:
    wrong = [
        FieldError(f"/fields/{at}", "unknown", _UNKNOWN)
        for at, name in enumerate(choice.fields or ())
        if name not in content.fields
    ]
    if wrong:
        raise InvalidRequest(errors=wrong)


def _chosen(choice: Choice, content: Content) -> list[str]:
    named = content.fields if choice.fields is None else choice.fields
    return [name for name in content.fields if name in named]


def _status_of(certificate: Certificate) -> StatusReference:
    list_id, place = place_of(certificate.status_number)
    return StatusReference(status_list_uri(list_id), place)


def _sd_jwt(shown: Presentation, content: Content) -> str:
    """Return the SD-JWT VC: the digests of all fields, and the disclosures of the shown ones."""
    import jwt  # noqa: PLC0415 - cold start.

    ring = dependencies.certificate_keys()
    disclosures = {
        name: disclosure(_salt(shown, name), name, value) for name, value in content.fields.items()
    }
    claims = claims_of(shown, [digest(one) for one in disclosures.values()], SETTINGS.public_url)
    headers = {"kid": ring.signing.kid, "typ": SD_JWT_TYPE}
    token = jwt.encode(claims, ring.signing.private, "EdDSA", headers)
    return "~".join([token, *(disclosures[name] for name in shown.fields), ""])


def _salt(shown: Presentation, name: str) -> str:
    """Return 131 bits that nobody can guess, and that a retry finds again (RFC 9901, 9.3)."""
    return dependencies.vault().keyed_hash("presentation", f"{shown.presentation_id}/{name}")


def _compact(shown: Presentation) -> str:
    key = dependencies.certificate_keys().signing
    signed = f"{PREFIX}.{key.kid.upper()}.{compact_payload(shown)}"
    return f"{signed}.{base32(key.private.sign(signed.encode()))}"
