"""Where messages may go: https to public addresses only, and to the very address that was checked.

Others name their endpoint, and our workers call it from within our network: without this guard
they could name the metadata service or a database (server-side request forgery). The name is
resolved once, every address that it has is checked, and the connection goes to one of those: a
name that resolves otherwise a moment later changes nothing. Redirects are never followed.
"""

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from chalicelib.core import dependencies
from chalicelib.core.settings import SETTINGS
from chalicelib.webhooks.domain import egress_denied
from chalicelib.webhooks.domain.egress_denied import EgressDenied
from chalicelib.webhooks.domain.retry_schedule import LONGEST_WAIT

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

Resolve = Callable[[str, int], Sequence[str]]
CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 10.0
LARGEST_ANSWER: Final = 4096
_LONGEST_URL: Final = 500
_ADDRESSES_TRIED: Final = 3
_DIGITS_READ: Final = 9
_INTERIM: Final = frozenset(range(100, 200)) - {http.client.SWITCHING_PROTOCOLS}
_HTTPS_PORT: Final = 443
_GOOD: Final = range(200, 300)
_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*"
)
# What `is_global` lets through although it leads inward or nowhere: relays, multicast, 6to4,
# Teredo, documentation, what is reserved for protocols. IANA special-purpose registries.
_NEVER: Final = tuple(
    ipaddress.ip_network(block)
    for block in (
        "192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
# All else of IPv6 is mapped, translated (NAT64), local, multicast, or nobody's (RFC 4291, 2.4).
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
# Clouds keep these for themselves inside ranges that are public otherwise.
_METADATA: Final = frozenset(
    ipaddress.ip_address(address)
    for address in ("168.63.129.16", "100.100.100.200", "169.254.169.254", "fd00:ec2::254")
)


class NoResponse(Exception):  # noqa: N818 - its name states the fact.
    """The endpoint did not answer, not in time or not whole; the words say which."""


@dataclass(frozen=True, slots=True)
class Destination:
    """An endpoint that was checked: the addresses to connect to, and the names to use there."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def host_header(self) -> str:
        """Return what the Host header says."""
        usual = _HTTPS_PORT if self.scheme == "https" else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class EndpointResponse:
    """What an endpoint answered; `body` is its beginning."""

    status: int
    body: bytes
    retry_after: timedelta | None

    @property
    def good(self) -> bool:
        """Tell whether it took the message."""
        return self.status in _GOOD


def resolve(host: str, port: int) -> list[str]:
    """Return every address of a name; raises Unsafe when it has none."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise EgressDenied(egress_denied.UNRESOLVED) from error
    return [str(info[4][0]) for info in infos]


def check(url: str, resolver: Resolve = resolve) -> Destination:
    """Return where to connect for an endpoint; raises Unsafe, and nothing was connected to."""
    parts = _parts(url)
    host, port = (parts.hostname or "").lower(), _port(parts)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if f"{parts.scheme}://{parts.netloc.lower()}" in SETTINGS.courier_trusted_origins:
        return Destination(parts.scheme, host, port, path, _usable(resolver(host, port)))
    if parts.scheme != "https":
        raise EgressDenied(egress_denied.NOT_HTTPS)
    if not _NAME.fullmatch(host) and not _plain_address(host):
        raise EgressDenied(egress_denied.NO_HOST)
    addresses = [str(ipaddress.ip_address(host))] if _plain_address(host) else resolver(host, port)
    if not addresses or not all(is_public(address) for address in addresses):
        raise EgressDenied(egress_denied.NOT_PUBLIC)
    return Destination("https", host, port, path, _usable(addresses))


def _usable(addresses: Sequence[str]) -> tuple[str, ...]:
    # Many networks have no way to IPv6.
    in_order = sorted(dict.fromkeys(addresses), key=lambda address: ":" in address)
    return tuple(in_order[:_ADDRESSES_TRIED])


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the public Internet and to nobody's inside."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if parsed.version == 6 and parsed not in _UNICAST:  # noqa: PLR2004 - IPv6.
        return False
    if parsed in _METADATA or any(parsed in net for net in _NEVER if net.version == parsed.version):
        return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def post(destination: Destination, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
    """Send a message to the first checked address that can be reached; raises NoResponse."""
    deadline = time.monotonic() + TOTAL_SECONDS
    tried: list[HTTPConnection] = []
    # The time-out of a socket begins anew with every byte; this one does not.
    watch = threading.Timer(TOTAL_SECONDS, _cut, (tried,))
    watch.daemon = True
    watch.start()
    try:
        connection = _connected(destination, tried)
        # An answer may take longer than a connection.
        connection.timeout = TOTAL_SECONDS
        connection.request(
            "POST",
            destination.path,
            body,
            {**headers, "Host": destination.host_header, "Accept-Encoding": "identity"},
            preload_content=False,
        )
        response = connection.getresponse()
        answer = response.read(LARGEST_ANSWER)
    except _failures() as error:
        # The error may quote the address; its kind says enough.
        raise NoResponse(type(error).__name__) from error
    finally:
        watch.cancel()
        for connection in tried:
            connection.close()
    if time.monotonic() >= deadline:
        raise NoResponse("the answer took too long")
    wait = retry_after(response.headers.get("Retry-After"), dependencies.clock().outside())
    return EndpointResponse(response.status, answer, wait)


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Read Retry-After, seconds or an HTTP-date (RFC 9110, 10.2.3); None for what is neither."""
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]+", text, re.ASCII):
        # Longer numbers are longer waits than any that is obeyed.
        return min(timedelta(seconds=int(text[:_DIGITS_READ])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # The form of asctime has no zone; all three mean UTC (5.6.7).
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), LONGEST_WAIT)


class _FinalResponse(http.client.HTTPResponse):
    """A response after those of 1xx that only announce it, as 103 (RFC 9110, 15.2).

    The library skips 100 alone; 101, which nobody asked for, is an answer.
    """

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            read: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if read[1] not in _INTERIM:
                return read
            http.client.parse_headers(self.fp)


def _connected(destination: Destination, tried: "list[HTTPConnection]") -> "HTTPConnection":
    """Connect to the first address that can be reached; nothing is sent to those before it."""
    seconds = CONNECT_SECONDS / len(destination.addresses)
    for left in range(len(destination.addresses) - 1, -1, -1):
        connection = _connection(destination, destination.addresses[-1 - left], seconds)
        tried.append(connection)
        try:
            connection.connect()
        except _failures():
            if not left:
                raise
            connection.close()
        else:
            return connection
    raise AssertionError


def _connection(destination: Destination, address: str, seconds: float) -> "HTTPConnection":
    from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: PLC0415 - cold start.

    connection = (
        HTTPConnection(address, destination.port, timeout=seconds)
        if destination.scheme == "http"
        else HTTPSConnection(
            address,
            destination.port,
            timeout=seconds,
            server_hostname=destination.host,
            ssl_context=trust(),
        )
    )
    connection.response_class = _FinalResponse
    return connection


@cache
def _failures() -> tuple[type[Exception], ...]:
    """Return what goes wrong between us and an endpoint."""
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - cold start.

    # ValueError: the certificate is for another name.
    return (OSError, ValueError, http.client.HTTPException, HTTPError)


@cache
def trust() -> ssl.SSLContext:
    """Return whose certificates are believed, for the name that is called.

    Reading a system's list of authorities takes longer than all else that sending needs.
    """
    return ssl.create_default_context()


def _cut(tried: "list[HTTPConnection]") -> None:
    for connection in tried:
        if connection.sock:
            with contextlib.suppress(OSError):
                # Below TLS, which would wait for the other side.
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def _parts(url: str) -> SplitResult:
    if len(url) > _LONGEST_URL or re.search(r"[\x00-\x20\x7f-\U0010ffff\\]", url):
        raise EgressDenied(egress_denied.UNREADABLE)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise EgressDenied(egress_denied.NO_ADDRESS) from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise EgressDenied(egress_denied.NOT_HTTPS)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise EgressDenied(egress_denied.MORE_THAN_ADDRESS)
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (_HTTPS_PORT if parts.scheme == "https" else 80)


def _plain_address(host: str) -> bool:
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return False
    # 127.0.0.1 has one spelling only; 0177.1 and 2130706433 are left to nobody's reading.
    return str(parsed) == host or parsed.version == 6  # noqa: PLR2004 - IPv6.
