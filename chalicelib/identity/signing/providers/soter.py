"""WeChat's SOTER: what a phone signed after its owner's finger or face, verified by WeChat.

`wx.startSoterAuthentication` gives a `resultJSON`, made in the phone's trusted environment with the
challenge in it, and its signature (SHA256withRSA/PSS). The key's certificate is WeChat's alone, so
WeChat verifies: `soter.verifySignature` of the mini-program server API.

| answer | means | we answer |
|---|---|---|
| is_ok true | this user's phone signed this | verified |
| is_ok false, 40003, 87009 | it did not; no such user; the signature is none | not verified |
| -1, 40001, 40014, 42001, 45009, 45011 | busy, token over, too often | provider_unavailable |
| any other | unknown, or our settings are wrong | provider_unavailable, and an alarm |

It was written by these documents of Tencent and never ran against WeChat.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.core import http_client
from chalicelib.identity.domain import ProviderUnavailable

_LOG: Final = logging.getLogger("onetrip.identity")
_REFUSED: Final = (40003, 87009)
_PASSES: Final = (-1, 40001, 40014, 42001, 45009, 45011)


class WechatSoter:
    """Asks WeChat whether a user's phone signed something."""

    def __init__(self, host: str, app_id: str, secret: str, seconds: float = 4) -> None:
        """`seconds` is how long WeChat may take for each answer."""
        self._host, self._seconds = host, seconds
        self._client = {"grant_type": "client_credential", "appid": app_id, "secret": secret}

    def is_signed(self, openid: str, result_json: str, signature: str) -> bool:
        """Ask WeChat; raises ProviderUnavailable."""
        token = self._post("cgi-bin/stable_token", {}, self._client).get("access_token")
        if not isinstance(token, str) or not token:
            raise self._unavailable(None)
        body = {"openid": openid, "json_string": result_json, "json_signature": signature}
        path = "cgi-bin/soter/verify_signature"
        answer = self._post(path, {"access_token": token}, body)
        errcode = answer.get("errcode", 0)
        if errcode in _REFUSED:
            return False
        is_ok = answer.get("is_ok")
        if errcode != 0 or not isinstance(is_ok, bool):
            raise self._unavailable(errcode)
        return is_ok

    def _post(self, path: str, query: Mapping[str, str], body: Mapping[str, str]) -> Any:
        try:
            text = http_client.post_json(f"{self._host}/{path}", query, body, self._seconds)
            return http_client.json_object(text)
        except http_client.RequestError as error:
            _LOG.warning("soter_unanswered", extra={"provider": "wechat"})
            raise ProviderUnavailable(retry_after=5) from error

    def _unavailable(self, errcode: object) -> ProviderUnavailable:
        level = logging.WARNING if errcode in _PASSES else logging.ERROR
        facts = {"vendor_code": errcode if isinstance(errcode, int) else None}
        _LOG.log(level, "soter_refused", extra={"provider": "wechat", **facts})
        return ProviderUnavailable(retry_after=60 if errcode in _PASSES else 5)
