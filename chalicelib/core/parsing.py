"""Request parsing: models from bodies and queries, errors by field."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, RootModel, ValidationError

from chalicelib.core import dependencies, idempotency
from chalicelib.core.auth import Caller
from chalicelib.core.errors import (
    BodyTooLarge,
    FieldError,
    InvalidJson,
    InvalidQuery,
    InvalidRequest,
    Unauthenticated,
    UnsupportedMediaType,
    pointer,
)
from chalicelib.core.http_messages import Nothing, QueryModel, Request, Route
from chalicelib.core.i18n import Text, negotiate
from chalicelib.core.settings import SETTINGS
from chalicelib.core.source_address import source_of

M = TypeVar("M", bound=BaseModel)
LARGEST_BODY: Final = 256 * 1024
_BODILESS: Final = frozenset({"GET", "DELETE"})
_WORDS: Final = {
    "missing": Text("此项必填", "This field is required"),
    "extra_forbidden": Text("没有这一项", "There is no such field"),
    "unknown": Text("没有找到", "Not found"),
    "literal_error": Text("不是可选的值", "This is not one of the possible values"),
    "enum": Text("不是可选的值", "This is not one of the possible values"),
    "string_too_short": Text("内容太短", "This is too short"),
    "string_too_long": Text("内容太长", "This is too long"),
    "not_plain_text": Text(
        "含有不能使用的字符（如控制字符）",
        "This has characters that cannot be used",
    ),
    "string_pattern_mismatch": Text("格式不正确", "This does not have the right form"),
    "date_from_datetime_parsing": Text("没有这一天", "There is no such date"),
    "date_parsing": Text("没有这一天", "There is no such date"),
    "greater_than_equal": Text("数值太小", "This is too small"),
    "less_than_equal": Text("数值太大", "This is too large"),
    "not_in_order": Text("结束应晚于开始", "The end must come after the beginning"),
    "not_unique": Text("有重复的内容", "Something stands here twice"),
    "not_both": Text("不能和其他选项一起填写", "This cannot be combined with the other fields"),
    "too_long_a_time": Text("时间太长", "This is too long a time"),
}
_OTHERWISE: Final = Text("内容不正确", "This is not a valid value")


@runtime_checkable
class _ManyValued(Protocol):
    """A mapping that tells all values of a name, as Chalice's of the query string."""

    def getlist(self, k: str) -> list[str]:
        """Return the values, in order."""

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""


class HttpRequest(Protocol):
    """What is needed of a Chalice request."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, with names in any case."""

    @property
    def query_params(self) -> Mapping[str, str] | None:
        """The query string, decoded."""

    @property
    def context(self) -> Mapping[str, Any]:
        """What the gateway knows about the request."""

    @property
    def raw_body(self) -> str | bytes:
        """The body as it came."""


def authenticate(authorization: str | None, now: datetime) -> Caller | None:
    """Return who an Authorization header speaks for (RFC 6750), nobody without one.

    Raises Unauthenticated or TokenExpired.
    """
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return dependencies.tokens().check(token.strip(), now)


def decode(  # noqa: PLR0913 - a request has these facts.
    route: Route,
    request: HttpRequest,
    headers: Mapping[str, str],
    caller: Caller | None,
    now: datetime,
    request_id: str,
) -> Request[Any]:
    """Make the call that a view is given; raises the problems of bad input."""
    raw_body = b"" if route.method in _BODILESS else _raw_body(request)
    given = _query(route.body, request) if route.method in _BODILESS else None
    if route.access.kind != "signature" and given is None:
        given = _body(route, raw_body, headers)
    identity = request.context.get("identity") or {}
    return Request(
        caller=caller,
        input=given,
        lang=negotiate(headers.get("accept-language")),
        now=now,
        request_id=request_id,
        attempt=idempotency.attempt(
            caller.actor if caller else "public",
            # Elsewhere it means nothing, as clients send it with whatever they write.
            headers.get("idempotency-key") if route.idempotent else None,
            f"{route.method} {request.context.get('path', route.path)}",
            given.model_dump(mode="json") if given else None,
        ),
        headers=headers,
        source=dependencies.vault().keyed_hash(
            "source",
            source_of(
                str(identity.get("sourceIp", "")),
                headers.get("x-forwarded-for", ""),
                SETTINGS.trusted_proxies,
            ),
        ),
        raw_body=raw_body,
        query=_query(route.query, request) if route.query else None,
    )


