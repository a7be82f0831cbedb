"""The API, asked in this process as the pages ask it, with the stand-ins beside it.

Everybody logs in once by the API; how long a token lives is not waited for: the issuer of tokens
gives whoever is logged in a fresh one for each call.
"""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.core import dependencies
from chalicelib.core.auth import Caller
from infra.local.gate import Site

_REFUSED_FROM: Final = 400
_BUSY: Final = 503
_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.2


class Refused(Exception):  # noqa: N818 - its name states the fact.
    """An answer that is none of success, with its status and its problem's code."""

    def __init__(self, path: str, status: int, code: str) -> None:
        """Keep what was asked and how it was answered."""
        super().__init__(f"{path}: {status} {code}")
        self.status, self.code = status, code


class Api:
    """Asks as one person after another."""

    def __init__(self, site: Site) -> None:
        """Begin with nobody logged in."""
        self._site = site
        self._callers: dict[str, Caller] = {}

    def log_in(self, who: str, path: str, body: Mapping[str, str]) -> Any:
        """Log in, again where what the log-in says of the person has changed; return its answer."""
        given = self.ask("", "POST", path, body)
        now = dependencies.clock().now()
        self._callers[who] = dependencies.tokens().check(given["access_token"], now)
        return given

    def knows(self, who: str) -> bool:
        """Tell whether somebody is logged in."""
        return who in self._callers

    def ask(
        self,
        who: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str = "",
    ) -> Any:
        """Return what an answer holds, asking again where there was no time; raises Refused."""
        headers = {"host": "127.0.0.1", "accept": "application/json"}
        if who:
            token = dependencies.tokens().issue(self._callers[who], dependencies.clock().now())
            headers["authorization"] = f"Bearer {token}"
        if key:
            headers["idempotency-key"] = key
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        if data:
            headers["content-type"] = "application/json"
        for _ in range(_TRIES):
            answer = self._site.answer(method, path, headers, data)
            if answer.status != _BUSY:
                break
            time.sleep(_PAUSE_SECONDS)
        said = json.loads(answer.body) if answer.body else {}
        if answer.status >= _REFUSED_FROM:
            raise Refused(path, answer.status, str(said.get("code", "")))
        return said
