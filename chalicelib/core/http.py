"""Asking outside systems over HTTP: bounded in time and size, no redirects."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

_LARGEST: Final = 64 * 1024
_GOOD: Final = 200
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"


class NoAnswer(Exception):  # noqa: N818 - its name states the fact.
    """The other side did not answer, not in time, or not with sense."""


def get(url: str, fields: Mapping[str, str], seconds: float) -> str:
    """Send a GET with query fields and return the text; raises NoAnswer."""
    return _ask("GET", f"{url}?{urlencode(fields)}", None, seconds)


def post_form(url: str, fields: Mapping[str, str], seconds: float) -> str:
    """Send a form and return the text; raises NoAnswer."""
    return _ask("POST", url, urlencode(fields), seconds)


def json_object(text: str) -> Mapping[str, Any]:
    """Read a JSON object; raises NoAnswer."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise NoAnswer from error
    if not isinstance(value, dict):
        raise NoAnswer
    return value


def _ask(method: str, url: str, form: str | None, seconds: float) -> str:
    import urllib3  # noqa: PLC0415 - cold start.

    try:
        response = _pool().request(
            method,
            url,
            body=form,
            headers={"Content-Type": _FORM} if form is not None else None,
            timeout=urllib3.Timeout(total=seconds),
            redirect=False,
            retries=False,
            preload_content=False,
        )
        try:
            body = response.read(_LARGEST + 1, decode_content=True)
        finally:
            response.release_conn()
        text: str = body.decode()
    except (urllib3.exceptions.HTTPError, UnicodeDecodeError) as error:
        # The error may quote the address, and with it a secret.
        raise NoAnswer from error
    if response.status != _GOOD or len(body) > _LARGEST:
        raise NoAnswer
    return text


@cache
def _pool() -> Any:
    import urllib3  # noqa: PLC0415 - cold start.

    return urllib3.PoolManager(num_pools=8, maxsize=16)
