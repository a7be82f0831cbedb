"""What a stand-in is asked and what it answers."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; `path` is what follows the stand-in's name, `query` has the first values."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def wants_page(self) -> bool:
        """Tell whether a person with a browser asks."""
        return "text/html" in self.headers.get("accept", "")


class Cut(Exception):  # noqa: N818 - its name states the fact.
    """The connection ends here, without an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


class StandIn(Protocol):
    """One part of the outside world."""

    name: str

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""


def json_answer(status: int, value: object, content_type: str = "application/json") -> Answer:
    """Answer a program."""
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), content_type)


def refusal(status: int, detail: str) -> Answer:
    """Answer what cannot be done, as a problem (RFC 9457)."""
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "invalid_request")
    problem = {"type": "about:blank", "title": code, "status": status, "code": code}
    problem["request_id"] = secrets.token_hex(11)
    return json_answer(status, {**problem, "detail": detail}, "application/problem+json")


def page(title: str, content: str) -> Answer:
    """Answer a person; `content` is HTML."""
    html = f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>
<style>body{{font:1.125rem/1.6 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1rem}}
button,input{{font:inherit;padding:.6rem 1rem;margin:.25rem 0}}a{{color:#0b57a4}}
code{{overflow-wrap:anywhere}}</style></head><body><main><h1>{escape(title)}</h1>{content}</main>
</body></html>"""
    return Answer(200, html.encode(), "text/html; charset=utf-8")
