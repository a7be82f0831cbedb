"""WeChat subscribe messages: `cgi-bin/message/subscribe/send` of the mini-program server API.

| errcode | means | we do |
|---|---|---|
| 0 | taken | the consent is used |
| 43101 | refused, or no consent left | the inbox alone, and no consents are left |
| 47003 | a value does not fit the template | the inbox alone, and an alarm |
| 40037, 41030 | our template id or page is wrong | the inbox alone, and an alarm |
| 45168 | words that the platform does not show | the inbox alone, and an alarm |
| 40003 | not a person of this mini-program | the inbox alone |
| 40001, 40014, 42001 | the token is over | a new token, once more, then try again later |
| -1, 43108, 45009 | busy, or too often | try again later |
| any other | unknown, or our settings are wrong | try again later, and an alarm |

It answers HTTP 200 either way. The token comes from `cgi-bin/stable_token`. An alarm is a line of
the log at ERROR. Neither answers nor addresses are logged: they hold tokens and people's ids.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.core import http_client
from chalicelib.notifications.channels.base import ChannelUnavailable
from chalicelib.notifications.domain import Message, SendResult
from chalicelib.notifications.service.tokens import AccessToken, Fresh, SharedToken

_LOG: Final = logging.getLogger("onetrip.notifications")
_NO_CONSENT: Final = 43101
_UNKNOWN_PERSON: Final = 40003
_OUR_FAULT: Final = (40037, 41030, 45168, 47003)
_TOKEN_OVER: Final = (40001, 40014, 42001)
_BUSY: Final = (-1, 43108, 45009)
_LANGS: Final = {"zh-CN": "zh_CN", "en": "en_US"}


class Wechat:
    """Asks WeChat to show messages."""

    platform = "wechat"

    def __init__(self, host: str, app_id: str, secret: str, seconds: float = 4) -> None:
        """`seconds` is how long WeChat may take for each answer."""
        self._host = host
        self._app_id = app_id
        self._secret = secret
        self._seconds = seconds
        self._token = SharedToken(self.platform, self._fetch)

    def send(self, message: Message, now: datetime) -> SendResult:
        """Ask once, with a new token once more; raises ChannelUnavailable."""
        token = self._token.get(now)
        errcode = self._ask(message, token)
        if errcode in _TOKEN_OVER:
            errcode = self._ask(message, self._token.get(now, after=token.serial))
        if errcode == 0:
            return SendResult.TAKEN
        if errcode == _NO_CONSENT:
            return SendResult.NO_CONSENT
        if errcode in (_UNKNOWN_PERSON, *_OUR_FAULT):
            level = logging.WARNING if errcode == _UNKNOWN_PERSON else logging.ERROR
            self._tell(level, errcode, message.template_id)
            return SendResult.REFUSED
        known = errcode in (*_BUSY, *_TOKEN_OVER)
        self._tell(logging.WARNING if known else logging.ERROR, errcode, message.template_id)
        raise ChannelUnavailable(retry_after=5)

    def _ask(self, message: Message, token: AccessToken) -> int:
        body = {
            "touser": message.to,
            "template_id": message.template_id,
            "page": message.page,
            "data": {name: {"value": value} for name, value in message.values.items()},
            "miniprogram_state": "formal",
            "lang": _LANGS[message.lang],
        }
        url = f"{self._host}/cgi-bin/message/subscribe/send"
        answer = self._post(url, {"access_token": token.text}, body)
        errcode = answer.get("errcode")
        if not isinstance(errcode, int):
            raise ChannelUnavailable(retry_after=5)
        return errcode

    def _fetch(self, refused: bool) -> Fresh:
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": refused,
        }
        answer = self._post(f"{self._host}/cgi-bin/stable_token", {}, body)
        text, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(text, str) or not text or not isinstance(seconds, int) or seconds <= 0:
            errcode = answer.get("errcode")
            level = logging.WARNING if errcode in _BUSY else logging.ERROR
            self._tell(level, errcode if isinstance(errcode, int) else None, None)
            raise ChannelUnavailable(retry_after=5)
        return Fresh(text, timedelta(seconds=seconds))

    def _post(
        self, url: str, fields: Mapping[str, str], body: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        try:
            return http_client.json_object(http_client.post_json(url, fields, body, self._seconds))
        except http_client.RequestError as error:
            _LOG.warning("channel_unanswered", extra={"provider": self.platform})
            raise ChannelUnavailable(retry_after=5) from error

    def _tell(self, level: int, errcode: int | None, template_id: str | None) -> None:
        facts = {"provider": self.platform, "vendor_code": errcode, "template": template_id}
        _LOG.log(level, "message_refused", extra=facts)
