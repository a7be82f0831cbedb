"""The routes of one's own factors."""

from typing import Annotated, Final

from chalicelib.core import auth
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotFound, RecentlyJoined, TooManyRequests
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response, WholeList
from chalicelib.core.routes import Routes
from chalicelib.core.text import typed
from chalicelib.identity.signing.domain import Factor, FactorKind, FactorLocked, TooManyFactors
from chalicelib.identity.signing.service import factors

routes: Final = Routes("signing")
Pin = Annotated[str, typed("[0-9]{6}")]


class PinSet(BodyModel):
    """A PIN of six digits; to change it, also the current one."""

    pin: Pin
    current_pin: Pin | None = None


class FactorView(BodyModel):
    """One way to sign; it is good from `usable_from` on."""

    factor_id: str
    kind: FactorKind
    name: str
    added_at: str
    usable_from: str


class FactorList(WholeList):
    """The ways in which one signs, all on one page."""

    items: list[FactorView]


@routes.put(
    "/v1/me/signing-pin",
    auth=auth.trusted,
    body=PinSet,
    response=FactorView,
    errors=[RecentlyJoined, TooManyRequests, FactorLocked, TooManyFactors],
)
def set_pin(request: Request[PinSet]) -> FactorView:
    """Set the PIN by which one signs; the same again changes nothing."""
    asked = factors.PinAsked(request.input.pin, request.input.current_pin, request.source)
    return factor_view(factors.set_pin(request.citizen, asked, request.attempt, request.now))


@routes.get("/v1/me/factors", auth=auth.citizen, response=FactorList)
def list_factors(request: Request[QueryModel]) -> FactorList:
    """List by what one signs."""
    there = factors.list_of(request.citizen.citizen_id)
    return FactorList(items=[factor_view(one) for one in there.items])


@routes.delete(
    "/v1/me/factors/{factor_id}",
    auth=auth.trusted,
    status=204,
    errors=[NotFound, RecentlyJoined],
)
def remove_factor(request: Request[QueryModel], factor_id: str) -> Response:
    """Remove a factor; what was signed by it and not used holds no longer."""
    factors.remove(request.citizen, factor_id, request.now)
    return Response(None)


def factor_view(factor: Factor) -> FactorView:
    """Present a factor, without what it is verified by."""
    return FactorView(
        factor_id=factor.factor_id,
        kind=factor.kind,
        name=factor.name,
        added_at=rfc3339(factor.added_at),
        usable_from=rfc3339(factor.usable_from),
    )
