"""The OpenAPI 3.1 document, made from the declared routes and the models that the code runs on."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.core.http_messages import BODIED, Route
from chalicelib.core.openapi._fields import Examples, described, described_field
from chalicelib.core.openapi._responses import (
    HEADERS,
    problem_examples,
    problem_schemas,
    refusals,
    responses,
)

_REF: Final = "#/components/schemas/{model}"
# Pydantic tells models of one name apart by their modules: chalicelib__cases__domain__Status.
_LONG_NAME: Final = re.compile(r"chalicelib(?:__\w+?)+?__[A-Z]\w*")
_KEY_HEADER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
    "description": "The same key and body answer what the first call made.",
    "example": "my-first-booking",
}
_LANGUAGE_HEADER: Final = {
    "name": "Accept-Language",
    "in": "header",
    "schema": {"type": "string", "default": "zh-CN"},
    "description": "The language of words for people: Chinese or English (RFC 9110).",
    "example": "en",
}
_SIGNATURE_HEADER: Final = {
    "name": "Onetrip-Signature",
    "in": "header",
    "schema": {"type": "string"},
    "description": "What `POST /v1/me/signatures` answered for this act.",
    "example": "eyJhbGciOiJFZERTQSJ9.e30.c2ln",
}
_ETAG_HEADER: Final = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The ETag of an answer that the caller has; 304 says that it is still right.",
    "example": HEADERS["ETag"]["example"],
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

    @property
    def examples(self) -> Examples:
        """Return the maker of examples of these models."""
        return Examples(self.definitions)

    def _name(self, model: type[BaseModel]) -> str:
        return self.references[model]["$ref"].rpartition("/")[2]


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """Return the document of these routes."""
    models = _models(routes)
    queries = [r.body for r in routes if r.body and r.method not in BODIED]
    schemas = {**models.without(queries), **problem_schemas()}
    paths: dict[str, dict[str, object]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, models)
    return _with_short_names(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "OneTrip 一次办",
                "version": version,
                "description": "Government services in a mini-program: one trip, and mostly none.",
            },
            "paths": paths,
            "components": {
                "schemas": {name: described(name, one) for name, one in schemas.items()},
                "responses": refusals(routes),
                "headers": HEADERS,
                "examples": problem_examples(models.examples),
                "securitySchemes": {
                    "citizen": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                    "staff": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                },
            },
        }
    )


def _with_short_names(document: dict[str, Any]) -> dict[str, Any]:
    """Name models by their room and what they are, as PaymentsStatus."""

    def short(long: re.Match[str]) -> str:
        _, room, *modules, name = long.group().split("__")
        parts = [room, *(one for one in modules if one != "domain" and not room.startswith(one))]
        return "".join(part.title().replace("_", "") for part in parts) + name

    renamed: dict[str, Any] = json.loads(_LONG_NAME.sub(short, json.dumps(document)))
    return renamed


def _models(routes: Sequence[Route]) -> _Models:
    models = {m for r in routes for m in (r.body, r.response, r.query) if m}
    wanted = sorted(models, key=lambda model: (model.__name__, model.__module__))
    references, schemas = models_json_schema(
        [(m, _mode(m, routes)) for m in wanted], ref_template=_REF
    )
    by_model: dict[Any, Mapping[str, str]] = {
        model: reference for (model, _), reference in references.items()
    }
    return _Models(by_model, schemas.get("$defs", {}))


def _mode(model: type[BaseModel], routes: Sequence[Route]) -> Any:
    taken = any(model in (route.body, route.query) for route in routes)
    return "validation" if taken else "serialization"


def _operation(route: Route, models: _Models) -> dict[str, object]:
    schema: Mapping[str, Any] = {"type": "object"}
    description = "Done."
    if route.response:
        schema = models.reference(route.response)
        description = models.definition(route.response).get("description", description)
    operation: dict[str, object] = {
        "operationId": f"{route.tag}_{route.view.__name__}",
        "tags": [route.tag],
        "summary": (route.view.__doc__ or "").partition("\n")[0].rstrip("."),
        "parameters": _parameters(route, models),
        "responses": responses(route, schema, description, models.examples),
    }
    if route.access.asks_for_token:
        kinds = ("citizen", "staff") if route.access.kind == "logged_in" else (route.access.kind,)
        nobody: list[dict[str, list[str]]] = [{}] if route.access.optional else []
        of_kinds = [{kind: sorted(route.access.roles)} for kind in kinds]
        operation["security"] = [*of_kinds, *nobody]
    if route.method in BODIED and route.body:
        taken = models.reference(route.body)
        content = {"schema": taken, "example": models.examples.of(taken, whole=False)}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _parameters(route: Route, models: _Models) -> list[Mapping[str, object]]:
    names = re.findall(r"{(\w+)}", route.path)
    text = {"type": "string"}
    found = [_parameter("path", name, text, models, required=True) for name in names]
    query = route.query if route.method in BODIED else route.body
    if query:
        schema = models.definition(query)
        required = schema.get("required", [])
        found += [
            _parameter("query", name, one, models, required=name in required)
            for name, one in schema.get("properties", {}).items()
        ]
    found.append(_LANGUAGE_HEADER)
    if route.cacheable_seconds is not None:
        found.append(_ETAG_HEADER)
    if route.idempotent:
        found.append(_KEY_HEADER)
    if route.method not in BODIED and any(e.code == "signature_required" for e in route.errors):
        found.append(_SIGNATURE_HEADER)
    return found


def _parameter(
    place: str, name: str, schema: Mapping[str, Any], models: _Models, *, required: bool
) -> Mapping[str, object]:
    parameter = {"name": name, "in": place, "required": required, "schema": schema}
    words = described_field("Query", name, schema).get("description", "")
    example = models.examples.field("Query", name, schema)
    known = {} if example is None else {"example": example}
    return {**parameter, "description": words, **known}
