"""Log-in by WeChat: `sns/jscode2session` of the mini-program server API.

| errcode | means | we answer |
|---|---|---|
| -1 | busy | once more, then provider_unavailable |
| 40029, 40163 | invalid, used already | invalid_login_code |
| 40226 | a high-risk user | invalid_login_code |
| 45011 | too often | too_many_requests |
| 40013, 40125 | our app id or secret is wrong | provider_unavailable, and an alarm |
| any other | unknown | provider_unavailable, and an alarm |

It answers HTTP 200 either way, often as text/plain. The session key is dropped here. An alarm is a
line of the log at ERROR.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.core import http_client
from chalicelib.core.errors import TooManyRequests
from chalicelib.identity.domain import InvalidLoginCode, ProviderUnavailable
from chalicelib.identity.providers.base import PlatformAccount

_LOG: Final = logging.getLogger("onetrip.identity")
_BUSY: Final = -1
_REFUSED: Final = (40029, 40163, 40226)
_TOO_OFTEN: Final = 45011


class Wechat:
    """Asks WeChat whose code it is."""

    platform = "wechat"
    single_use = True

    def __init__(self, host: str, app_id: str, secret: str, seconds: float = 4) -> None:
        """`seconds` is how long WeChat may take."""
        self._url = f"{host}/sns/jscode2session"
        self._fields = {
            "appid": app_id,
            "secret": secret,
            "grant_type": "authorization_code",
        }
        self._seconds = seconds

    def exchange(self, code: str) -> PlatformAccount:
        """Return the account; raises InvalidLoginCode, ProviderUnavailable or TooManyRequests."""
        answer = self._ask(code)
        if answer.get("errcode") == _BUSY:
            answer = self._ask(code)
        openid, errcode = answer.get("openid"), answer.get("errcode", 0)
        if errcode == 0 and isinstance(openid, str) and openid:
            return PlatformAccount(self.platform, openid)
        if errcode in _REFUSED:
            raise InvalidLoginCode
        if errcode == _TOO_OFTEN:
            raise TooManyRequests(retry_after=60)
        level = logging.WARNING if errcode == _BUSY else logging.ERROR
        # What is not a number may hold anything, the session key too.
        facts = {"vendor_code": errcode if isinstance(errcode, int) else None}
        _LOG.log(level, "login_refused", extra={"provider": self.platform, **facts})
        raise ProviderUnavailable(retry_after=5)

    def _ask(self, code: str) -> Mapping[str, Any]:
        try:
            text = http_client.get(self._url, {**self._fields, "js_code": code}, self._seconds)
            return http_client.json_object(text)
        except http_client.RequestError as error:
            _LOG.warning("login_provider_unanswered", extra={"provider": self.platform})
            raise ProviderUnavailable(retry_after=5) from error
