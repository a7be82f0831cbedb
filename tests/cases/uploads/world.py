"""Files for tests, announced and sent as a phone does."""

import hashlib
from typing import Any

import httpx

from chalicelib.core.ids import new_id
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen

PDF = b"%PDF-1.7\n" + b"x" * 100


def announce(client: ApiClient, who: Citizen, data: bytes = PDF, **changes: Any) -> Answer:
    body = {
        "file_name": "证明.pdf",
        "content_type": "application/pdf",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        **changes,
    }
    key = {"Idempotency-Key": new_id()}
    return client.post("/v1/uploads", body, token=who.token, headers=key)


def put(announced: Any, data: bytes, **headers: str) -> int:
    sent = {**announced["headers"], **headers}
    return httpx.put(announced["url"], content=data, headers=sent, trust_env=False).status_code


def sent(client: ApiClient, who: Citizen, data: bytes = PDF, **changes: Any) -> str:
    announced = announce(client, who, data, **changes).json()
    assert put(announced, data) == 200
    return str(announced["upload_id"])
