"""How couriers and their messages look to staff."""

from chalicelib.core.http_messages import BodyModel, WholeList
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.webhooks.api.views import AttemptView, message_fields
from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.domain.message import Message, MessageState


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
    state: AccountState
    answering: bool
    load: int
    version: int


class CourierMade(CourierView):
    """A courier's account with a fresh secret, which is told this once."""

    secret: str | None


class CourierList(WholeList):
    """All couriers."""

    items: list[CourierView]


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


def courier_view(courier: Courier) -> CourierView:
    """Present a courier's account."""
    return CourierView.model_validate(_courier_fields(courier))


def courier_made(courier: Courier, secret: str | None) -> CourierMade:
    """Present a courier's account with its fresh secret."""
    return CourierMade.model_validate({**_courier_fields(courier), "secret": secret})


def message_view(message: Message) -> MessageView:
    """Present a message."""
    about = None if message.type == "delivery.ping" else message.subject
    return MessageView.model_validate({**message_fields(message), "delivery_id": about})


def _courier_fields(courier: Courier) -> dict[str, object]:
    health = directory.health().get(courier.courier_id)
    return {
        "courier_id": courier.courier_id,
        "name": courier.name,
        "endpoint": courier.endpoint,
        "division_codes": list(courier.division_codes),
        "services": sorted(courier.services),
        "office_id": courier.office_id,
        "state": courier.state,
        "answering": not (health and health.troubled),
        "load": max(0, health.load) if health else 0,
        "version": courier.version,
    }
