"""Presentations: made by holders, verified by others' libraries and offline, and at counters."""

import base64
import json
import re
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from PIL import Image
from sd_jwt.verifier import SDJWTVerifier

from chalicelib.certificates.domain.status_list import SIZE, encoded, place_of
from chalicelib.certificates.service import checking
from chalicelib.core import dependencies
from chalicelib.core.ids import new_id
from chalicelib.core.keys import KeyRing, SigningKey
from infra.local.secrets import signing_key
from tests.certificates.world import decide, issued, revoke
from tests.support.cases import verified, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen

DOCUMENT = Path(__file__).parents[2] / "docs" / "certificates.md"
HALL, FAR = "hall-330200", "hall-330203"


def present(
    client: ApiClient,
    who: Citizen,
    certificate_id: str,
    key: str = "",
    accept: str = "application/json",
    **asked: Any,
) -> Answer:
    body = {"purpose": "租车", "valid_minutes": 5, **asked}
    headers = {"Idempotency-Key": key or new_id(), "Accept": accept}
    path = f"/v1/me/certificates/{certificate_id}/presentations"
    return client.post(path, body, token=who.token, headers=headers)


def shown(client: ApiClient, who: Citizen, certificate_id: str, **asked: Any) -> dict[str, Any]:
    answer = present(client, who, certificate_id, **asked)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.json()
    return found


def scan(client: ApiClient, token: str, text: str, office: str | None = None) -> dict[str, Any]:
    body = {"presentation": text, **({"office_id": office} if office else {})}
    answer = client.post("/v1/admin/presentations", body, token=token)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


def keys(client: ApiClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/keys").json()
    return found


def status_list(client: ApiClient, uri: str) -> str:
    answer = client.get("/v1" + uri.partition("/v1")[2])
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    return str(answer.body.decode() if isinstance(answer.body, bytes) else answer.body)


def by_library(client: ApiClient, text: str) -> dict[str, Any]:
    """Verify an SD-JWT VC by a library that knows nothing of the product."""

    def key_of(_issuer: str, header: dict[str, Any]) -> JWK:
        [found] = [one for one in keys(client)["keys"] if one["kid"] == header["kid"]]
        return JWK(**{name: found[name] for name in ("kty", "crv", "x")})

    verifier = SDJWTVerifier(text, key_of)
    payload: dict[str, Any] = verifier.get_verified_payload()
    return payload


def test_only_what_was_chosen_is_shown(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    made = issued(client, me)
    one = shown(client, me, made["certificate_id"], fields=["licence_class", "name"])
    assert one["valid_until"].startswith("2027-03-01T09:05:")
    payload = by_library(client, one["presentation"])
    assert payload["name"] == "王小明"
    assert payload["licence_class"] == made["fields"]["licence_class"]
    assert "id_number" not in payload
    assert payload["vct"] == "urn:onetrip:certificate:driving-licence"
    assert payload["exp"] - payload["iat"] == 300
    read = checking.read(one["compact"])
    assert read
    assert list(read.fields) == ["name", "licence_class"]
    assert checking.read(one["presentation"]) == read
    for text in one.values():
        assert made["fields"]["id_number"] not in text
        assert made["certificate_id"] not in text


def test_without_a_choice_all_is_shown_and_without_fields_none(
    client: ApiClient, morning: TestClock
) -> None:
    me = verified(client)
    made = issued(client, me)
    for asked, fields in ((None, made["fields"]), ([], {})):
        one = shown(client, me, made["certificate_id"], fields=asked)
        for text in (one["presentation"], one["compact"]):
            read = checking.read(text)
            assert read
            assert read.fields == fields


@pytest.mark.parametrize("kind", ["image/png", "image/svg+xml"])
def test_a_phone_shows_it_as_a_qr_code(
    client: ApiClient, morning: TestClock, tmp_path: Path, kind: str
) -> None:
    me, desk, key = verified(client), worker(client), new_id()
    one = issued(client, me)["certificate_id"]
    answer = present(client, me, one, key, kind)
    assert (answer.status, answer.headers["content-type"]) == (201, kind)
    if kind == "image/svg+xml":
        assert b"<svg" in answer.body
        return
    file = tmp_path / "code.png"
    file.write_bytes(answer.body)
    [code] = zxingcpp.read_barcodes(Image.open(file))
    # The same attempt shows the same, in whichever form.
    assert code.text == present(client, me, one, key).json()["compact"]
    assert scan(client, desk, code.text, HALL)["result"] == "ok"


def test_the_same_key_shows_the_same(client: ApiClient, morning: TestClock) -> None:
    me, key = verified(client), new_id()
    one = issued(client, me)["certificate_id"]
    first = present(client, me, one, key)
    morning.advance(60)
    again = present(client, me, one, key)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    other = present(client, me, one, key, purpose="住店")
    assert other.code == "idempotency_key_reused"
    assert shown(client, me, one)["presentation"] != first.json()["presentation"]


def test_what_is_asked_wrongly_is_told(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    one = issued(client, me)["certificate_id"]
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"valid_minutes": 0}, "/valid_minutes"),
        ({"valid_minutes": 31}, "/valid_minutes"),
        ({"valid_minutes": 1.5}, "/valid_minutes"),
        ({"valid_minutes": None}, "/valid_minutes"),
        ({"purpose": ""}, "/purpose"),
        ({"purpose": "x" * 101}, "/purpose"),
        ({"fields": ["name", "colour"]}, "/fields/1"),
        ({"fields": "name"}, "/fields"),
        ({"fields": ["name"] * 51}, "/fields"),
        ({"colour": 1}, "/colour"),
    ]
    for asked, pointer in wrong:
        answer = present(client, me, one, **asked)
        assert answer.status == 422, asked
        assert answer.json()["errors"][0]["pointer"] == pointer
    for minutes in (1, 30):
        assert present(client, me, one, valid_minutes=minutes).status == 201
    assert present(client, me, one, accept="text/html").status == 406
    assert present(client, verified(client), one).status == 404


