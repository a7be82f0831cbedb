"""The published anchors, for everyone."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.anchors.api.views import AnchorView, anchor_view
from chalicelib.anchors.service import proofs
from chalicelib.core import auth, dependencies
from chalicelib.core.errors import InvalidCursor
from chalicelib.core.http_messages import BodyModel, QueryModel, Request
from chalicelib.core.routes import Routes

routes: Final = Routes("anchors")
_CACHED_SECONDS: Final = 60


class AnchorsQuery(QueryModel):
    """Which page of the anchors."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class AnchorList(BodyModel):
    """Anchors of one page, the newest first, and the public keys that signed them."""

    items: list[AnchorView]
    next_cursor: str | None
    keys: list[dict[str, str]]


@routes.get(
    "/v1/anchors",
    auth=auth.public,
    body=AnchorsQuery,
    response=AnchorList,
    errors=[InvalidCursor],
    cacheable_seconds=_CACHED_SECONDS,
)
def list_anchors(request: Request[AnchorsQuery]) -> AnchorList:
    """Publish the daily roots, so that anybody can prove what a history was."""
    query = request.input
    page = dependencies.cursors().page(
        "anchors", query.cursor, lambda position: proofs.list_anchors(position, query.limit)
    )
    keys = {anchor.key_id: dict(anchor.key) for anchor in page.items}
    return AnchorList(
        items=[anchor_view(anchor) for anchor in page.items],
        next_cursor=page.next_cursor,
        keys=list(keys.values()),
    )
