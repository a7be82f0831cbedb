"""Calls of an API somewhere else, by HTTP."""

from collections.abc import Mapping

import urllib3

from tests.support.client import Answer, ApiClient


class HttpClient(ApiClient):
    """Sends requests as a phone would, to an address."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(retries=False, timeout=180)

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        given = {"accept": "application/json", **(headers or {})}
        if token:
            given["authorization"] = f"Bearer {token}"
        if body and "content-type" not in given:
            given["content-type"] = "application/json"
        answer = self._pool.request(method, f"{self._url}{path}", body=body, headers=given)
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status, lowered, answer.data)