def test_what_is_not_valid_is_not_shown(client: ApiClient, morning: TestClock) -> None:
    me, desk = verified(client), worker(client, "supervisor")
    one = issued(client, me)["certificate_id"]
    decide(client, desk, one, "suspend")
    assert present(client, me, one).code == "certificate_not_valid"
    decide(client, desk, one, "resume")
    assert present(client, me, one).status == 201
    revoke(client, one)
    assert present(client, me, one).code == "certificate_not_valid"


def test_a_counter_sees_what_is_shown(client: ApiClient, morning: TestClock) -> None:
    me, desk = verified(client), worker(client)
    made = issued(client, me)
    one = shown(client, me, made["certificate_id"], fields=["name"])
    for text in (one["presentation"], f" {one['compact']}\n"):
        assert scan(client, desk, text, HALL) == {
            "result": "ok",
            "reason": None,
            "certificate_id": made["certificate_id"],
            "type": "driving-licence",
            "title": "机动车驾驶证",
            "purpose": "租车",
            "fields": {"name": "王小明"},
            "labels": {"name": "姓名"},
        }
    looks = client.get("/v1/me/accesses", token=me.token).json()["items"]
    assert [look["reason"] for look in looks if look["what"].startswith("certificate:")] == [
        "presentation_check"
    ] * 2


def test_it_is_over_after_its_minutes(client: ApiClient, morning: TestClock) -> None:
    me, desk = verified(client), worker(client)
    one = shown(client, me, issued(client, me)["certificate_id"], valid_minutes=2)
    morning.advance(60)
    assert scan(client, desk, one["compact"])["result"] == "ok"
    morning.advance(61)
    for text in (one["compact"], one["presentation"]):
        assert scan(client, desk, text)["reason"] == "expired"