def _raw_body(request: HttpRequest) -> bytes:
    given = request.raw_body
    body = given.encode() if isinstance(given, str) else given
    if len(body) > LARGEST_BODY:
        raise BodyTooLarge
    return body


def _query(takes: type[BaseModel] | None, request: HttpRequest) -> BaseModel:
    values = dict(request.query_params or {})
    if repeated := _repeated(request.query_params):
        raise InvalidQuery(errors=repeated)
    try:
        return (takes or QueryModel).model_validate(values)
    except ValidationError as error:
        raise InvalidQuery(errors=_parameter_errors(error, values)) from error


def _repeated(given: Mapping[str, str] | None) -> list[FieldError]:
    """Return an error for each parameter given twice, of which readers believe different ones."""
    if not isinstance(given, _ManyValued):
        return []
    names = [name for name in given if len(given.getlist(name)) > 1]
    return [FieldError(pointer(name), "not_unique", _WORDS["not_unique"]) for name in names]


def _body(route: Route, body: bytes, headers: Mapping[str, str]) -> BaseModel:
    content_type = headers.get("content-type", "application/json").partition(";")[0]
    if body and content_type.strip().lower() != "application/json":
        raise UnsupportedMediaType
    return read_body(route.body or Nothing, body or b"{}")


def read_body(model: type[M], body: bytes) -> M:
    """Read a model, or a tagged union as a RootModel, from JSON.

    Raises InvalidJson or InvalidRequest.
    """
    _check_json(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        if any(found["type"] == "json_invalid" for found in error.errors(include_url=False)):
            raise InvalidJson from error
        # The first part says which kind of a union was tried; the body has no such member.
        skipped = 1 if issubclass(model, RootModel) else 0
        raise InvalidRequest(
            errors=_field_errors(error, json.loads(body, parse_int=str), skipped)
        ) from error


def _check_json(body: bytes) -> None:
    """Raise InvalidJson for what readers of JSON understand in different ways.

    That is an object with a member twice, and a number that is none or infinite (RFC 7493, 2.2 and
    2.3). What is no JSON at all the model's reader says.
    """
    with suppress(ValueError, RecursionError):
        json.loads(body, object_pairs_hook=_distinct, parse_constant=_finite, parse_float=_finite)


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise InvalidJson


def _finite(number: str) -> None:
    if not math.isfinite(float(number)):
        raise InvalidJson


def _field_errors(error: ValidationError, document: object, skipped: int = 0) -> list[FieldError]:
    """Return one error a field: of several types that it may have, why it is not the first."""
    told: dict[str, FieldError] = {}
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        place, code = pointer(*_place(one["loc"][skipped:], document, one["type"])), one["type"]
        told.setdefault(place, FieldError(place, code, _WORDS.get(code, _OTHERWISE)))
    return list(told.values())


def _place(loc: Sequence[int | str], document: object, type_: str) -> Iterator[int | str]:
    """Yield what of an error's place the document has: no kind of a union, no `[key]`."""
    here: Any = document
    for part in loc:
        is_there = (isinstance(here, dict) and part in here) or (
            isinstance(here, list) and isinstance(part, int) and part < len(here)
        )
        if is_there:
            here = here[part]
        if is_there or (type_ == "missing" and part is loc[-1]):
            yield part


def _parameter_errors(error: ValidationError, values: object) -> list[FieldError]:
    """Return one error a parameter: what follows its name is which of its types did not fit."""
    told: dict[str, FieldError] = {}
    for found in _field_errors(error, values):
        name = "/".join(found.pointer.split("/")[:2])
        told.setdefault(name, replace(found, pointer=name))
    return list(told.values())
