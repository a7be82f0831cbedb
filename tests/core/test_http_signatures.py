"""Signed requests: the standard's own example, and nothing else believed."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.http_signatures import is_signed, signature_of, signed_headers

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
URL = "https://id.example/confirm"
KEY = b"shared"
NONCE = "abc-123"


def signed(body: bytes, now: datetime = NOW) -> dict[str, str]:
    made = signed_headers("POST", URL, body, "city", KEY, NONCE, now)
    return {name.lower(): value for name, value in made.items()}


def test_the_example_of_the_standard() -> None:
    # RFC 9421, B.2.5, with the key of B.1.5.
    key = base64.b64decode(
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    )
    covered = {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "@authority": "example.com",
        "content-type": "application/json",
    }
    parameters = ';created=1618884473;keyid="test-shared-secret"'
    right = "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="
    assert signature_of(covered, parameters, key) == right


@given(st.binary(max_size=200))
def test_what_was_signed_is_believed_for_five_minutes(body: bytes) -> None:
    headers = signed(body)
    for late in (-300, 0, 300):
        assert is_signed("POST", URL, body, headers, KEY, NOW + timedelta(seconds=late))
    for late in (-302, 302):
        assert not is_signed("POST", URL, body, headers, KEY, NOW + timedelta(seconds=late))


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_another_body_is_not_believed(body: bytes, other: bytes) -> None:
    assert is_signed("POST", URL, other, signed(body), KEY, NOW) == (body == other)


@pytest.mark.parametrize("name", ["content-digest", "signature-input", "signature"])
@given(text=st.text())
def test_a_changed_header_is_not_believed(name: str, text: str) -> None:
    headers = signed(b"{}")
    if text != headers[name]:
        assert not is_signed("POST", URL, b"{}", {**headers, name: text}, KEY, NOW)
        assert not is_signed(
            "POST", URL, b"{}", {n: headers[n] for n in {*headers} - {name}}, KEY, NOW
        )


def test_another_key_method_or_address_is_not_believed() -> None:
    headers = signed(b"{}")
    assert not is_signed("POST", URL, b"{}", headers, b"other", NOW)
    assert not is_signed("PUT", URL, b"{}", headers, KEY, NOW)
    assert not is_signed("POST", f"{URL}?x", b"{}", headers, KEY, NOW)
