"""The routes by which a hall's devices are announced, paired and removed."""

from typing import Annotated, Final

from chalicelib.core import auth
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotFound, TooManyRequests
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    IssuedCode,
    QueryModel,
    Request,
    Response,
    WholeList,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.identity.api.sessions import DeviceTokens, device_tokens
from chalicelib.identity.devices import service
from chalicelib.identity.devices.domain import Device, DeviceStatus

routes: Final = Routes("admin_devices")


class NewDevice(BodyModel):
    """How staff call the device, as by where it stands."""

    name: Annotated[str, text(60, 0)] = ""


class DeviceView(BodyModel):
    """A device of a hall."""

    device_id: str
    office_id: str
    name: str
    status: DeviceStatus
    paired_at: str | None


class PairingCode(IssuedCode):
    """The code that is typed at the device, until it expires."""

    device_id: str
    office_id: str
    name: str


class DeviceList(WholeList):
    """The devices of a hall."""

    items: list[DeviceView]


class Pairing(BodyModel):
    """The code that staff read out, typed at the device of this hall."""

    office_id: Id
    code: Annotated[str, text(40)]


@routes.post(
    "/v1/admin/offices/{office_id}/devices",
    auth=auth.staff(*service.MAY_ANNOUNCE),
    body=NewDevice,
    response=PairingCode,
    status=201,
    errors=[NotFound],
    idempotent=True,
)
def announce(request: Request[NewDevice], office_id: str) -> Response:
    """Announce a device, and return the code by which it is paired."""
    name, attempt = request.input.name, request.attempt
    announced = service.announce(request.staff, office_id, name, attempt, request.now)
    device = announced.new
    expires_at = device.code_expires_at or request.now
    view = PairingCode(
        code=service.code_of(device),
        expires_at=rfc3339(expires_at),
        device_id=device.device_id,
        office_id=device.office_id,
        name=device.name,
    )
    return replayed(view, again=announced.replayed)


@routes.get(
    "/v1/admin/offices/{office_id}/devices",
    auth=auth.staff(*service.MAY_ANNOUNCE),
    response=DeviceList,
    errors=[NotFound],
)
def list_devices(request: Request[QueryModel], office_id: str) -> DeviceList:
    """List the devices of a hall."""
    there = service.list_devices(request.staff, office_id)
    return DeviceList(items=[_view(one) for one in there], next_cursor=None)


@routes.delete(
    "/v1/admin/offices/{office_id}/devices/{device_id}",
    auth=auth.staff(*service.MAY_ANNOUNCE),
    status=204,
    errors=[NotFound],
)
def remove(request: Request[QueryModel], office_id: str, device_id: str) -> Response:
    """Remove a device, whose log-in ends within the minute."""
    service.remove(request.staff, office_id, device_id, request.attempt, request.now)
    return Response(None)


@routes.post(
    "/v1/devices",
    auth=auth.public,
    body=Pairing,
    response=DeviceTokens,
    status=201,
    errors=[TooManyRequests],
    idempotent=True,
)
def pair(request: Request[Pairing]) -> Response:
    """Log a device in by the code that staff read out; five wrong ones a minute pause it."""
    asked = request.input
    session, paired = service.pair(
        asked.office_id, asked.code, request.attempt, request.source, request.now
    )
    return replayed(device_tokens(session, paired.new), again=paired.replayed)


def _view(device: Device) -> DeviceView:
    paired_at = device.paired_at
    return DeviceView(
        device_id=device.device_id,
        office_id=device.office_id,
        name=device.name,
        status=device.status,
        paired_at=rfc3339(paired_at) if paired_at else None,
    )
