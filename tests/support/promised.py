"""Whether an answer is one of those that the OpenAPI document promises."""

import json
import re
from functools import cache
from typing import Any, Final

import jsonschema_rs

from chalicelib.core import system_api
from tests.support.answer import Answer

_DOCUMENT: Final = "urn:onetrip:openapi"
_PROBLEM: Final = "application/problem+json"
_ASKED_FOR: Final = {401: "www-authenticate", 429: "retry-after", 503: "retry-after"}
Json = dict[str, Any]


@cache
def document() -> Json:
    found: Json = json.loads(system_api.document())
    return found


def known_path(method: str, target: str) -> str | None:
    """Return the document's path of a request, if it has one."""
    path = target.partition("?")[0]
    for known, pattern in _patterns():
        if pattern.fullmatch(path):
            return known if method.lower() in document()["paths"][known] else None
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    # What is named comes before what is any id.
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(path, re.compile(re.sub("{[^}]+}", "[^/]+", path))) for path in paths]


def faults(method: str, path: str, answer: Answer) -> list[str]:
    """Return what of an answer is not as the document says."""
    found = _headers(answer)
    media = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status == 500:
        found.append("breaks")
    response = _response(method, path, str(answer.status))
    if response is None:
        code = answer.code if media == _PROBLEM else ""
        return [*found, f"{answer.status} {code} is not documented"]
    promised = response.get("content", {})
    if not answer.body and not promised:
        return found
    if media not in promised:
        return [*found, f"{media} is not documented for {answer.status}"]
    if answer.status >= 400 and media != _PROBLEM:
        found.append(f"refuses as {media}")
    if media.endswith("json"):
        wrong = _validator(method, path, str(answer.status), media).iter_errors(answer.json())
        found += [f"{answer.status} {list(e.instance_path)}: {e.message[:160]}" for e in wrong][:2]
    return found


def _headers(answer: Answer) -> list[str]:
    needed = {"x-request-id", "content-language", "cache-control"}
    if answer.status in _ASKED_FOR:
        needed.add(_ASKED_FOR[answer.status])
    found = [f"{answer.status} has no {name}" for name in sorted(needed - answer.headers.keys())]
    made = answer.headers.get("location", "") if answer.status == 201 else ""
    if made and not known_path("GET", made):
        found.append(f"{made} cannot be read")
    return found


def _response(method: str, path: str, status: str) -> Json | None:
    found: Json | None = document()["paths"][path][method.lower()]["responses"].get(status)
    if found and "$ref" in found:
        name = found["$ref"].rpartition("/")[2]
        shared: Json = document()["components"]["responses"][name]
        return shared
    return found


@cache
def _validator(
    method: str, path: str, status: str, media: str
) -> jsonschema_rs.Draft202012Validator:
    response = _response(method, path, status)
    assert response
    return validator(response["content"][media]["schema"])


def validator(schema: Json, *, formats: bool = False) -> jsonschema_rs.Draft202012Validator:
    """Return what checks values against a schema that refers to others of the document."""
    text = json.dumps(schema).replace('"#/components/', f'"{_DOCUMENT}#/components/')
    return jsonschema_rs.Draft202012Validator(
        json.loads(text), registry=_registry(), validate_formats=formats
    )


@cache
def _registry() -> jsonschema_rs.Registry:
    shared = {"components": {"schemas": document()["components"]["schemas"]}}
    return jsonschema_rs.Registry([(_DOCUMENT, shared)], draft=jsonschema_rs.Draft202012)
