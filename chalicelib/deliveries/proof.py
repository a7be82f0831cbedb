"""Proof codes: for papers that nobody else should get, the citizen tells the courier six digits.

The code follows from the delivery's id under a secret of ours, so it is kept nowhere; the courier
learns it at the door and sends it with the report `delivered`.
"""

import hashlib
import hmac
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import wiring

# Identity cards and household registers, passports and permits, property certificates.
_SENSITIVE: Final = frozenset({"identity", "exit-entry", "property"})
_CODES: Final = 1_000_000


def is_needed(service_id: str) -> bool:
    """Tell whether a service's results are given only to who knows the code."""
    return catalogue.service(service_id).category in _SENSITIVE


def code_of(delivery_id: str) -> str:
    """Return the six digits of a delivery."""
    hashed = wiring.vault().keyed_hash("proof", delivery_id)
    number = int.from_bytes(hashlib.sha256(hashed.encode()).digest()[:8], "big")
    return f"{number % _CODES:06}"


def is_right(delivery_id: str, given: str | None) -> bool:
    """Tell whether a courier was told the code."""
    return given is not None and hmac.compare_digest(given.encode(), code_of(delivery_id).encode())
