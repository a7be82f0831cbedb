"""Files for tests, announced and sent as a phone does."""

import hashlib
from typing import Any

import httpx

from chalicelib.core.ids import new_id
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen

PDF = b"%PDF-1.7\n" + b"x" * 100


def announced(data: bytes = PDF, **changes: Any) -> dict[str, Any]:
    return {
        "file_name": "证明.pdf",
        "content_type": "application/pdf",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        **changes,
    }


def announce(client: ApiClient, who: Citizen, data: bytes = PDF, **changes: Any) -> Answer:
    key = {"Idempotency-Key": new_id()}
    body = announced(data, **changes)
    return client.post("/v1/uploads", body, token=who.token, headers=key)


def put(room: Any, data: bytes, **headers: str) -> int:
    sent = {**room["headers"], **headers}
    return httpx.put(room["url"], content=data, headers=sent, trust_env=False).status_code


def sent(client: ApiClient, who: Citizen, data: bytes = PDF, **changes: Any) -> str:
    room = announce(client, who, data, **changes).json()
    assert put(room, data) == 200
    return str(room["upload_id"])


def scanned(client: ApiClient, token: str, data: bytes = PDF, **changes: Any) -> str:
    """Return a scan that staff made and sent."""
    room = client.post("/v1/admin/uploads", announced(data, **changes), token=token).json()
    assert put(room, data) == 200
    return str(room["upload_id"])
