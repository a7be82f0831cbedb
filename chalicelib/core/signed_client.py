"""Asking another office's system by signed HTTP (RFC 9421): JSON there, a JSON object back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.core import http_client, http_signatures


@dataclass(frozen=True, slots=True)
class SignedClient:
    """Asks the system at `url`, signing with a key that both share."""

    url: str
    key: bytes
    key_id: str = "onetrip"

    def ask(
        self, content: Mapping[str, Any], request_id: str, seconds: float, path: str = ""
    ) -> Mapping[str, Any]:
        """Send an object, `request_id` being the signature's nonce; raises RequestError."""
        url, body = f"{self.url}{path}", json.dumps(content, ensure_ascii=False)
        # Who is asked compares the time with their own clock, not with the product's.
        signed = http_signatures.signed_headers(
            *("POST", url, body.encode(), self.key_id, self.key, request_id), datetime.now(UTC)
        )
        headers = {"Content-Type": "application/json", **signed}
        return http_client.json_object(http_client.post(url, body, headers, seconds))
