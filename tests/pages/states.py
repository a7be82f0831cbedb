"""What a page shows when its answers do not come, are refused, or are not there yet.

The server is well; between it and the page somebody stands who does as the state says. The files of
the pages come, as they do from a phone's cache.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Route

from tests.pages.browser import Phone

_API: Final = "**/v1/**"
_REFRESH: Final = "/v1/login/refresh"
_SHOWN_MS: Final = 800
# Longer than the longest pause before a page asks again.
_TRIED_MS: Final = 1400


def _refused(route: Route, status: int, code: str) -> None:
    body = json.dumps({"title": code, "status": status, "code": code})
    route.fulfill(status=status, content_type="application/problem+json", body=body)


def _expired(route: Route) -> None:
    """Let the server say itself what it makes of a token that is over."""
    if _REFRESH in route.request.url:
        _refused(route, 401, "invalid_token")
        return
    headers = route.request.headers
    if "authorization" in headers:
        headers["authorization"] = "Bearer over"
    route.continue_(headers=headers)


# By the name that its pictures have.
STATES: Final[dict[str, Callable[[Route], None]]] = {
    "loading": lambda _: None,
    "offline": lambda route: route.abort("internetdisconnected"),
    "error": lambda route: _refused(route, 503, "try_again"),
    "expired": _expired,
}


# A refused session is forgotten with the first page, and was not yet when the next is opened.
_RESTORE: Final = """kept => `try {
  Object.entries(${JSON.stringify(kept)}).forEach((one) => localStorage.setItem(...one))
} catch { /* A blank page keeps nothing. */ }`"""


@contextmanager
def in_state(phone: Phone, state: str) -> Iterator[Callable[[str], None]]:
    """Give what opens a page in a state, as whoever is logged in now."""
    known = [*phone.troubles]
    phone.context.add_init_script(phone.page.evaluate(f"({_RESTORE})({{...localStorage}})"))
    phone.context.route(_API, STATES[state])

    def show(path: str) -> None:
        phone.page.goto("about:blank")
        phone.page.goto(f"{phone.url}/#/{path}", wait_until="commit")
        if state == "loading":
            # It never comes to rest.
            phone.page.wait_for_timeout(_SHOWN_MS)
        else:
            phone.settle(80 if state == "expired" else _TRIED_MS)

    yield show
    phone.context.unroute(_API)
    phone.open("pages/home")
    # The browser writes each refusal down as an error.
    phone.troubles[:] = known
