"""How a delivery comes to be, and which is a case's at present.

A case has at most one delivery in each direction at a time: its id follows from the case, the
direction and how many came before, so that two requests at once make one. What goes to the citizen
waits until the case's result is issued, and where originals are checked at the hand-over, until
they are; only then is the courier told, or another where this one takes nothing any more. Originals
that a courier brought go back in the same parcel. Of a case that has ended without one they go back
in a parcel of their own, which no other takes the place of.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import Address, Case, CaseStatus
from chalicelib.cases.service import originals
from chalicelib.core.changes import Author
from chalicelib.core.errors import WrongStatus
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import CITIZEN_ID_LENGTH, derived_id
from chalicelib.core.tables import Addition
from chalicelib.deliveries import storage
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.domain.delivery import (
    DELIVERY_ID_LENGTH,
    Delivery,
    Direction,
    Flag,
)
from chalicelib.deliveries.service import addresses, changes, proof
from chalicelib.deliveries.service.changes import Step
from chalicelib.deliveries.service.steps import asking
from chalicelib.identity import service as identity

MOST_OF_A_CASE: Final = 20
_SUFFIX: Final = DELIVERY_ID_LENGTH - CITIZEN_ID_LENGTH


def id_of(case_id: str, direction: Direction, before: int) -> str:
    """Return the id of a case's delivery after `before` others of this direction."""
    derived = derived_id("delivery", case_id, direction, str(before), length=_SUFFIX)
    return case_id[:CITIZEN_ID_LENGTH] + derived


def return_id_of(case_id: str) -> str:
    """Return the id of the parcel that brings a case's originals back."""
    return case_id[:CITIZEN_ID_LENGTH] + derived_id("return", case_id, length=_SUFFIX)


def returning(case_id: str) -> Delivery | None:
    """Return the parcel that brings a case's originals back, if there is one."""
    return storage.load(return_id_of(case_id))


def current(case_id: str, direction: Direction) -> Delivery | None:
    """Return a case's latest delivery of this direction."""
    latest = None
    for before in range(MOST_OF_A_CASE):
        delivery = storage.load(id_of(case_id, direction, before))
        if delivery is None:
            break
        latest = delivery
        if not delivery.ended:
            break
    return latest


def begin(
    case: Case, address: Address, actor: str, attempt: Attempt, now: datetime
) -> Delivery | None:
    """Make the delivery to the citizen that the application asked for; again changes nothing.

    When no courier can be had, staff see it among the exceptions.
    """
    courier = directory.choose(case.office_id, "to_citizen", address.division_code, now)
    delivery_id = id_of(case.case_id, "to_citizen", 0)
    author = Author(actor, now, attempt)
    return create(case, delivery_id, "to_citizen", address, courier, author)


def begin_pickup(case: Case, address: Address | None, actor: str, now: datetime) -> None:
    """Make the parcel that brings a case's originals; again changes nothing.

    The citizen may have asked for one meanwhile: then that is it. When no courier can be had, staff
    see it among the exceptions.
    """
    if address is None or current(case.case_id, "to_office") is not None:
        return
    courier = directory.choose(case.office_id, "to_office", address.division_code, now)
    delivery_id = id_of(case.case_id, "to_office", 0)
    attempt = Attempt(derived_id("pickup", case.case_id, length=16), "pickup")
    create(case, delivery_id, "to_office", address, courier, Author(actor, now, attempt))


def begin_return(case: Case, address: Address, actor: str, now: datetime) -> None:
    """Make the parcel that brings a case's originals back; again changes nothing.

    Whom it is handed to tells the proof code. When no courier can be had, staff see it among the
    exceptions.
    """
    delivery_id = return_id_of(case.case_id)
    if returning(case.case_id) is None:
        courier = directory.choose(case.office_id, "to_citizen", address.division_code, now)
        attempt = Attempt(derived_id("return", case.case_id, length=16), "return")
        author = Author(actor, now, attempt)
        create(case, delivery_id, "to_citizen", address, courier, author)


def courier_for(delivery: Delivery, now: datetime) -> Courier | None:
    """Return who has a delivery: whom it was given to, or another where they take none now."""
    parcel = (delivery.office_id, delivery.direction, delivery.area)
    for one in directory.everyone():
        if one.courier_id == delivery.courier_id and one.can(*parcel):
            return one
    return directory.choose(*parcel, now)


def create(  # noqa: PLR0913 - a delivery has these facts.
    case: Case,
    delivery_id: str,
    direction: Direction,
    address: Address,
    courier: Courier | None,
    author: Author,
    also: Addition | None = None,
) -> Delivery | None:
    """Make a delivery; None when it is there already, or what is kept `also` does not hold.

    Raises WrongStatus.
    """
    now = author.now
    is_return = delivery_id == return_id_of(case.case_id)
    released = is_return or _released(case, direction)
    is_proven = is_return or proof.is_needed(case, direction)
    delivery = Delivery(
        delivery_id=delivery_id,
        citizen_id=case.citizen_id,
        case_id=case.case_id,
        office_id=case.office_id,
        service_id=case.service_id,
        direction=direction,
        sealed=addresses.seal(identity.key_of(case.citizen_id), delivery_id, address),
        area=address.division_code,
        created_at=now,
        courier_id=courier.courier_id if courier else None,
        released=released,
        proof_needed=is_proven,
        flag=None if courier else Flag.NO_COURIER,
        flagged_at=None if courier else now,
    )
    if released:
        delivery = replace(delivery, watch_at=now + delivery.quiet)
    tells = (asking(delivery, address),) if released and courier else ()
    facts = {"flag": delivery.flag.value} if delivery.flag else {}
    step = Step(delivery, "delivery.requested", tells, facts)
    return changes.create(step, author, also)


def _released(case: Case, direction: Direction) -> bool:
    """Tell whether the courier may come at once; raises WrongStatus for what makes no sense."""
    is_issued = case.status is CaseStatus.ISSUED
    is_late = is_issued and not originals.missing_at_handover(case)
    if case.ended or (direction == "to_office" and is_late):
        raise WrongStatus(current=case.status)
    return direction == "to_office" or may_leave(case)


def may_leave(case: Case) -> bool:
    """Tell whether a result may be sent: it is issued, and no original is awaited in its place."""
    return case.status is CaseStatus.ISSUED and not originals.missing_at_handover(case)
