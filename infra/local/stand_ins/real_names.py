"""What WeChat and Alipay know of their users' names, and tell for a code that a user agreed to.

A code is minted with the account and with who its user really is; without a name the user never
told the platform. `IdentityMode` says how the platforms are.
"""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.local.stand_ins.identity import IdentityMode

_ID_CARD: Final = "0"


@dataclass(frozen=True, slots=True)
class RealName:
    """A user of a platform; `name` is empty where the platform does not know it."""

    account: str
    name: str = ""
    number: str = ""
    cert_type: str = _ID_CARD


def real_name_of(account: str, given: Mapping[str, Any]) -> RealName:
    """Return a user as a test or a person says."""
    texts = {key: str(given.get(key, "")) for key in ("name", "id_number")}
    cert_type = str(given.get("cert_type", _ID_CARD))
    return RealName(account, texts["name"], texts["id_number"], cert_type)


class RealNames:
    """Keeps for whom codes were given out; each works once."""

    def __init__(self, mode: IdentityMode) -> None:
        """Take how the platforms are."""
        self.mode = mode
        self._known: dict[str, RealName] = {}
        self._lock = threading.Lock()

    def mint(self, user: RealName) -> str:
        """Return a code that the user agreed to."""
        code = secrets.token_urlsafe(24)
        self.remember(code, user)
        return code

    def remember(self, code: str, user: RealName) -> None:
        """Keep whose code it is."""
        with self._lock:
            self._known[code] = user

    def take(self, code: str) -> RealName | None:
        """Return whose code it is, once."""
        with self._lock:
            return self._known.pop(code, None)

    def wechat(self, given: Mapping[str, Any]) -> Mapping[str, object]:
        """Answer `checkrealnameinfo`."""
        self.mode.play()
        if self.mode.name == "limited":
            return {"errcode": 45009, "errmsg": "reach max api daily quota limit"}
        user = self.take(str(given.get("code", "")))
        if user is None or user.account != given.get("openid"):
            return {"errcode": 40029, "errmsg": "invalid code"}
        if self.mode.name == "wrong":
            return {"errcode": 0, "errmsg": "ok", "verify_openid": "V_OP_UNHEARD_OF"}
        if not user.name:
            return {"errcode": 0, "errmsg": "ok", "verify_openid": "V_OP_NA"}
        if self.mode.name == "denies" or user.name != given.get("real_name"):
            return {"errcode": 0, "errmsg": "ok", "verify_openid": "V_OP_NM_UM"}
        same = user.number == given.get("cred_id") and given.get("cred_type") == "1"
        found = "V_NM_ID_MA" if same else "V_NM_ID_UM"
        answer = {"verify_openid": "V_OP_NM_MA", "verify_real_name": found}
        return {"errcode": 0, "errmsg": "ok", **answer}

    def alipay(self, token: str) -> Mapping[str, str] | None:
        """Answer `alipay.user.info.share`; None for a token that it does not know."""
        self.mode.play()
        user = self.take(token)
        if user is None:
            return None
        if self.mode.name == "wrong":
            return {"code": "10000", "msg": "Success", "user_id": user.account}
        certified = "F" if self.mode.name == "denies" or not user.name else "T"
        node = {"code": "10000", "msg": "Success", "is_certified": certified}
        if certified == "F":
            return node
        return {
            **node,
            "user_name": user.name,
            "cert_no": user.number,
            "cert_type": user.cert_type,
        }
