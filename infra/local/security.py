"""What keeps browsers and proxies honest: headers of every answer, Host, one way to tell a length.

Content Security Policy Level 3 (W3C); Host and framing as RFC 9110, 7.2, and RFC 9112, 3.2 and 6.3.
"""

import re
from collections.abc import Mapping
from email.message import Message
from http import HTTPStatus
from typing import Final

_OURS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HOST: Final = re.compile(
    r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE
)
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# A chosen file is read as a blob and goes straight to the object store, which has its own port.
_POLICY: Final = (
    "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self' blob: http://127.0.0.1:*; object-src 'none'; "
    "frame-src blob:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# A service worker fetches what its pages need, under the policy that came with itself.
_WORKER: Final = "default-src 'none'; connect-src 'self'"
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"


class RequestError(ValueError):
    """The request is not for this machine, or two readers could take it for two requests."""

    def __init__(self, status: HTTPStatus, words: str) -> None:
        """Keep the status that answers it."""
        super().__init__(words)
        self.status = status


def headers_of(path: str, content_type: str) -> dict[str, str]:
    """Return the security headers of an answer; only a stand-in's page runs scripts within it."""
    if path == "/worker.js":
        return {**_EVERYWHERE, "Content-Security-Policy": _WORKER}
    if not content_type.startswith("text/html"):
        return {**_EVERYWHERE, "Content-Security-Policy": _NOTHING}
    inline = " 'unsafe-inline'" if path.startswith("/stand-ins") else ""
    return {**_EVERYWHERE, "Content-Security-Policy": _POLICY.format(scripts=inline)}


def check_host(headers: Message) -> None:
    """Take a request for this machine only; raises RequestError."""
    named = headers.get_all("host", [])
    if len(named) != 1:
        raise RequestError(HTTPStatus.BAD_REQUEST, "one Host, please")
    found = _HOST.fullmatch(named[0].strip())
    if not found or found[1].lower() not in _OURS:
        raise RequestError(HTTPStatus.MISDIRECTED_REQUEST, "this is another host")


def check_framing(headers: Message) -> None:
    """Take a request whose end can be told in one way only; raises RequestError."""
    lengths, codings = (headers.get_all(n, []) for n in ("content-length", "transfer-encoding"))
    if len(lengths) + len(codings) > 1:
        raise RequestError(HTTPStatus.BAD_REQUEST, "one length, please")
    if codings and codings[0].strip().lower() != "chunked":
        raise RequestError(HTTPStatus.BAD_REQUEST, "only chunks are understood")
    if headers.defects or not all(_NAME.fullmatch(name) for name in headers):
        raise RequestError(HTTPStatus.BAD_REQUEST, "this is not a header")
    if any("\n" in value or "\r" in value for value in headers.values()):
        raise RequestError(HTTPStatus.BAD_REQUEST, "a header is one line")


def without_length(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers without the length, which whoever writes the body tells once."""
    return {name: value for name, value in headers.items() if name.lower() != "content-length"}
