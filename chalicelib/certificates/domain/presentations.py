"""A presentation: some fields of a certificate, for a purpose and for minutes, signed.

It has two forms, which say the same:

* an SD-JWT VC (RFC 9901, draft-ietf-oauth-sd-jwt-vc): a JWT with the digests of all fields, and
  after it the disclosures of the chosen ones;
* a compact one that fits a small QR code, `OC1.KID.PAYLOAD.SIGNATURE`, the last two in base32
  (RFC 4648, without padding), so that all of it is in the alphanumeric set of QR codes (ISO/IEC
  18004). PAYLOAD is a JSON object in UTF-8; SIGNATURE is Ed25519 (RFC 8032) over
  `OC1.KID.PAYLOAD`.

Texts are read in their one spelling only: a decoder would ignore the last bits of base32 and
base64, and what was changed must not be taken.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib.core import foreign_json
from chalicelib.core.spelling import base32, base64url, from_base32, from_base64url

PREFIX: Final = "OC1"
SD_JWT_TYPE: Final = "dc+sd-jwt"
_PARTS: Final = 3
_DISCLOSURE: Final = 3


@dataclass(frozen=True, slots=True)
class StatusReference:
    """Where a certificate's state is published: the number in a token status list."""

    uri: str
    index: int


@dataclass(frozen=True, slots=True)
class Presentation:
    """What is shown: `fields` of a certificate of a type, from when until when, and what for."""

    presentation_id: str
    type_id: str
    fields: Mapping[str, Any]
    purpose: str
    issued_at: datetime
    valid_until: datetime
    status: StatusReference

    def to_payload(self) -> dict[str, Any]:
        """Return it as the object that its compact form signs; names are short, times seconds."""
        return {
            "jti": self.presentation_id,
            "vct": self.type_id,
            "iat": int(self.issued_at.timestamp()),
            "exp": int(self.valid_until.timestamp()),
            "for": self.purpose,
            "idx": self.status.index,
            "uri": self.status.uri,
            "f": dict(self.fields),
        }

    @classmethod
    def of_payload(cls, payload: Mapping[str, Any]) -> "Presentation":
        """Read it from such an object; raises KeyError, TypeError or ValueError."""
        return cls(
            payload["jti"],
            payload["vct"],
            payload["f"],
            payload["for"],
            datetime.fromtimestamp(payload["iat"], UTC),
            datetime.fromtimestamp(payload["exp"], UTC),
            StatusReference(payload["uri"], payload["idx"]),
        )


def disclosure(salt: str, name: str, value: object) -> str:
    """Return the disclosure of a field (RFC 9901, 4.2.1)."""
    return base64url(json.dumps([salt, name, value], ensure_ascii=False).encode())


def digest(text: str) -> str:
    """Return the SHA-256 digest by which a JWT names a disclosure (RFC 9901, 4.2.3)."""
    return base64url(hashlib.sha256(text.encode()).digest())


def claims_of(shown: Presentation, digests: list[str], issuer: str) -> dict[str, Any]:
    """Return the claims of the JWT; the order of the digests says nothing of the fields."""
    return {
        "iss": issuer,
        "jti": shown.presentation_id,
        "vct": vct_of(shown.type_id),
        "iat": int(shown.issued_at.timestamp()),
        "exp": int(shown.valid_until.timestamp()),
        "purpose": shown.purpose,
        "status": {"status_list": {"idx": shown.status.index, "uri": shown.status.uri}},
        "_sd_alg": "sha-256",
        "_sd": sorted(digests),
    }


def read_claims(claims: Mapping[str, Any], disclosures: list[str]) -> Presentation:
    """Read a presentation from a JWT's claims and what is disclosed with it.

    Raises KeyError, TypeError or ValueError for what is none, or discloses what was not signed.
    """
    digests = [digest(one) for one in disclosures]
    if len(set(digests)) < len(digests) or not set(digests) <= set(claims["_sd"]):
        raise ValueError("what is disclosed was not signed")
    fields = dict(_field_of(one) for one in disclosures)
    where = claims["status"]["status_list"]
    return Presentation(
        claims["jti"],
        claims["vct"].rpartition(":")[2],
        fields,
        claims["purpose"],
        datetime.fromtimestamp(claims["iat"], UTC),
        datetime.fromtimestamp(claims["exp"], UTC),
        StatusReference(where["uri"], where["idx"]),
    )


def vct_of(type_id: str) -> str:
    """Return the name of a type among verifiable credentials."""
    return f"urn:onetrip:certificate:{type_id}"


def compact_payload(shown: Presentation) -> str:
    """Return the payload of the compact form."""
    text = json.dumps(shown.to_payload(), ensure_ascii=False, separators=(",", ":"))
    return base32(text.encode())


def read_compact(payload: str) -> Presentation:
    """Read the payload of the compact form; raises KeyError, TypeError or ValueError."""
    return Presentation.of_payload(foreign_json.read(from_base32(payload)))


def _field_of(text: str) -> tuple[str, Any]:
    parts = foreign_json.read(from_base64url(text))
    if not isinstance(parts, list) or len(parts) != _DISCLOSURE or not isinstance(parts[1], str):
        raise ValueError("not a disclosure of a field")
    return parts[1], parts[2]
