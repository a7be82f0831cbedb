"""Where a request comes from: the network address by which limits of a source are counted.

It is the address that API Gateway saw. What a client writes into `X-Forwarded-For` counts for
nothing, but where that address is one of the city's own proxies or its CDN (`TRUSTED_PROXIES`):
then each of these has written whom it saw behind what it was given, and the last that is none of
them is the client's (MDN, "X-Forwarded-For", "Selecting an IP address").
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from chalicelib.core.settings import Network

# What one customer of a network has (RFC 6177); within it an address is taken as one likes.
_OF_A_CUSTOMER: Final = 64


def source_of(seen: str, forwarded: str, trusted: Iterable[Network]) -> str:
    """Return the address of a request's client; of IPv6 the network of the customer."""
    networks = tuple(trusted)
    chain = [*forwarded.split(","), seen] if networks else [seen]
    client = None
    for text in reversed(chain):
        address = _read(text)
        if address is None:
            break
        client = address
        if not any(address in network for network in networks):
            break
    return _counted(client) if client else seen


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), _OF_A_CUSTOMER), strict=False))
