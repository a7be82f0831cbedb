"""A small client of Alipay's open platform: requests and answers signed with RSA2.

RSA2 is RSASSA-PKCS1-v1_5 with SHA-256 over `name=value` pairs, sorted by name and joined by `&`
(Alipay open platform, "Signature rules"). An answer's signature covers the exact text of its
response node.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Final, cast

from chalicelib.core import http_client
from chalicelib.core.clock import office_time

_UNSIGNED: Final = frozenset({"sign", "sign_type"})
_REFUSAL: Final = ("code", "msg", "sub_code", "sub_msg")
_SUCCESS: Final = "10000"


class AlipayClient:
    """Calls Alipay's gateway as one app."""

    def __init__(
        self, gateway: str, app_id: str, private_pem: str, platform_public_pem: str
    ) -> None:
        """Keep the app's private key and the platform's public key, both in PEM."""
        self._gateway = gateway
        self._app_id = app_id
        self._private_pem = private_pem
        self._public_pem = platform_public_pem

    def call(
        self, method: str, fields: Mapping[str, str], now: datetime, seconds: float = 4
    ) -> Mapping[str, Any]:
        """Return the response node of a method; raises RequestError when it is not genuine."""
        common = {
            "app_id": self._app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": f"{office_time(now):%Y-%m-%d %H:%M:%S}",
            "version": "1.0",
            **fields,
        }
        # Alipay reads the charset from the address alone, and takes GBK where it is not there.
        address = f"{self._gateway}?charset=utf-8"
        text = http_client.post_form(address, {**common, "sign": self.sign(common)}, seconds)
        answer = http_client.json_object(text)
        name = method.replace(".", "_") + "_response"
        if name not in answer and "error_response" in answer:
            name = "error_response"
        signature = answer.get("sign")
        if signature is None:
            return _refusal(answer.get(name))
        # Only what the signature covers is read: a name may stand twice in a forged answer.
        exact = _exact(text, name)
        if not self.verify(exact, str(signature)):
            raise http_client.RequestError
        return http_client.json_object(exact)

    def sign(self, fields: Mapping[str, str]) -> str:
        """Return the signature of a request's fields."""
        return self.sign_text(signed_text({k: v for k, v in fields.items() if k != "sign"}))

    def sign_text(self, text: str) -> str:
        """Return the signature of a text."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - cold start.
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415

        signed = self._private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signed).decode()

    def verify(self, text: str, signature: str) -> bool:
        """Tell whether the platform signed this text."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - cold start.
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415

        try:
            data = base64.b64decode(signature, validate=True)
            self._public.verify(data, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def verify_form(self, fields: Mapping[str, str]) -> bool:
        """Tell whether the platform signed the fields of a callback."""
        kept = {name: value for name, value in fields.items() if name not in _UNSIGNED}
        return self.verify(signed_text(kept), fields.get("sign", ""))

    @cached_property
    def _private(self) -> Any:
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_private_key,
        )

        return load_pem_private_key(self._private_pem.encode(), None)

    @cached_property
    def _public(self) -> Any:
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_public_key,
        )

        return load_pem_public_key(self._public_pem.encode())


def signed_text(fields: Mapping[str, str]) -> str:
    """Return the text that a signature covers; empty values do not count."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if fields[name])


def _refusal(node: object) -> Mapping[str, Any]:
    # An error about our own app or signature comes unsigned: it may say no, and nothing else.
    if not isinstance(node, dict) or not node.get("sub_code") or node.get("code") == _SUCCESS:
        raise http_client.RequestError
    return {name: node[name] for name in _REFUSAL if name in node}


def _exact(text: str, name: str) -> str:
    try:
        start = text.index("{", text.index(json.dumps(name)))
        _, end = cast("tuple[object, int]", json.JSONDecoder().raw_decode(text, start))
    except (ValueError, RecursionError) as error:
        raise http_client.RequestError from error
    return text[start:end]
