"""How deliveries, couriers and their messages look from outside."""

from typing import Literal

from chalicelib.cases.domain import Address
from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel
from chalicelib.deliveries import couriers, proof, service, tracking
from chalicelib.deliveries.accounts import Courier, State
from chalicelib.deliveries.addresses import masked
from chalicelib.deliveries.domain import Delivery, Direction, Flag, Noted, Status
from chalicelib.deliveries.messages import Message
from chalicelib.deliveries.messages import State as MessageState


class AddressView(BodyModel):
    """An address; to the citizen it is shown masked."""

    name: str
    phone: str
    division_code: str
    detail: str


class CourierReport(BodyModel):
    """One thing that the courier reported; `moved` says that the parcel's status moved by it."""

    status: Status
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
    status: Status
    waiting_for_result: bool
    changeable: bool
    proof_code: str | None
    events: list[CourierReport]
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
    status: Status
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
    events: list[CourierReport]


class CourierView(BodyModel):
    """A courier's account; `load` is how many parcels it has under way.

    `office_id` is the hall whose it is; null: the city's, which only `admin` may change.
    """

    courier_id: str
    name: str
    endpoint: str
    division_codes: list[str]
    services: list[Direction]
    office_id: str | None
    state: State
    answering: bool
    load: int
    version: int


class CourierMade(CourierView):
    """A courier's account with a fresh secret, which is told this once."""

    secret: str | None


class CourierList(BodyModel):
    """All couriers."""

    items: list[CourierView]
    next_cursor: None = None


class AttemptView(BodyModel):
    """One attempt at sending: the HTTP status, or null when no answer came."""

    at: str
    status: int | None
    answer: str
    milliseconds: int


class MessageView(BodyModel):
    """A message to a courier, with its attempts; what it says of a person is not shown."""

    message_id: str
    type: str
    delivery_id: str | None
    sequence: int
    state: MessageState
    occurred_at: str
    next_attempt_at: str | None
    attempts: list[AttemptView]


class MessageList(BodyModel):
    """Messages of one page: those that wait, those that failed, those that were sent."""

    items: list[MessageView]
    next_cursor: str | None


class Recovered(BodyModel):
    """How many messages were put into the queue again; `more` asks to call once more."""

    recovered: int
    more: bool


class Taken(BodyModel):
    """What became of a report."""

    result: Literal["applied", "kept", "duplicate", "ignored"]


def delivery_view(found: Delivery, reports: list[Noted]) -> DeliveryView:
    """Present a delivery to its citizen."""
    return DeliveryView(
        delivery_id=found.delivery_id,
        case_id=found.case_id,
        direction=found.direction,
        courier_id=found.courier_id,
        courier_name=couriers.name_of(found.courier_id),
        tracking_number=found.tracking[0] if found.tracking else None,
        status=found.status,
        waiting_for_result=not found.released and not found.ended,
        changeable=found.changeable,
        proof_code=proof.code_of(found.delivery_id) if found.proof_needed else None,
        events=_events(found, reports),
        address=_address(masked(service.address_of(found))),
        created_at=rfc3339(found.created_at),
        version=found.version,
    )


def board_item(found: Delivery) -> BoardItem:
    """Present a delivery to staff among others."""
    return BoardItem.model_validate(_board_fields(found))


def staff_view(found: Delivery, address: Address, reports: list[Noted]) -> StaffDeliveryView:
    """Present all of a delivery to staff."""
    return StaffDeliveryView.model_validate(
        {
            **_board_fields(found),
            "address": _address(address),
            "events": _events(found, reports),
        }
    )


def courier_view(found: Courier) -> CourierView:
    """Present a courier's account."""
    return CourierView.model_validate(_courier_fields(found))


def courier_made(found: Courier, secret: str | None) -> CourierMade:
    """Present a courier's account with its fresh secret."""
    return CourierMade.model_validate({**_courier_fields(found), "secret": secret})


def message_view(found: Message) -> MessageView:
    """Present a message."""
    waiting = found.state is MessageState.WAITING
    return MessageView(
        message_id=found.message_id,
        type=found.type,
        delivery_id=None if found.type == "delivery.ping" else found.subject,
        sequence=found.number,
        state=found.state,
        occurred_at=rfc3339(found.occurred_at),
        next_attempt_at=rfc3339(found.due_at) if waiting else None,
        attempts=[
            AttemptView(
                at=rfc3339(attempt.at),
                status=attempt.status,
                answer=attempt.answer,
                milliseconds=attempt.milliseconds,
            )
            for attempt in found.attempts
        ],
    )


def _events(found: Delivery, reports: list[Noted]) -> list[CourierReport]:
    views = []
    for noted in reports:
        words = tracking.words_of(found, noted)
        views.append(
            CourierReport(
                status=noted.status,
                occurred_at=rfc3339(noted.occurred_at),
                received_at=rfc3339(noted.received_at),
                location=words.get("location"),
                note=words.get("note"),
                moved=noted.moved,
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


def _board_fields(found: Delivery) -> dict[str, object]:
    return {
        "delivery_id": found.delivery_id,
        "case_id": found.case_id,
        "service_id": found.service_id,
        "office_id": found.office_id,
        "direction": found.direction,
        "courier_id": found.courier_id,
        "tracking_number": found.tracking[0] if found.tracking else None,
        "status": found.status,
        "flag": found.flag,
        "flagged_at": rfc3339(found.flagged_at) if found.flagged_at else None,
        "created_at": rfc3339(found.created_at),
        "version": found.version,
    }


def _courier_fields(found: Courier) -> dict[str, object]:
    health = couriers.health().get(found.courier_id)
    return {
        "courier_id": found.courier_id,
        "name": found.name,
        "endpoint": found.endpoint,
        "division_codes": list(found.division_codes),
        "services": sorted(found.services),
        "office_id": found.office_id,
        "state": found.state,
        "answering": not (health and health.troubled),
        "load": max(0, health.load) if health else 0,
        "version": found.version,
    }
