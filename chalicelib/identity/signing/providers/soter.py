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

from typing import Final

from chalicelib.identity.providers.wechat_server import WechatServer

_REFUSED: Final = (40003, 87009)


class WechatSoter:
    """Asks WeChat whether a user's phone signed something."""

    def __init__(self, host: str, app_id: str, secret: str, seconds: float = 4) -> None:
        """`seconds` is how long WeChat may take for each answer."""
        self._server = WechatServer("soter", host, app_id, secret, seconds)

    def is_signed(self, openid: str, result_json: str, signature: str) -> bool:
        """Ask WeChat; raises ProviderUnavailable."""
        body = {"openid": openid, "json_string": result_json, "json_signature": signature}
        answer = self._server.ask("cgi-bin/soter/verify_signature", body)
        errcode = answer.get("errcode", 0)
        if errcode in _REFUSED:
            return False
        is_ok = answer.get("is_ok")
        if errcode != 0 or not isinstance(is_ok, bool):
            raise self._server.unavailable(errcode)
        return is_ok
