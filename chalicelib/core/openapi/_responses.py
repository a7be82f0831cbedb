"""What an operation answers: contents, headers, and every refusal by its code."""

import inspect
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any, Final

from chalicelib.core.errors import (
    BodyTooLarge,
    FieldError,
    Forbidden,
    IdempotencyKeyReused,
    InternalError,
    InvalidCursor,
    InvalidIdempotencyKey,
    InvalidJson,
    InvalidQuery,
    InvalidRequest,
    NotAcceptable,
    NotFound,
    Problem,
    TokenExpired,
    TryAgain,
    Unauthenticated,
    UnsupportedMediaType,
)
from chalicelib.core.http_messages import BODIED, PAGE, Route
from chalicelib.core.i18n import DEFAULT_LANG, Text
from chalicelib.core.openapi._fields import Examples

_RESPONSE: Final = "#/components/responses/"
_CREATED: Final = 201
_NO_CONTENT: Final = 204
_TEXT: Final = {"type": "string"}
HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Allow": {"description": "The methods of the path.", "schema": _TEXT, "example": "GET"},
    "Cache-Control": {
        "description": "How long the answer may be kept (RFC 9111); mostly not at all.",
        "schema": _TEXT,
        "example": "no-store",
    },
    "Content-Language": {
        "description": "The language of the words, by the request's Accept-Language.",
        "schema": {"type": "string", "enum": ["zh-CN", "en"]},
        "example": "zh-CN",
    },
    "ETag": {
        "description": "Names this answer; sent as If-None-Match it spares a second (RFC 9110).",
        "schema": _TEXT,
        "example": '"0bXk29fTq0LmZ3a7Kq2mX9"',
    },
    "Idempotency-Replayed": {
        "description": "There when the same call had been made before, and did nothing now.",
        "schema": {"type": "string", "const": "true"},
        "example": "true",
    },
    "Location": {
        "description": "The path of what was made, if it can be read by itself.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/v1/appointments/a7Kq2mX9bT4c",
    },
    "Retry-After": {
        "description": "In how many seconds to ask again.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 1,
    },
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 6750).",
        "schema": _TEXT,
        "example": 'Bearer realm="onetrip"',
    },
    "X-Request-Id": {
        "description": "Names the request; tell it to whoever looks for the cause.",
        "schema": _TEXT,
        "example": "5f0c1d2e3b4a59687a6b5c",
    },
}
# JSON whose shape another standard says (RFC 6839): of GeoJSON, and of linked data in DCAT.
_STRUCTURED: Final[Mapping[str, Mapping[str, Any]]] = {
    "application/geo+json": {"type": "FeatureCollection", "features": []},
    "application/ld+json": {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#"},
        "@type": "dcat:Catalog",
    },
}
_ALWAYS: Final = ("Cache-Control", "Content-Language", "X-Request-Id")
_OF_STATUS: Final = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}


def responses(
    route: Route, schema: Mapping[str, Any], description: str, examples: Examples
) -> dict[str, Any]:
    """Return an operation's responses by status; `schema` is that of its JSON."""
    good = {"description": description, "headers": _headers(*_good_headers(route))}
    if route.status != _NO_CONTENT:
        media = (one for one in route.media if one != PAGE)
        good["content"] = {one: _content(one, schema, examples) for one in media}
    found = {str(route.status): good}
    if PAGE in route.media:
        headers = _headers(*_ALWAYS, "Location")
        found["303"] = {"description": "A browser is led to the page of it.", "headers": headers}
    if route.idempotent and route.query:
        # What is only asked for, by the query, is not made.
        found["200"] = {**good, "headers": _headers(*_ALWAYS)}
    if route.two_persons:
        headers = _headers(*(name for name in _good_headers(route) if name != "Location"))
        found["200"] = {**good, "headers": headers}
        found["202"] = {**found["200"], "description": "Asked for; a second person must agree."}
    if route.cacheable_seconds is not None:
        headers = _headers(*_ALWAYS, "ETag")
        found["304"] = {"description": "What the caller has is still right.", "headers": headers}
    refusals = _by_status(route)
    names = {str(status): _name(refusals[status]) for status in sorted(refusals)}
    return found | {status: {"$ref": _RESPONSE + name} for status, name in names.items()}


