"""Proof codes: for papers that nobody else should get, the citizen tells the courier six digits.

The code follows from the delivery's id under a secret of ours, so it is kept nowhere; the courier
learns it at the door and sends it with the update by which papers change hands there: `delivered`,
or `picked_up` for originals that go to the office.
"""

from typing import Final

from chalicelib.cases.domain import Case
from chalicelib.catalogue import service as catalogue
from chalicelib.core import secret_code
from chalicelib.deliveries.domain.delivery import Direction

# Identity cards and household registers, passports and permits, property certificates.
_SENSITIVE: Final = frozenset({"identity", "exit-entry", "property"})


def is_needed(case: Case, direction: Direction) -> bool:
    """Tell whether papers change hands at a citizen's door only by the code.

    Originals do, when they are fetched and when they come back with the result, and results of
    which nobody else should have one.
    """
    with_originals = direction == "to_office" or case.handover == "courier"
    if with_originals and case.originals:
        return True
    return direction == "to_citizen" and catalogue.service(case.service_id).category in _SENSITIVE


def code_of(delivery_id: str) -> str:
    """Return the six digits of a delivery."""
    return secret_code.code_of("proof", delivery_id, hash_bytes=8)


def is_right(delivery_id: str, code: str | None) -> bool:
    """Tell whether a courier was told the code."""
    return secret_code.is_right(code_of(delivery_id), code)
