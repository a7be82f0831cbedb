"""Deliveries as citizens ask for them: requested, cancelled and sent elsewhere, and followed."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from chalicelib.cases import service as cases
from chalicelib.cases.domain import Address, Case
from chalicelib.catalogue import service as catalogue
from chalicelib.core import idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound, WrongStatus
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.key_notes import KeyNote
from chalicelib.core.pagination import Page, from_last
from chalicelib.deliveries import storage
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.domain.delivery import (
    Delivery,
    DeliveryInProgress,
    Direction,
    NoCourier,
    NotDeliverable,
    TrackingEvent,
    check_changeable,
)
from chalicelib.deliveries.domain.track import DeliveryStatus
from chalicelib.deliveries.service import addresses, creation, steps
from chalicelib.deliveries.service.changes import Outgoing, Step, change, load
from chalicelib.identity import service as identity
from chalicelib.mandates.service import Scope, first_matching


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """What a citizen asks for."""

    case_id: str
    direction: Direction
    address: Address
    courier_id: str | None


def request(
    caller: Citizen, wanted: DeliveryRequest, attempt: Attempt, now: datetime
) -> tuple[Delivery, bool]:
    """Ask for a delivery; tells whether the same attempt had done so before.

    Raises NotFound, InvalidRequest, NotDeliverable, NoCourier, WrongStatus, DeliveryInProgress or
    IdempotencyKeyReused.
    """
    # The id follows from the case.
    key = storage.KEYS.of(attempt, now)
    with key.unless_reused():
        case = cases.mine(caller.citizen_id, wanted.case_id)
        try:
            return _request(caller, case, wanted, key)
        except (InvalidRequest, NotDeliverable, NoCourier, WrongStatus):
            # What the attempt made stays made, also where nothing could be asked for any more.
            made = _made(case, wanted.direction, attempt)
            if made is None:
                raise
            return made, True


def _request(
    caller: Citizen, case: Case, wanted: DeliveryRequest, key: KeyNote
) -> tuple[Delivery, bool]:
    attempt, now = key.attempt, key.now
    if not catalogue.service(case.service_id).deliverable:
        raise NotDeliverable
    if caller.standing:
        caller.standing.check(case.service_id)
    courier = _courier(case.office_id, wanted, now)
    author = Author(caller.actor, now, attempt, key=key)
    direction, address = wanted.direction, wanted.address
    for before in range(creation.MOST_OF_A_CASE):
        delivery_id = creation.id_of(case.case_id, direction, before)
        made = caller.holds("delivery", delivery_id)
        delivery = creation.create(case, delivery_id, direction, address, courier, author, made)
        if delivery:
            return delivery, False
        if caller.standing:
            caller.standing.check()
        existing = load(delivery_id)
        if idempotency.already_applied(existing.ledger, attempt):
            return existing, True
        if not existing.ended or existing.status is DeliveryStatus.DELIVERED:
            raise DeliveryInProgress(delivery_id=delivery_id)
    raise WrongStatus(current=existing.status)


def _made(case: Case, direction: Direction, attempt: Attempt) -> Delivery | None:
    """Return what an attempt asked for before; raises IdempotencyKeyReused."""
    for before in range(creation.MOST_OF_A_CASE):
        delivery = storage.load(creation.id_of(case.case_id, direction, before))
        if delivery is None:
            return None
        if idempotency.already_applied(delivery.ledger, attempt):
            return delivery
    return None


def mine(citizen_id: str, delivery_id: str) -> Delivery:
    """Return the citizen's own delivery; raises NotFound."""
    if not delivery_id.startswith(citizen_id):
        raise NotFound
    return load(delivery_id)


def list_covered(
    scope: Scope, case_id: str | None, position: str | None, limit: int
) -> Page[Delivery]:
    """Return a page of the deliveries that a scope covers."""
    return first_matching(
        lambda after: list_mine(scope.owner, case_id, after, limit),
        lambda delivery: scope.covers(delivery.delivery_id, _member(scope, delivery)),
        position,
    )


def _member(scope: Scope, delivery: Delivery) -> str | None:
    return cases.load(delivery.case_id).for_member if scope.member else None


def list_mine(
    citizen_id: str, case_id: str | None, position: str | None, limit: int
) -> Page[Delivery]:
    """Return the citizen's deliveries, those of one case if asked for, newest first."""
    own = storage.list_of(citizen_id)
    of_case = [delivery for delivery in own if case_id in (None, delivery.case_id)]
    return from_last(of_case, _place, position, limit)


def _place(delivery: Delivery) -> str:
    return f"{delivery.created_at.timestamp():017.6f}#{delivery.delivery_id}"


def events_of(delivery: Delivery) -> list[TrackingEvent]:
    """Return what the courier told of a parcel, by when it happened."""
    return storage.load_events(delivery.delivery_id) if delivery.events else []


def cancel(caller: Citizen, delivery_id: str, attempt: Attempt, now: datetime) -> Applied[Delivery]:
    """Cancel before pick-up; a second time answers the same. Raises NotFound or WrongStatus."""

    def decide(old: Delivery) -> Step | None:
        if old.status is DeliveryStatus.CANCELLED:
            return None
        check_changeable(old)
        return steps.cancel(old)

    return change(
        lambda: mine(caller.citizen_id, delivery_id), decide, Author.of(caller, now, attempt)
    )


def change_address(
    caller: Citizen, delivery_id: str, address: Address, attempt: Attempt, now: datetime
) -> Applied[Delivery]:
    """Send elsewhere before pick-up; raises NotFound, NoCourier or WrongStatus."""
    key = identity.key_of(caller.citizen_id)

    def decide(old: Delivery) -> Step | None:
        check_changeable(old)
        if addresses.unseal(key, delivery_id, old.sealed) == address:
            return None
        if old.courier_id and not directory.find(old.courier_id).reach(address.division_code):
            raise NoCourier
        sealed = addresses.seal(key, delivery_id, address)
        new = replace(old, sealed=sealed, area=address.division_code)
        outgoing = Outgoing("delivery.address_changed", {"address": asdict(address)})
        return Step(new, "delivery.address_changed", (outgoing,) if old.released else ())

    return change(
        lambda: mine(caller.citizen_id, delivery_id), decide, Author.of(caller, now, attempt)
    )


def _courier(office_id: str, wanted: DeliveryRequest, now: datetime) -> Courier:
    area = wanted.address.division_code
    if wanted.courier_id is None:
        chosen = directory.choose(office_id, wanted.direction, area, now)
        if chosen is None:
            raise NoCourier
        return chosen
    return able_courier(wanted.courier_id, office_id, wanted.direction, area)


def able_courier(courier_id: str, office_id: str, direction: Direction, area: str) -> Courier:
    """Return a courier that was named; raises InvalidRequest when it cannot take such a parcel."""
    for courier in directory.everyone():
        if courier.courier_id == courier_id and courier.can(office_id, direction, area):
            return courier
    detail = Text("该快递公司无法承接", "This courier cannot take it")
    raise InvalidRequest(errors=[FieldError("/courier_id", "unavailable", detail)])