@pytest.mark.parametrize("step", ["suspend", "revoke", "erase"])
def test_what_ended_between_showing_and_scan_is_refused(
    client: ApiClient, morning: TestClock, step: str
) -> None:
    me, desk = verified(client), worker(client)
    made = issued(client, me)
    one = shown(client, me, made["certificate_id"])
    if step == "suspend":
        decide(client, worker(client, "supervisor"), made["certificate_id"], "suspend")
    elif step == "revoke":
        revoke(client, made["certificate_id"])
    else:
        walk(client, desk, made["case_id"], "complete")
        assert client.delete("/v1/me", token=me.token).status == 204
    refused = scan(client, desk, one["presentation"])
    assert (refused["reason"], refused["fields"]) == ("not_valid", None)
    # The desk may look at it; whoever looked, the holder sees.
    assert refused["certificate_id"] == made["certificate_id"]
    if step != "erase":
        looks = client.get("/v1/me/accesses", token=me.token).json()["items"]
        assert "presentation_check" in {one["reason"] for one in looks}


def test_another_office_cannot_take_it_again(client: ApiClient, morning: TestClock) -> None:
    me, here, there = verified(client), worker(client), worker(client, hall=FAR)
    one = shown(client, me, issued(client, me)["certificate_id"])
    assert scan(client, here, one["compact"], HALL)["result"] == "ok"
    assert scan(client, here, one["compact"], HALL)["result"] == "ok"
    for text in (one["compact"], one["presentation"]):
        refused = scan(client, there, text, FAR)
        # Another hall learns no more than what is shown.
        assert (refused["reason"], refused["certificate_id"]) == ("already_used", None)
    body = {"presentation": one["compact"], "office_id": FAR}
    assert client.post("/v1/admin/presentations", body, token=here).status == 404


def flipped(text: str, at: int) -> str:
    """Return a text with one character changed to another of the same alphabet."""
    others = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    new = next(c for c in others[others.find(text[at]) + 1 :] + others if c != text[at])
    return text[:at] + new + text[at + 1 :]


def test_each_changed_character_is_refused(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    one = shown(client, me, issued(client, me)["certificate_id"], fields=["name"])
    for text in (one["compact"], one["presentation"]):
        assert checking.read(text)
        for at in range(len(text)):
            assert checking.read(flipped(text, at)) is None, at
            assert checking.read(text[:at] + text[at + 1 :]) is None, at
    token, *rest = one["presentation"].split("~")
    assert checking.read("~".join([token, rest[0], rest[0], ""])) is None
    assert checking.read(f"{token}~")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200) | st.text("ABC234.~-_=", max_size=60).map("OC1.".__add__))
def test_anything_at_all_is_invalid(engine: Any, text: str) -> None:
    assert checking.read(text) is None


DEEP = base64.urlsafe_b64encode(b"[" * 3000).decode()


@pytest.mark.parametrize(
    "text",
    [
        *("x", "OC1.", "OC1.A.B.C", "~", "e30.e30.e30~", "a" * 9999),
        *(f"{DEEP}.e30.AAAA~", f"e30.{DEEP}.AAAA~"),
    ],
)
def test_a_counter_is_told_that_it_is_invalid(
    client: ApiClient, morning: TestClock, text: str
) -> None:
    assert scan(client, worker(client), text)["reason"] == "invalid"


