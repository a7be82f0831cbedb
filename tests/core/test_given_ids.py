"""Whatever stands in a body or a query where an id should: it is refused, and no table is asked."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from chalicelib.core import dependencies, system_api
from chalicelib.core.routes import Routes
from chalicelib.identity.service.revocations import revocations
from infra.local.engine import Engine
from tests.core.world import tokens
from tests.support.client import ApiClient
from tests.support.faults import Outage, outage

Json = dict[str, Any]
Place = tuple[str, ...]

NOTHING: Final = {
    "empty": "",
    "a blank": " ",
    "one longer than any": "x" * 129,
    "longer than a key": "a" * 2100,
    "with a mark of our keys": "C#abc",
    "with a slash": "a/b",
    "in Chinese": "宁波市民服务中心",
    "with a NUL": "a\x00b",
    "with a line break at its end": "hall-330200\n",
    "with a mark that turns": "hall-\u202e330200",
    "full-width": "ｈall-330200",
}
# A paper's is held against the guide, and told with all else that a case lacks.
_NAMED: Final = re.compile(
    r"(?!material_id)(.*_)?ids?|for_members?|on_behalf_of|attachments|preferences|services"
)
# What another system made, and what is read as people type it; a service's draft is checked as a
# whole, so that all its faults are told at once.
_OTHERS: Final = {
    "/v1/me/factors/webauthn",
    "/v1/me/signatures",
    "/v1/admin/services/{service_id}/draft",
}


@pytest.fixture(scope="module")
def document(engine: Engine) -> Json:
    found: Json = json.loads(system_api.document())
    return found


def places(document: Json, schema: Json, at: Place = (), seen: Place = ()) -> Iterator[Place]:
    """Yield where in a schema's values an id stands; `*` is each item of a list."""
    name = schema.get("$ref", "")
    if name:
        if name in seen:
            return
        schema, seen = document["components"]["schemas"][name.rpartition("/")[2]], (*seen, name)
    for part in (p for kind in ("anyOf", "oneOf", "allOf") for p in schema.get(kind, ())):
        yield from places(document, part, at, seen)
    for name, one in schema.get("properties", {}).items():
        yield from places(document, one, (*at, name), seen)
    if schema.get("type") == "array":
        yield from places(document, schema.get("items", {}), (*at, "*"), seen)
    named = [one for one in at if one != "*"]
    is_text = schema.get("type") == "string" and "enum" not in schema
    if is_text and named and _NAMED.fullmatch(named[-1]):
        yield at


def with_value(example: Json, place: Place, value: str) -> Json:
    """Return an example with a value at a place, made there where the example leaves it out."""
    given = copy.deepcopy(example)
    here: Any = given
    for part, then in zip(place, (*place[1:], None), strict=True):
        key: Any = 0 if part == "*" else part
        made: Any = value if then is None else [None] if then == "*" else {}
        there = here[key] if isinstance(here, list) or key in here else None
        fits = then is not None and isinstance(there, type(made)) and there
        here[key] = there if fits else made
        here = here[key]
    return given


def bodies(document: Json) -> Iterator[tuple[str, str, Json, Place]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if "requestBody" not in operation or path in _OTHERS:
                continue
            content = operation["requestBody"]["content"]["application/json"]
            # In a tagged union, and in two wishes of one model, a place may stand twice.
            for place in dict.fromkeys(places(document, content["schema"])):
                yield method.upper(), path, content["example"], place


def queries(document: Json) -> Iterator[tuple[str, str, str]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query" and _NAMED.fullmatch(parameter["name"]):
                    yield method.upper(), path, parameter["name"]


def send(client: ApiClient, method: str, path: str, query: str, body: Json | None) -> Any:
    route = Routes.declared[method, path]
    token = tokens(dependencies.clock().now())[route.access.kind]
    filled = re.sub(r"{[^}]*}", "abcdefgh", path) + query
    data = json.dumps(body).encode() if body is not None else b""
    return client.send(method, filled, data, token=token)


@pytest.mark.parametrize("value", NOTHING.values(), ids=NOTHING.keys())
def test_what_cannot_be_an_id_is_refused_in_a_body(
    client: ApiClient, document: Json, value: str
) -> None:
    wrong, seen = [], 0
    # Which tokens were revoked is asked every few seconds, and by no body.
    revocations.refresh(0)
    with outage(Outage.FAILS) as trouble:
        for method, path, example, place in bodies(document):
            if Routes.declared[method, path].access.kind == "signature":
                continue
            answer = send(client, method, path, "", with_value(example, place, value))
            where = "/" + "/".join("0" if part == "*" else part for part in place)
            told = [one["pointer"] for one in answer.json().get("errors", [])]
            if (answer.status, where in told) != (422, True):
                wrong.append((method, path, where, answer.status, told))
            seen += 1
    assert wrong == []
    assert seen > 80
    assert trouble.calls == 0


@pytest.mark.parametrize("value", NOTHING.values(), ids=NOTHING.keys())
def test_what_cannot_be_an_id_is_refused_in_a_query(
    client: ApiClient, document: Json, value: str
) -> None:
    wrong, seen = [], 0
    revocations.refresh(0)
    with outage(Outage.FAILS) as trouble:
        for method, path, name in queries(document):
            body: Json | None = {} if method in ("POST", "PUT", "PATCH") else None
            answer = send(client, method, path, "?" + urlencode({name: value}), body)
            told = [one["pointer"] for one in answer.json().get("errors", [])]
            if (answer.status, f"/{name}" in told) != (400, True):
                wrong.append((method, path, name, answer.status, told))
            seen += 1
    assert wrong == []
    assert seen > 25
    assert trouble.calls == 0


def test_a_parameter_that_is_given_twice_is_refused(client: ApiClient, document: Json) -> None:
    wrong, seen = [], 0
    revocations.refresh(0)
    with outage(Outage.FAILS) as trouble:
        for method, path, name in queries(document):
            body: Json | None = {} if method in ("POST", "PUT", "PATCH") else None
            answer = send(client, method, path, f"?{name}=a&{name}=b", body)
            told = [(one["pointer"], one["code"]) for one in answer.json().get("errors", [])]
            if (answer.status, told) != (400, [(f"/{name}", "not_unique")]):
                wrong.append((method, path, name, answer.status, told))
            seen += 1
    assert wrong == []
    assert seen > 25
    assert trouble.calls == 0
