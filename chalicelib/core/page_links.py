"""Addresses that people scan: a browser is led to the page of what programs read as JSON."""

from typing import Any, Final
from urllib.parse import urlencode

from chalicelib.core import negotiation
from chalicelib.core.http_messages import PAGE, Request, Response
from chalicelib.core.settings import SETTINGS

MEDIA: Final = ("application/json", PAGE)
_SEE_OTHER: Final = 303


def page_for(request: Request[Any], page: str, **query: str) -> Response | None:
    """Lead who would rather have HTML to a page of ours (RFC 9110, 15.4.4), None for all others.

    Nothing is looked up: the page asks, and says what it was told.
    """
    if negotiation.media_type(request.headers.get("accept"), MEDIA) != PAGE:
        return None
    to = f"{SETTINGS.public_url}/#/{page}?{urlencode(query)}"
    return Response(None, status=_SEE_OTHER, headers={"Location": to})