def refusals(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the responses that refuse; most routes share most of them."""
    found = {_name(one): one for route in routes for one in _by_status(route).values()}
    return {name: _refusal(found[name]) for name in sorted(found)}


def problem_examples(examples: Examples) -> dict[str, Any]:
    """Return an example of every refusal, by its code."""
    return {
        code: {"summary": problem.title.en, "value": _example(problem, examples)}
        for code, problem in sorted(Problem.registry.items())
    }


def problem_schemas() -> dict[str, Any]:
    """Return the schema of all refusals and that of a wrong field (RFC 9457)."""
    field = {name: {"type": "string"} for name in ("pointer", "code", "detail")}
    fields = {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": sorted(Problem.registry)},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}},
    }
    return {
        "FieldProblem": {
            "type": "object",
            "description": "One wrong field.",
            "required": list(field),
            "properties": field,
        },
        "Problem": {
            "type": "object",
            "description": "RFC 9457 problem details.",
            "required": [name for name in fields if name != "errors"],
            "properties": fields,
        },
    }


def _good_headers(route: Route) -> list[str]:
    found = [*_ALWAYS]
    if route.cacheable_seconds is not None:
        found.append("ETag")
    if route.idempotent:
        found.append("Idempotency-Replayed")
    if route.status == _CREATED:
        found.append("Location")
    return found


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _content(media: str, schema: Mapping[str, Any], examples: Examples) -> dict[str, Any]:
    if media == "application/json":
        return {"schema": schema, "example": examples.of(schema, whole=True)}
    if media in _STRUCTURED:
        return {"schema": {"type": "object"}, "example": _STRUCTURED[media]}
    return {"schema": {"type": "string", "contentMediaType": media}}


def _by_status(route: Route) -> dict[int, list[type[Problem]]]:
    found: dict[int, list[type[Problem]]] = {}
    for problem in sorted(_problems(route), key=lambda one: one.code):
        found.setdefault(problem.status, []).append(problem)
    return found


def _name(problems: Sequence[type[Problem]]) -> str:
    return "-".join(problem.code for problem in problems)


def _refusal(problems: Sequence[type[Problem]]) -> dict[str, Any]:
    status = problems[0].status
    codes = [problem.code for problem in problems]
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"code": {"enum": codes}}},
        ]
    }
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    return {
        "description": "\n".join(f"- `{one.code}`: {_sentence(one)}" for one in problems),
        "headers": _headers(*_ALWAYS, *([_OF_STATUS[status]] if status in _OF_STATUS else [])),
        "content": {"application/problem+json": {"schema": schema, "examples": examples}},
    }


def _problems(route: Route) -> set[type[Problem]]:
    found = {*route.errors, InternalError, TryAgain}
    if route.access.asks_for_token:
        found |= {Unauthenticated, TokenExpired, Forbidden}
    if route.body and "cursor" in route.body.model_fields:
        found.add(InvalidCursor)
    # An account may be gone before its last access token is.
    if "{" in route.path or route.path.startswith("/v1/me"):
        found.add(NotFound)
    if any(media.startswith("image/") for media in route.media):
        found.add(NotAcceptable)
    if route.method in BODIED:
        found |= {BodyTooLarge, InvalidJson, InvalidRequest, UnsupportedMediaType}
    if route.method not in BODIED or route.query:
        found.add(InvalidQuery)
    if route.idempotent:
        found |= {IdempotencyKeyReused, InvalidIdempotencyKey}
    return found


def _example(problem: type[Problem], examples: Examples) -> dict[str, object]:
    words = Formatter().parse((problem.detail or problem.title).zh)
    extra = {name: examples.field("Problem", name, {}) for _, name, _, _ in words if name}
    wrong = [FieldError("/name", "missing", Text("此项必填", "This field is required"))]
    errors = wrong if problem in (InvalidRequest, InvalidQuery) else []
    given = problem(errors=errors, **extra)
    request_id: str = HEADERS["X-Request-Id"]["example"]
    return given.members(DEFAULT_LANG, request_id)


def _sentence(problem: type[Problem]) -> str:
    return (inspect.getdoc(problem) or problem.title.en).partition("\n\n")[0].replace("\n", " ")
