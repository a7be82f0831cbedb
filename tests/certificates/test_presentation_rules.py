"""Status lists and presentations: each bit in its place, and one spelling of each text."""

import base64
import json
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.certificates.domain import errors, status_list
from chalicelib.certificates.domain.certificate import Certificate, CertificateStatus, is_owned
from chalicelib.certificates.domain.presentations import (
    Presentation,
    StatusReference,
    claims_of,
    compact_payload,
    digest,
    disclosure,
    read_claims,
    read_compact,
)
from chalicelib.core.spelling import base64url

NOW = datetime(2027, 3, 1, 4, tzinfo=UTC)
DAY = date(2027, 3, 1)
SHOWN = Presentation(
    *("p1", "driving-licence", {"class": "C1", "since": 2020}, "rent a car", NOW),
    *(NOW + timedelta(minutes=5), StatusReference("https://hall.example/status/0", 7)),
)

ISSUER = "https://hall.example"


def certificate(**changes: Any) -> Certificate:
    about: dict[str, Any] = {
        "certificate_id": "abcdefgh123456789012",
        "type_id": "t",
        "person": "p",
        "case_id": "c",
        "service_id": "s",
        "office_id": "o",
        "department_id": "d",
        "number": "JSZ2027123",
        "verification_code": "A",
        "issued_at": NOW,
        "issued_on": DAY,
        "valid_until": DAY,
        "status_number": 7,
        "content": "sealed",
    }
    return Certificate(**{**about, **changes})


@pytest.mark.parametrize(("number", "place"), [(0, (0, 0)), (65535, (0, 65535)), (65536, (1, 0))])
def test_a_list_has_65536_places(number: int, place: tuple[int, int]) -> None:
    assert status_list.place_of(number) == place


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, 0),
        ({"state": CertificateStatus.SUSPENDED}, 2),
        ({"state": CertificateStatus.REVOKED}, 1),
        ({"state": CertificateStatus.REPLACED}, 1),
        ({"content": None}, 1),
        ({"content": None, "state": CertificateStatus.SUSPENDED}, 1),
    ],
)
def test_a_list_says_what_was_decided(changes: dict[str, Any], said: int) -> None:
    assert status_list.published(certificate(**changes)) == said


@given(st.dictionaries(st.integers(0, 65535), st.integers(0, 3), max_size=12))
def test_each_place_has_two_bits_from_the_lowest_on(states: dict[int, int]) -> None:
    text = status_list.encoded(states)
    data = zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert len(data) == 16384
    whole = int.from_bytes(data, "little")
    assert whole == sum(state << 2 * place for place, state in states.items())


@pytest.mark.parametrize(
    ("day", "state", "status"),
    [
        (DAY, CertificateStatus.VALID, "valid"),
        (DAY + timedelta(days=1), CertificateStatus.VALID, "expired"),
        (DAY + timedelta(days=1), CertificateStatus.SUSPENDED, "expired"),
        (DAY + timedelta(days=1), CertificateStatus.REVOKED, "revoked"),
    ],
)
def test_a_certificate_expires_after_its_last_day(
    day: date, state: CertificateStatus, status: str
) -> None:
    one = certificate(state=state)
    assert (one.status_on(day), one.verified_on(day)) == (status, status)
    assert replace(one, content=None).verified_on(day) == "holder_erased"
    endless = replace(one, valid_until=None)
    assert endless.status_on(day) is state
    assert (one.masked_number, one.citizen_id, one.valid_from) == ("******7123", "abcdefgh", DAY)
    assert (is_owned(one.certificate_id, "abcdefgh"), is_owned("x" * 20, "abcdefgh")) == (
        *(True, False),
    )
    assert (errors.CertificateNotValid.status, errors.NotReady.status) == (409, 409)


def test_both_forms_say_the_same() -> None:
    assert read_compact(compact_payload(SHOWN)) == SHOWN
    disclosed = [disclosure("salt", name, value) for name, value in SHOWN.fields.items()]
    hidden = digest(disclosure("salt", "name", "王小明"))
    claims = claims_of(SHOWN, [*map(digest, disclosed), hidden], ISSUER)
    assert read_claims(claims, disclosed) == SHOWN
    # Some of what was signed may be left out.
    assert read_claims(claims, disclosed[:1]).fields == {"class": "C1"}
    assert claims["_sd"] == sorted(claims["_sd"])
    assert (claims["vct"], claims["iss"]) == ("urn:onetrip:certificate:driving-licence", ISSUER)
    for wrong in ([*disclosed, disclosed[0]], [disclosure("salt", "class", "C2")]):
        with pytest.raises(ValueError, match="not signed"):
            read_claims(claims, wrong)


@pytest.mark.parametrize("parts", [["s", "n"], ["s", "n", 1, 2], ["s", 7, 1], {"s": 1}, "abc"])
def test_what_is_no_disclosure_is_refused(parts: object) -> None:
    text = base64url(json.dumps(parts).encode())
    claims = claims_of(SHOWN, [digest(text)], ISSUER)
    with pytest.raises(ValueError, match="not a disclosure"):
        read_claims(claims, [text])
