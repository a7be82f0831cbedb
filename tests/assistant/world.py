"""What tests of the assistant share."""

from typing import Any

from chalicelib.core.ids import new_id
from tests.support.client import Answer, ApiClient


def ask(client: ApiClient, text: str, key: str = "", lang: str = "zh-CN", **more: object) -> Answer:
    headers = {"Idempotency-Key": key or new_id(), "Accept-Language": lang}
    return client.post("/v1/assistant/questions", {"text": text, **more}, headers=headers)


def told(client: ApiClient, text: str, **more: Any) -> dict[str, Any]:
    answer = ask(client, text, **more)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found
