"""What other rooms ask of cases, and tell them of payments and parcels.

Lodging, processing, the look-up of a status and statistics are modules of their own.
"""

from chalicelib.cases.service.queries import delivery_address, load, mine, pickup_address
from chalicelib.cases.service.updates import note_delivery, note_payment, was_noted

__all__ = [
    "delivery_address",
    "load",
    "mine",
    "note_delivery",
    "note_payment",
    "pickup_address",
    "was_noted",
]
