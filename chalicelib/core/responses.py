"""HTTP responses made of what views return and of problems."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from chalicelib.core.errors import Problem
from chalicelib.core.http_messages import Request, Response, Route
from chalicelib.core.i18n import Lang, negotiate
from chalicelib.core.ids import derived_id
from chalicelib.core.settings import SETTINGS

# An answer of the API is data: nothing in it runs, frames it or learns where the reader came from
# (Content Security Policy Level 3, W3C).
_GUARDING: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
PROBLEM_TYPE: Final = "application/problem+json"
_ALLOWED: Final = (
    "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, If-None-Match, "
    "Onetrip-Signature"
)
_EXPOSED: Final = (
    "Content-Language, ETag, Idempotency-Replayed, Location, Retry-After, WWW-Authenticate, "
    "X-Request-Id"
)


# Open data is for the pages of everybody.
_FOR_ALL_ORIGINS: Final = ("/v1/datasets", "/v1/performance")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP answer; bytes are binary, text is text."""

    status: int
    headers: dict[str, str]
    body: str | bytes


def of_problem(
    problem: Problem, headers: Mapping[str, str], request_id: str, path: str = ""
) -> HttpResponse:
    """Answer a refusal; `headers` are the request's, with lower-case names."""
    lang = negotiate(headers.get("accept-language"))
    members = problem.members(lang, request_id)
    return HttpResponse(
        problem.status,
        {
            **_common(headers, lang, request_id, path),
            **problem.headers(),
            "Content-Type": PROBLEM_TYPE,
            "Cache-Control": "no-store",
        },
        json.dumps(members, ensure_ascii=False, default=str),
    )


def of_reply(route: Route, request: Request[Any], given: Response | BaseModel) -> HttpResponse:
    """Answer what a view returned; what is cacheable has an ETag (RFC 9110, 8.8.3)."""
    reply = given if isinstance(given, Response) else Response(given)
    status = reply.status or route.status
    body = (
        reply.body.model_dump_json(by_alias=True)
        if isinstance(reply.body, BaseModel)
        else reply.body or ""
    )
    headers = {
        **_common(request.headers, request.lang, request.request_id, route.path),
        "Content-Type": reply.content_type,
        "Cache-Control": "no-store",
        **reply.headers,
    }
    if route.cacheable_seconds is not None:
        headers["ETag"] = _etag(body)
        headers["Cache-Control"] = f"public, max-age={route.cacheable_seconds}"
        if _has(request.headers.get("if-none-match", ""), headers["ETag"]):
            return HttpResponse(304, headers, "")
    return HttpResponse(status, headers, body)


def of_preflight(origin: str | None, methods: list[str], path: str = "") -> HttpResponse:
    """Answer a browser that asks what it may send (Fetch standard, CORS preflight)."""
    headers = {
        **cors(origin, path),
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": _ALLOWED,
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }
    return HttpResponse(204, headers, "")


def cors(origin: str | None, path: str = "") -> dict[str, str]:
    """Return what a browser needs to read an answer, for the origins in the settings.

    Open data is read from every origin.
    """
    if path.startswith(_FOR_ALL_ORIGINS):
        return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _EXPOSED}
    if origin is None or origin not in SETTINGS.allowed_origins:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}


def _has(if_none_match: str, etag: str) -> bool:
    # The comparison is the weak one (RFC 9110, 13.1.2).
    listed = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return not listed.isdisjoint((etag, "*"))


def _etag(body: str | bytes) -> str:
    data = body.encode() if isinstance(body, str) else body
    return f'"{derived_id(hashlib.sha256(data).hexdigest(), length=22)}"'


def _common(headers: Mapping[str, str], lang: Lang, request_id: str, path: str) -> dict[str, str]:
    return {
        "Content-Language": lang,
        "X-Request-Id": request_id,
        **_GUARDING,
        # Gateways compress for whoever takes it.
        "Vary": "Accept, Accept-Encoding, Accept-Language, Origin",
        **cors(headers.get("origin"), path),
    }
