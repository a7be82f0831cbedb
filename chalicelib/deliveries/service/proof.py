"""Proof codes: for papers that nobody else should get, the citizen tells the courier six digits.

The code follows from the delivery's id under a secret of ours, so it is kept nowhere; the courier
learns it at the door and sends it with the update `delivered`.
"""

from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import secret_code

# Identity cards and household registers, passports and permits, property certificates.
_SENSITIVE: Final = frozenset({"identity", "exit-entry", "property"})


def is_needed(service_id: str) -> bool:
    """Tell whether a service's results are given only to who knows the code."""
    return catalogue.service(service_id).category in _SENSITIVE


def code_of(delivery_id: str) -> str:
    """Return the six digits of a delivery."""
    return secret_code.code_of("proof", delivery_id, hash_bytes=8)


def is_right(delivery_id: str, code: str | None) -> bool:
    """Tell whether a courier was told the code."""
    return secret_code.is_right(code_of(delivery_id), code)
