"""The OpenAPI 3.1 document, made from the declared routes and the models that the code runs on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.core.calls import Route
from chalicelib.core.errors import (
    BodyTooLarge,
    Forbidden,
    IdempotencyKeyReused,
    InternalError,
    InvalidIdempotencyKey,
    InvalidJson,
    InvalidQuery,
    InvalidRequest,
    NotFound,
    Problem,
    TokenExpired,
    TryAgain,
    Unauthenticated,
    UnsupportedMediaType,
)

_REF: Final = "#/components/schemas/{model}"
_BODIED: Final = frozenset({"POST", "PUT", "PATCH"})
_KEY_HEADER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
    "description": "The same key and body answer what the first call made.",
}


@dataclass(frozen=True)
class _Models:
    """The schemas of all models; those of one name in different rooms are told apart."""

    references: Mapping[type[BaseModel], Mapping[str, str]]
    definitions: Mapping[str, Any]

    def reference(self, model: type[BaseModel]) -> dict[str, str]:
        """Return the reference to a model's schema."""
        return dict(self.references[model])

    def definition(self, model: type[BaseModel]) -> Mapping[str, Any]:
        """Return a model's own schema."""
        found: Mapping[str, Any] = self.definitions[self._name(model)]
        return found

    def without(self, models: Sequence[type[BaseModel]]) -> dict[str, Any]:
        """Return all schemas but those of these models."""
        left_out = {self._name(model) for model in models}
        return {name: one for name, one in self.definitions.items() if name not in left_out}

    def _name(self, model: type[BaseModel]) -> str:
        return self.references[model]["$ref"].rpartition("/")[2]


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """Return the document of these routes."""
    models = _models(routes)
    queries = [r.takes for r in routes if r.takes and _is_query(r, r.takes)]
    paths: dict[str, dict[str, object]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, models)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OneTrip 一次办",
            "version": version,
            "description": "Government services in a mini-program: one trip, and mostly none.",
        },
        "paths": paths,
        "components": {
            "schemas": {**models.without(queries), "Problem": _problem_schema()},
            "securitySchemes": {
                "citizen": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "staff": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _models(routes: Sequence[Route]) -> _Models:
    models = {m for r in routes for m in (r.takes, r.answers) if m}
    wanted = sorted(models, key=lambda model: (model.__name__, model.__module__))
    references, schemas = models_json_schema(
        [(m, _mode(m, routes)) for m in wanted], ref_template=_REF
    )
    by_model: dict[Any, Mapping[str, str]] = {
        model: reference for (model, _), reference in references.items()
    }
    return _Models(by_model, schemas.get("$defs", {}))


def _mode(model: type[BaseModel], routes: Sequence[Route]) -> Any:
    return "validation" if any(route.takes is model for route in routes) else "serialization"


def _is_query(route: Route, model: type[BaseModel]) -> bool:
    return model is route.takes and route.method not in _BODIED


def _operation(route: Route, models: _Models) -> dict[str, object]:
    operation: dict[str, object] = {
        "operationId": f"{route.tag}_{route.view.__name__}",
        "tags": [route.tag],
        "summary": (route.view.__doc__ or "").partition("\n")[0].rstrip("."),
        "parameters": _parameters(route, models),
        "responses": _responses(route, models),
    }
    if route.access.kind in ("citizen", "staff"):
        operation["security"] = [{route.access.kind: sorted(route.access.roles)}]
    if route.method in _BODIED and route.takes:
        content = {"application/json": {"schema": models.reference(route.takes)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(route: Route, models: _Models) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    if route.method not in _BODIED and route.takes:
        schema = models.definition(route.takes)
        required = schema.get("required", [])
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": one}
            for name, one in schema.get("properties", {}).items()
        ]
    if route.creates:
        found.append(_KEY_HEADER)
    return found


def _responses(route: Route, models: _Models) -> dict[str, object]:
    content = {media: {"schema": _media_schema(route, media, models)} for media in route.media}
    good: dict[str, object] = {"description": "Done."}
    if route.answers or route.media != ("application/json",):
        good["content"] = content
    responses: dict[str, object] = {str(route.status): good}
    by_status: dict[int, list[str]] = {}
    for problem in _problems(route):
        by_status.setdefault(problem.status, []).append(problem.code)
    for status, codes in sorted(by_status.items()):
        schema = {
            "allOf": [
                {"$ref": "#/components/schemas/Problem"},
                {"properties": {"code": {"enum": sorted(codes)}}},
            ]
        }
        responses[str(status)] = {
            "description": ", ".join(sorted(codes)),
            "content": {"application/problem+json": {"schema": schema}},
        }
    return responses


def _media_schema(route: Route, media: str, models: _Models) -> Mapping[str, object]:
    if media == "application/json":
        return models.reference(route.answers) if route.answers else {}
    return {"type": "string"}


def _problems(route: Route) -> set[type[Problem]]:
    found = {*route.problems, InternalError, TryAgain}
    if route.access.kind in ("citizen", "staff"):
        found |= {Unauthenticated, TokenExpired, Forbidden}
    if "{" in route.path:
        found.add(NotFound)
    if route.method in _BODIED:
        found |= {BodyTooLarge, InvalidJson, InvalidRequest, UnsupportedMediaType}
    else:
        found.add(InvalidQuery)
    if route.creates:
        found |= {IdempotencyKeyReused, InvalidIdempotencyKey}
    return found


def _problem_schema() -> dict[str, object]:
    fields = {name: {"type": "string"} for name in ("pointer", "code", "detail")}
    return {
        "type": "object",
        "description": "RFC 9457 problem details.",
        "required": ["type", "title", "status", "code", "detail", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": sorted(Problem.registry)},
            "detail": {"type": "string"},
            "request_id": {"type": "string"},
            "errors": {"type": "array", "items": {"type": "object", "properties": fields}},
        },
    }
