"""The token status list (draft-ietf-oauth-status-list): two bits a certificate, published.

A list has 65,536 places; a certificate's number names its list and its place there. It says what
was decided: that the last day has passed, the certificate says itself.
"""

import base64
import zlib
from collections.abc import Mapping
from typing import Final

from chalicelib.certificates.domain.certificate import Certificate, CertificateStatus

BITS: Final = 2
SIZE: Final = 1 << 16
# How long a copy may be used, in seconds; the list says so itself.
TIME_TO_LIVE: Final = 60
_PER_BYTE: Final = 8 // BITS
VALID: Final = 0
INVALID: Final = 1
SUSPENDED: Final = 2


def place_of(number: int) -> tuple[int, int]:
    """Return the list of a certificate's number, and its place there."""
    return divmod(number, SIZE)


def published(certificate: Certificate) -> int:
    """Return what the list says of a certificate."""
    if certificate.content is None:
        return INVALID
    if certificate.state is CertificateStatus.SUSPENDED:
        return SUSPENDED
    return VALID if certificate.state is CertificateStatus.VALID else INVALID


def encoded(states: Mapping[int, int]) -> str:
    """Return a list, compressed, in base64url; places that are not named are valid.

    The first place has the lowest bits of the first byte.
    """
    data = bytearray(SIZE // _PER_BYTE)
    for place, state in states.items():
        data[place // _PER_BYTE] |= state << place % _PER_BYTE * BITS
    return base64.urlsafe_b64encode(zlib.compress(bytes(data), 9)).decode().rstrip("=")
