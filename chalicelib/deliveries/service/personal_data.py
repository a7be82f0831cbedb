"""What deliveries hold about a citizen, and their histories for auditors."""

from dataclasses import asdict
from typing import Final

from chalicelib.core import audit
from chalicelib.core.clock import rfc3339
from chalicelib.deliveries import storage
from chalicelib.deliveries.domain.delivery import DELIVERY_ID_LENGTH
from chalicelib.deliveries.service.addresses import address_of
from chalicelib.identity.service import personal_data_requests


def history_of(delivery_id: str) -> audit.SubjectHistory | None:
    """Return the history of a delivery, for auditors."""
    delivery = storage.load(delivery_id) if len(delivery_id) == DELIVERY_ID_LENGTH else None
    if delivery is None:
        return None
    entries = tuple(storage.load_entries(delivery_id))
    return audit.SubjectHistory(entries, delivery.head, delivery.office_id, delivery.citizen_id)


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's deliveries as plain JSON values, for their export."""
    return [
        {
            "delivery_id": delivery.delivery_id,
            "case_id": delivery.case_id,
            "direction": delivery.direction,
            "courier_id": delivery.courier_id,
            "status": delivery.status.value,
            "address": asdict(address_of(delivery)),
            "created_at": rfc3339(delivery.created_at),
        }
        for delivery in storage.list_of(citizen_id)
    ]


def open_things(citizen_id: str) -> list[str]:
    """Return the ids of a citizen's parcels that are still under way."""
    own = storage.list_of(citizen_id)
    return [delivery.delivery_id for delivery in own if not delivery.ended]


# All that is personal is sealed under the citizen's key, so that nothing is left to erase.
PERSONAL_DATA: Final = personal_data_requests.Holder(
    "deliveries", held_about, open_things=open_things, thing="delivery"
)
