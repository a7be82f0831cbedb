"""How deliveries look from outside."""

from typing import Literal

from chalicelib.cases.domain import Address
from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.domain.delivery import Delivery, Direction, Flag, TrackingEvent
from chalicelib.deliveries.domain.track import DeliveryStatus
from chalicelib.deliveries.service import proof, tracking
from chalicelib.deliveries.service.addresses import address_of, masked


class AddressView(BodyModel):
    """An address; to the citizen it is shown masked."""

    name: str
    phone: str
    division_code: str
    detail: str


class TrackingEventView(BodyModel):
    """One thing that the courier told; `moved` says that the parcel's status moved by it."""

    status: DeliveryStatus
    occurred_at: str
    received_at: str
    location: str | None
    note: str | None
    moved: bool


class DeliveryView(BodyModel):
    """One parcel; `waiting_for_result` says that it leaves when the case's result is issued.

    `proof_code` is for the citizen alone, who tells it to the courier at the door.
    """

    delivery_id: str
    case_id: str
    direction: Direction
    courier_id: str | None
    courier_name: str | None
    tracking_number: str | None
    status: DeliveryStatus
    waiting_for_result: bool
    changeable: bool
    proof_code: str | None
    events: list[TrackingEventView]
    address: AddressView
    created_at: str
    version: int


class DeliveryList(BodyModel):
    """Deliveries of one page."""

    items: list[DeliveryView]
    next_cursor: str | None


class BoardItem(BodyModel):
    """A delivery as staff see it among others, without personal data."""

    delivery_id: str
    case_id: str
    service_id: str
    office_id: str
    direction: Direction
    courier_id: str | None
    tracking_number: str | None
    status: DeliveryStatus
    flag: Flag | None
    flagged_at: str | None
    created_at: str
    version: int


class Board(BodyModel):
    """A hall's deliveries of one page."""

    items: list[BoardItem]
    next_cursor: str | None


class StaffDeliveryView(BoardItem):
    """A delivery whole, with the address in clear; the look is recorded."""

    address: AddressView
    events: list[TrackingEventView]


class Taken(BodyModel):
    """What became of an update."""

    result: Literal["applied", "kept", "duplicate", "ignored"]


def delivery_view(delivery: Delivery, tracking_events: list[TrackingEvent]) -> DeliveryView:
    """Present a delivery to its citizen."""
    return DeliveryView(
        delivery_id=delivery.delivery_id,
        case_id=delivery.case_id,
        direction=delivery.direction,
        courier_id=delivery.courier_id,
        courier_name=directory.name_of(delivery.courier_id),
        tracking_number=delivery.tracking[0] if delivery.tracking else None,
        status=delivery.status,
        waiting_for_result=not delivery.released and not delivery.ended,
        changeable=delivery.changeable,
        proof_code=proof.code_of(delivery.delivery_id) if delivery.proof_needed else None,
        events=_events(delivery, tracking_events),
        address=_address(masked(address_of(delivery))),
        created_at=rfc3339(delivery.created_at),
        version=delivery.version,
    )


def board_item(delivery: Delivery) -> BoardItem:
    """Present a delivery to staff among others."""
    return BoardItem.model_validate(_board_fields(delivery))


def staff_view(
    delivery: Delivery, address: Address, tracking_events: list[TrackingEvent]
) -> StaffDeliveryView:
    """Present all of a delivery to staff."""
    return StaffDeliveryView.model_validate(
        {
            **_board_fields(delivery),
            "address": _address(address),
            "events": _events(delivery, tracking_events),
        }
    )


def _events(delivery: Delivery, tracking_events: list[TrackingEvent]) -> list[TrackingEventView]:
    views = []
    for event in tracking_events:
        text = tracking.text_of(delivery, event)
        views.append(
            TrackingEventView(
                status=event.status,
                occurred_at=rfc3339(event.occurred_at),
                received_at=rfc3339(event.received_at),
                location=text.get("location"),
                note=text.get("note"),
                moved=event.moved,
            )
        )
    return views


def _address(address: Address) -> AddressView:
    return AddressView(
        name=address.name,
        phone=address.phone,
        division_code=address.division_code,
        detail=address.detail,
    )


def _board_fields(delivery: Delivery) -> dict[str, object]:
    return {
        "delivery_id": delivery.delivery_id,
        "case_id": delivery.case_id,
        "service_id": delivery.service_id,
        "office_id": delivery.office_id,
        "direction": delivery.direction,
        "courier_id": delivery.courier_id,
        "tracking_number": delivery.tracking[0] if delivery.tracking else None,
        "status": delivery.status,
        "flag": delivery.flag,
        "flagged_at": rfc3339(delivery.flagged_at) if delivery.flagged_at else None,
        "created_at": rfc3339(delivery.created_at),
        "version": delivery.version,
    }
