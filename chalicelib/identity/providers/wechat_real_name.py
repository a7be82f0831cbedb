"""WeChat's own real-name result: `intp/realname/checkrealnameinfo` of its city services.

The person agrees in WeChat's own mini-program, which gives ours a code; WeChat then compares name
and resident identity number with those that its wallet was opened with.

| answer | means | we answer |
|---|---|---|
| V_OP_NM_MA and V_NM_ID_MA | the wallet's owner has this name and number | confirmed |
| V_OP_NA, V_OP_NM_UM, V_NM_ID_UM | no wallet, another name, another number | not confirmed |
| 40029, 40163 | the code is unknown or used | 422 `/platform_code` |
| -1, 45009, 45011, 40001, 40014, 42001 | busy, too often, token over | provider_unavailable |
| any other | unknown, or our settings are wrong | provider_unavailable, and an alarm |

It was written by the document "checkrealnameinfo" of the mini-program platform and never ran
against WeChat: the interface is given to public bodies on application.
"""

from collections.abc import Container, Mapping
from typing import Any, Final

from chalicelib.core.id_documents import DocumentType
from chalicelib.identity.domain import PlatformCodeRefused, Proof
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.identity.providers.wechat_server import WechatServer

_BAD_CODE: Final = (40029, 40163)
_DENIED: Final = ("V_OP_NA", "V_OP_NM_UM")
_NAME_MATCHES: Final = "V_OP_NM_MA"
_NUMBER: Final = {"V_NM_ID_MA": True, "V_NM_ID_UM": False}


class WechatRealName:
    """Asks WeChat whether its user has a name and number."""

    proof: Proof = "platform"
    document_types: Container[DocumentType] = ("resident_id",)

    def __init__(self, host: str, app_id: str, secret: str, seconds: float = 4) -> None:
        """`seconds` is how long WeChat may take for each answer."""
        self._server = WechatServer("identity_authority", host, app_id, secret, seconds)

    def confirm(self, claim: IdentityClaim) -> bool:
        """Ask WeChat; raises PlatformCodeRefused or ProviderUnavailable."""
        body = {
            "openid": claim.account,
            "real_name": claim.name,
            "cred_id": claim.document.number,
            "cred_type": "1",
            "code": claim.code,
        }
        return self._result(self._server.ask("intp/realname/checkrealnameinfo", body))

    def _result(self, answer: Mapping[str, Any]) -> bool:
        errcode = answer.get("errcode")
        if errcode in _BAD_CODE:
            raise PlatformCodeRefused
        if errcode != 0:
            raise self._server.unavailable(errcode)
        if answer.get("verify_openid") in _DENIED:
            return False
        number = answer.get("verify_real_name")
        if answer.get("verify_openid") != _NAME_MATCHES or number not in _NUMBER:
            raise self._server.unavailable(None)
        return _NUMBER[str(number)]
