"""HTTP client for outside systems: bounded in time and size, no redirects."""

import json
import logging
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

_LARGEST: Final = 64 * 1024
_GOOD: Final = 200
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"


class RequestError(Exception):
    """There was no answer, not in time, or no usable one.

    `status` is the HTTP status that it answered, where it is not 200.
    """

    def __init__(self, status: int | None = None) -> None:
        """Keep the status."""
        super().__init__(status)
        self.status = status


def get(url: str, fields: Mapping[str, str], seconds: float) -> str:
    """Send a GET with query fields and return the text; raises RequestError."""
    return _ask("GET", f"{url}?{urlencode(fields)}" if fields else url, None, None, seconds)


def post_form(url: str, fields: Mapping[str, str], seconds: float) -> str:
    """Send a form and return the text; raises RequestError."""
    return _ask("POST", url, urlencode(fields), _headers(_FORM), seconds)


def post_json(url: str, fields: Mapping[str, str], body: Mapping[str, Any], seconds: float) -> str:
    """Send a JSON object, with query fields, and return the text; raises RequestError."""
    address = f"{url}?{urlencode(fields)}" if fields else url
    return _ask("POST", address, json.dumps(body, ensure_ascii=False), _headers(_JSON), seconds)


def post(url: str, body: str, headers: Mapping[str, str], seconds: float) -> str:
    """Send a body under its own headers and return the text; raises RequestError."""
    return _ask("POST", url, body, headers, seconds)


def download(url: str, seconds: float, largest: int) -> bytes:
    """Return the bytes of a file, at most so many; raises RequestError."""
    return _fetch("GET", url, None, None, seconds, largest)


def json_object(text: str) -> Mapping[str, Any]:
    """Read a JSON object; raises RequestError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RequestError from error
    if not isinstance(value, dict):
        raise RequestError
    return value


def _ask(
    method: str, url: str, given: str | None, headers: Mapping[str, str] | None, seconds: float
) -> str:
    try:
        return _fetch(method, url, given, headers, seconds, _LARGEST).decode()
    except UnicodeDecodeError as error:
        raise RequestError from error


def _fetch(  # noqa: PLR0913 - a request has these parts.
    method: str,
    url: str,
    given: str | None,
    headers: Mapping[str, str] | None,
    seconds: float,
    largest: int,
) -> bytes:
    import urllib3  # noqa: PLC0415 - cold start.

    deadline = time.monotonic() + seconds
    try:
        response = _pool().request(
            method,
            url,
            body=None if given is None else given.encode(),
            headers=headers,
            timeout=urllib3.Timeout(total=seconds),
            redirect=False,
            retries=False,
            preload_content=False,
        )
        try:
            body = _read(response, deadline, largest)
        finally:
            # A connection with a rest of an answer in it must not be used again.
            response.close()
    except urllib3.exceptions.HTTPError as error:
        # The error may quote the address, and with it a secret.
        raise RequestError from error
    if response.status != _GOOD:
        raise RequestError(response.status)
    if len(body) > largest:
        raise RequestError
    return body


def _headers(content_type: str) -> Mapping[str, str]:
    return {"Content-Type": content_type}


def _read(response: Any, deadline: float, largest: int) -> bytes:
    body = bytearray()
    while len(body) <= largest and (part := response.read1(_LARGEST, decode_content=True)):
        body += part
        # The time-out of a socket begins anew with every byte.
        if time.monotonic() > deadline:
            raise RequestError
    return bytes(body)


@cache
def _pool() -> Any:
    import urllib3  # noqa: PLC0415 - cold start.

    # At DEBUG it writes whole addresses, and with them secrets.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    return urllib3.PoolManager(num_pools=8, maxsize=16)
