"""Verification codes: 120 bits that follow from a certificate's id under a secret key."""

import base64
import hashlib
import re
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.text import read_code

_BYTES: Final = 15
_CODE: Final = re.compile("[A-Z2-7]{24}")


def code_of(certificate_id: str) -> str:
    """Return the one code of a certificate: 24 letters and digits of base32 (RFC 4648)."""
    hashed = dependencies.vault().keyed_hash("certificate", certificate_id).encode()
    return base64.b32encode(hashlib.sha256(hashed).digest()[:_BYTES]).decode()


def read(given: str) -> str | None:
    """Return a code as it was typed, in groups or small letters; None for what cannot be one."""
    code = read_code(given)
    return code if _CODE.fullmatch(code) else None
