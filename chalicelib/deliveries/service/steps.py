"""What may be decided of a delivery: released, called off, given to another courier."""

from dataclasses import asdict, replace
from datetime import datetime

from chalicelib.cases.domain import Address
from chalicelib.catalogue import service as catalogue
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.domain.delivery import Delivery, Flag
from chalicelib.deliveries.domain.track import DeliveryStatus
from chalicelib.deliveries.service import addresses
from chalicelib.deliveries.service.changes import Outgoing, Step


def release(old: Delivery, courier: Courier | None, now: datetime) -> Step:
    """Tell the courier who has it now of a delivery that waited; without one staff see to it.

    Whoever had it before was told nothing yet.
    """
    flag, at = (None, None) if courier else (Flag.NO_COURIER, now)
    given = courier.courier_id if courier else None
    held = replace(old, courier_id=given, flag=flag, flagged_at=at)
    new = replace(held, released=True, watch_at=now + old.quiet)
    tells = (asking(new, addresses.address_of(old)),) if courier else ()
    # Said again, as it may be another hall's to see to.
    facts = {"flag": flag.value} if flag else {}
    return Step(new, "delivery.released", tells, facts)


def cancel(old: Delivery) -> Step:
    """Call a delivery off."""
    track = replace(old.track, end=DeliveryStatus.CANCELLED)
    tells = (Outgoing("delivery.cancelled"),) if old.released and old.courier_id else ()
    return Step(replace(old, track=track, flag=None), "delivery.cancelled", tells)


def assign(old: Delivery, courier: Courier, now: datetime) -> Step:
    """Give a delivery to another courier."""
    new = replace(old, courier_id=courier.courier_id, flag=None, asked=False)
    if not old.released:
        return Step(new, "delivery.assigned")
    new = replace(new, watch_at=now + new.quiet)
    request = asking(new, addresses.address_of(old))
    if old.courier_id is None:
        return Step(new, "delivery.assigned", (request,))
    former = Outgoing("delivery.cancelled", courier_id=old.courier_id)
    return Step(new, "delivery.assigned", (former, request))


def asking(delivery: Delivery, address: Address) -> Outgoing:
    """Return what asks a courier to carry a parcel."""
    office = catalogue.office(delivery.office_id)
    return Outgoing(
        "delivery.requested",
        {
            "direction": delivery.direction,
            "address": asdict(address),
            "office": {"office_id": office.office_id, "name": office.name.zh},
            "proof_code_required": delivery.proof_needed,
        },
    )