def test_tokens_and_passes_of_other_rings_are_no_presentations(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = verified(client)
    one = shown(client, me, issued(client, me)["certificate_id"])
    assert checking.read(me.token) is None
    assert checking.read(f"{me.token}~") is None
    fresh = signing_key()
    ring = KeyRing("certificate", [SigningKey(fresh["kid"], fresh["private_pem"])])
    monkeypatch.setattr(dependencies, "certificate_keys", lambda: ring)
    for text in (one["compact"], one["presentation"]):
        assert checking.read(text) is None


def snippets() -> dict[str, str]:
    found = re.findall(r"```(python|javascript)\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    return dict(found)


def run_python(given: dict[str, Any]) -> Any:
    names: dict[str, Any] = {}
    exec(snippets()["python"], names)
    try:
        return names["verify"](*given.values())
    except Exception:  # noqa: BLE001 - whatever it raises is a refusal.
        return None


def run_javascript(given: dict[str, Any]) -> Any:
    call = "verify(...Object.values(JSON.parse(process.argv[1])))"
    code = snippets()["javascript"] + f"{call}.then((f) => console.log(JSON.stringify(f)))"
    done = subprocess.run(
        ["node", "-e", code, json.dumps(given)], capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


@pytest.mark.parametrize("run", [run_python, run_javascript])
def test_the_documents_lines_verify_offline(
    client: ApiClient, morning: TestClock, run: Callable[[dict[str, Any]], Any]
) -> None:
    me, now = verified(client), int(dependencies.clock().now().timestamp())
    made = issued(client, me)
    text = shown(client, me, made["certificate_id"], fields=["name", "licence_class"])["compact"]
    read = checking.read(text)
    assert read
    given = {
        "text": text,
        "keys": keys(client),
        "status_list": status_list(client, read.status.uri),
        "now": now + 60,
    }
    assert run(given) == dict(read.fields)
    assert run(given | {"now": now + 600}) is None
    assert run(given | {"now": now - 3600}) is None
    for at in (8, len(text) // 2, len(text) - 1):
        assert run(given | {"text": flipped(text, at)}) is None
    others = {"keys": [{**one, "purpose": "pass"} for one in given["keys"]["keys"]]}
    assert run(given | {"keys": others}) is None
    decide(client, worker(client, "supervisor"), made["certificate_id"], "suspend")
    assert run(given | {"status_list": status_list(client, read.status.uri)}) is None


def test_the_lines_are_few() -> None:
    assert all(text.count("\n") <= 36 for text in snippets().values())


def state_of(client: ApiClient, uri: str, place: int) -> int:
    [key] = [one for one in keys(client)["keys"] if one["purpose"] == "certificate"]
    text = status_list(client, uri)
    assert jwt.get_unverified_header(text)["typ"] == "statuslist+jwt"
    options: Any = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(text, jwt.PyJWK(key).key, algorithms=["EdDSA"], options=options)
    assert claims["sub"] == uri
    assert claims["ttl"] == 60
    bits = claims["status_list"]["bits"]
    packed = claims["status_list"]["lst"]
    data = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    assert len(data) * 8 == bits * SIZE
    return int(data[place * bits // 8] >> place * bits % 8 & (1 << bits) - 1)


def test_the_status_list_says_what_was_decided(client: ApiClient, morning: TestClock) -> None:
    me, desk = verified(client), worker(client, "supervisor")
    made = issued(client, me)
    one = made["certificate_id"]
    status = by_library(client, shown(client, me, one)["presentation"])["status"]["status_list"]
    uri, place = status["uri"], status["idx"]
    neighbour = issued(client, verified(client))
    assert state_of(client, uri, place) == 0
    decide(client, desk, one, "suspend")
    assert state_of(client, uri, place) == 2
    decide(client, desk, one, "resume")
    assert state_of(client, uri, place) == 0
    morning.advance(1)
    issued(client, me)
    assert state_of(client, uri, place) == 1
    assert state_of(client, uri, place + 1) == 0
    assert neighbour["status"] == "valid"


def test_lists_that_cannot_be_are_not_found(client: ApiClient, engine: Any) -> None:
    for list_id in ("x", "-1", "1e3", str(10**6), "9" * 40):
        assert client.get(f"/v1/status-lists/{list_id}").status == 404
    answer = client.get("/v1/status-lists/999999")
    assert answer.status == 200
    assert "max-age=60" in answer.headers["cache-control"]


@given(st.dictionaries(st.integers(0, SIZE - 1), st.integers(0, 3), max_size=20))
def test_a_list_gives_back_each_state(states: dict[int, int]) -> None:
    text = encoded(states)
    data = zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    for place in {*states, 0, SIZE - 1}:
        assert data[place // 4] >> place % 4 * 2 & 3 == states.get(place, 0)


@pytest.mark.parametrize(("number", "place"), [(0, (0, 0)), (65535, (0, 65535)), (65536, (1, 0))])
def test_a_number_names_its_list(number: int, place: tuple[int, int]) -> None:
    assert place_of(number) == place
