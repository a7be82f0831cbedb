"""Whose request it is, by network addresses: nobody says so of themselves."""

from ipaddress import ip_network

import pytest

from chalicelib.core.settings import Network
from chalicelib.core.source_address import source_of

CDN = [ip_network("130.176.0.0/16"), ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("seen", "forwarded", "trusted", "source"),
    [
        # Without proxies of ours a header is what anybody writes.
        ("203.0.113.7", "", [], "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", [], "203.0.113.7"),
        # Who comes by another way than the CDN cannot hide behind it.
        ("203.0.113.7", "198.51.100.1", CDN, "203.0.113.7"),
        ("130.176.0.9", "198.51.100.1", CDN, "198.51.100.1"),
        # What the client wrote itself stands before what the CDN saw.
        ("130.176.0.9", "192.0.2.1, 198.51.100.1", CDN, "198.51.100.1"),
        # API Gateway writes whom it saw as well; the city's own proxy stands before the CDN.
        ("130.176.0.9", "192.0.2.1, 198.51.100.1, 10.1.2.3, 130.176.0.9", CDN, "198.51.100.1"),
        # A proxy that does not say whom it saw is itself the source.
        ("130.176.0.9", "nobody", CDN, "130.176.0.9"),
        ("130.176.0.9", "", CDN, "130.176.0.9"),
        # One customer has a whole network of IPv6, and is one source with all of it.
        ("2001:db8:1:2:3::4", "", [], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::5", "", CDN, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "", [], "203.0.113.7"),
        # On one machine there is none.
        ("", "198.51.100.1", [], ""),
    ],
)
def test_a_source_is_what_those_we_trust_saw(
    seen: str, forwarded: str, trusted: list[Network], source: str
) -> None:
    assert source_of(seen, forwarded, trusted) == source
