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

import logging
from collections.abc import Container, Mapping
from typing import Any, Final

from chalicelib.core import http_client
from chalicelib.core.id_documents import DocumentType
from chalicelib.identity.domain import PlatformCodeRefused, Proof, ProviderUnavailable
from chalicelib.identity.providers.base import IdentityClaim

_LOG: Final = logging.getLogger("onetrip.identity")
_BAD_CODE: Final = (40029, 40163)
_PASSES: Final = (-1, 40001, 40014, 42001, 45009, 45011)
_DENIED: Final = ("V_OP_NA", "V_OP_NM_UM")
_NAME_MATCHES: Final = "V_OP_NM_MA"
_NUMBER: Final = {"V_NM_ID_MA": True, "V_NM_ID_UM": False}


class WechatRealName:
    """Asks WeChat whether its user has a name and number."""

    proof: Proof = "platform"
    document_types: Container[DocumentType] = ("resident_id",)

    def __init__(self, host: str, app_id: str, secret: str, seconds: float = 4) -> None:
        """`seconds` is how long WeChat may take for each answer."""
        self._host = host
        self._client = {"grant_type": "client_credential", "appid": app_id, "secret": secret}
        self._seconds = seconds

    def confirm(self, claim: IdentityClaim) -> bool:
        """Ask WeChat; raises PlatformCodeRefused or ProviderUnavailable."""
        token = self._post("cgi-bin/stable_token", {}, self._client).get("access_token")
        if not isinstance(token, str) or not token:
            self._unavailable(None)
        body = {
            "openid": claim.account,
            "real_name": claim.name,
            "cred_id": claim.document.number,
            "cred_type": "1",
            "code": claim.code,
        }
        path = "intp/realname/checkrealnameinfo"
        return self._result(self._post(path, {"access_token": str(token)}, body))

    def _result(self, answer: Mapping[str, Any]) -> bool:
        errcode = answer.get("errcode")
        if errcode in _BAD_CODE:
            raise PlatformCodeRefused
        if errcode != 0:
            self._unavailable(errcode)
        if answer.get("verify_openid") in _DENIED:
            return False
        number = answer.get("verify_real_name")
        if answer.get("verify_openid") != _NAME_MATCHES or number not in _NUMBER:
            self._unavailable(None)
        return _NUMBER[str(number)]

    def _post(self, path: str, query: Mapping[str, str], body: Mapping[str, str]) -> Any:
        try:
            text = http_client.post_json(f"{self._host}/{path}", query, body, self._seconds)
            return http_client.json_object(text)
        except http_client.RequestError as error:
            _LOG.warning("identity_authority_unanswered", extra={"provider": "wechat"})
            raise ProviderUnavailable(retry_after=5) from error

    def _unavailable(self, errcode: object) -> None:
        level = logging.WARNING if errcode in _PASSES else logging.ERROR
        facts = {"vendor_code": errcode if isinstance(errcode, int) else None}
        _LOG.log(level, "identity_authority_refused", extra={"provider": "wechat", **facts})
        raise ProviderUnavailable(retry_after=60 if errcode in _PASSES else 5)
