"""Calls of the API in this process, through Chalice's own gateway; safe to use from threads."""

import base64
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from chalice.config import Config
from chalice.local import ForbiddenError, LocalChalice, LocalGateway

from chalicelib.core.ids import new_id
from tests.support.answer import Answer

__all__ = ["Answer", "ApiClient"]


@cache
def gateway() -> LocalGateway:
    from app import app

    app.__class__ = LocalChalice
    return LocalGateway(app, Config())


class ApiClient:
    """Sends requests as a phone would; `tries` says how often it asks where it shall try again.

    An answer that the OpenAPI document does not promise fails the test, whatever it is about; to a
    client that `expects_anything` it does not. What a verified person must sign is signed, as the
    pages do, unless the client does not.
    """

    tries = 1
    signs = True
    expects_anything = False

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        given = {"host": "127.0.0.1", "accept": "application/json", **(headers or {})}
        if self.tries > 1 and method == "POST":
            given = {"Idempotency-Key": new_id(), **given}
        for _ in range(self.tries):
            answer = self._send(method, path, body, token, dict(given))
            if answer.status != 503:
                break
        if not self.expects_anything:
            _check_promised(method, path, answer)
        if self.signs and token and answer.status == 403 and answer.code == "signature_required":
            from tests.support import signing

            body, headers = signing.signed(self, answer, token, body, headers)
            return self.send(method, path, body, token, headers)
        return answer

    def _send(
        self, method: str, path: str, body: bytes, token: str | None, given: dict[str, str]
    ) -> Answer:
        if token:
            given["authorization"] = f"Bearer {token}"
        if body and "content-type" not in given:
            given["content-type"] = "application/json"
        try:
            answer = gateway().handle_request(method, path, given, body)
        except ForbiddenError as error:
            return Answer(403, error.headers, error.body or b"")
        lowered = {name.lower(): str(value) for name, value in answer["headers"].items()}
        content: str | bytes | None = answer["body"]
        data = content.encode() if isinstance(content, str) else content or b""
        if answer.get("isBase64Encoded"):
            data = base64.b64decode(data)
        return Answer(answer["statusCode"], lowered, data)

    def get(self, path: str, **kwargs: Any) -> Answer:
        return self.send("GET", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Answer:
        return self.send("DELETE", path, **kwargs)

    def post(self, path: str, json_body: object = None, **kwargs: Any) -> Answer:
        return self.send("POST", path, _encoded(json_body), **kwargs)

    def put(self, path: str, json_body: object = None, **kwargs: Any) -> Answer:
        return self.send("PUT", path, _encoded(json_body), **kwargs)

    def patch(self, path: str, json_body: object = None, **kwargs: Any) -> Answer:
        return self.send("PATCH", path, _encoded(json_body), **kwargs)


def _check_promised(method: str, target: str, answer: Answer) -> None:
    # Importing the product reads the settings, which stand only when tests run.
    from tests.support import promised

    path = promised.known_path(method, target)
    # Tests that break the product look at how it breaks.
    found = promised.faults(method, path, answer) if path and answer.status < 500 else []
    assert not found, f"{method} {path}: {found}"


def _encoded(body: object) -> bytes:
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
