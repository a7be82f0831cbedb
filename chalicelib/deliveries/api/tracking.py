"""The route where couriers tell of their parcels."""

from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, RootModel, StringConstraints, Tag

from chalicelib.core import auth
from chalicelib.core.errors import (
    InvalidJson,
    InvalidRequest,
    InvalidSignature,
    NotFound,
    TooManyRequests,
)
from chalicelib.core.http_messages import IDENTIFIER, BodyModel, Moment, Opaque, Request, Token
from chalicelib.core.parsing import read_body
from chalicelib.core.routes import Routes
from chalicelib.core.text import text, typed
from chalicelib.deliveries.api.views import Taken
from chalicelib.deliveries.couriers.service import authentication
from chalicelib.deliveries.domain.delivery import TrackingUpdate
from chalicelib.deliveries.domain.track import DeliveryStatus
from chalicelib.deliveries.service import tracking

routes: Final = Routes("deliveries")

Words = Annotated[str, text(200, 0, lines=True)]
_UPDATED: Final = "delivery.updated"


class TrackingData(BodyModel):
    """What a courier tells of a parcel; `proof_code` is what the citizen told at the door.

    A `delivery_id` that cannot be one is that of no parcel.
    """

    delivery_id: Annotated[str, Opaque()]
    tracking_number: Annotated[str, text(64)] | None = None
    status: DeliveryStatus
    occurred_at: Moment
    location: Words | None = None
    note: Words | None = None
    proof_code: Annotated[str, typed(".{0,16}")] | None = None


class TrackingMessage(BodyModel):
    """A message `delivery.updated`, as a courier sends it."""

    type: Literal["delivery.updated"]
    timestamp: Moment
    data: TrackingData


class OtherMessage(BodyModel):
    """A message of any other type, with what every message of Standard Webhooks has."""

    type: Annotated[Token, StringConstraints(max_length=100)]
    timestamp: Moment
    data: dict[str, Any]


def _kind(message: object) -> str:
    is_update = isinstance(message, dict) and message.get("type") == _UPDATED
    return _UPDATED if is_update else "other"


class CourierMessage(
    RootModel[
        Annotated[
            Annotated[TrackingMessage, Tag(_UPDATED)] | Annotated[OtherMessage, Tag("other")],
            Discriminator(_kind),
        ]
    ]
):
    """What a courier sends, by its `type`."""


@routes.post(
    "/v1/webhooks/couriers/{courier_id}",
    auth=auth.signature,
    body=TrackingMessage,
    response=Taken,
    errors=(
        InvalidSignature,
        NotFound,
        InvalidJson,
        InvalidRequest,
        TooManyRequests,
    ),
)
def receive(request: Request[None], courier_id: str) -> Taken:
    """Take a courier's update, signed by Standard Webhooks; other types are acknowledged only."""
    sender = authentication.verify(courier_id, request.headers, request.raw_body, request.now)
    message = read_body(CourierMessage, request.raw_body).root
    if isinstance(message, OtherMessage):
        return Taken(result="ignored")
    data = message.data
    if not IDENTIFIER.fullmatch(data.delivery_id):
        raise NotFound
    update = TrackingUpdate(
        data.status,
        data.occurred_at,
        data.tracking_number,
        data.location,
        data.note,
        data.proof_code,
    )
    return Taken(result=tracking.apply(sender, data.delivery_id, update, request.now))
