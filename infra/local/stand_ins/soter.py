"""WeChat's SOTER: phones that sign a challenge by a key of their own, and the verifying of that."""

import base64
import json
import threading
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256


class Phones:
    """A key for each user, made when a phone of theirs first signs; all count together."""

    def __init__(self) -> None:
        """No phone has signed anything yet."""
        self._keys: dict[str, rsa.RSAPrivateKey] = {}
        self._counter = 0
        self._lock = threading.Lock()

    def sign(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Return what a phone gives of an `openid`, its `device` and a `challenge`."""
        openid, device = str(given.get("openid", "")), str(given.get("device", "phone"))
        with self._lock:
            self._counter += 1
            result = {
                "raw": str(given.get("challenge", "")),
                "fid": "2",
                "counter": self._counter,
                "tee_n": "TEE Name",
                "tee_v": "TEE Version",
                "fp_n": "Fingerprint Sensor Name",
                "fp_v": "Fingerprint Sensor Version",
                "cpu_id": device,
                "uid": "21",
            }
            key = self._keys.get(openid)
            if key is None:
                key = self._keys[openid] = rsa.generate_private_key(65537, 2048)
        text = json.dumps(result)
        signature = key.sign(text.encode(), _padding(), SHA256())
        return {"resultJSON": text, "resultJSONSignature": base64.b64encode(signature).decode()}

    def is_signed(self, given: Mapping[str, Any]) -> bool:
        """Tell whether a phone of the user signed a text."""
        text = str(given.get("json_string", ""))
        try:
            signature = base64.b64decode(str(given.get("json_signature", "")), validate=True)
        except ValueError:
            return False
        key = self._keys.get(str(given.get("openid", "")))
        return key is not None and _holds(key, signature, text.encode())


def _holds(key: rsa.RSAPrivateKey, signature: bytes, text: bytes) -> bool:
    try:
        key.public_key().verify(signature, text, _padding(), SHA256())
    except InvalidSignature:
        return False
    return True


def _padding() -> padding.PSS:
    return padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
