"""Asking WeChat's server API as a mini-program: a token of its own for each question.

What passes by itself (busy, too often, a token that is over) is a warning and worth a retry in a
minute; any other refusal is unknown, or our settings are wrong, and raises an alarm.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.core import http_client
from chalicelib.identity.domain import ProviderUnavailable

_LOG: Final = logging.getLogger("onetrip.identity")
_PASSES: Final = (-1, 40001, 40014, 42001, 45009, 45011)


class WechatServer:
    """WeChat's server at `host`; what is logged of it is named by `subject`."""

    def __init__(self, subject: str, host: str, app_id: str, secret: str, seconds: float) -> None:
        """`seconds` is how long WeChat may take for each answer."""
        self._subject, self._host, self._seconds = subject, host, seconds
        self._client = {"grant_type": "client_credential", "appid": app_id, "secret": secret}

    def ask(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return WeChat's answer, whatever its `errcode`; raises ProviderUnavailable."""
        token = self._post("cgi-bin/stable_token", {}, self._client).get("access_token")
        if not isinstance(token, str) or not token:
            raise self.unavailable(None)
        return self._post(path, {"access_token": token}, body)

    def unavailable(self, errcode: object) -> ProviderUnavailable:
        """Log a refusal that says nothing of the person; return what the caller is told."""
        level = logging.WARNING if errcode in _PASSES else logging.ERROR
        facts = {"vendor_code": errcode if isinstance(errcode, int) else None}
        _LOG.log(level, f"{self._subject}_refused", extra={"provider": "wechat", **facts})
        return ProviderUnavailable(retry_after=60 if errcode in _PASSES else 5)

    def _post(
        self, path: str, query: Mapping[str, str], body: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        try:
            text = http_client.post_json(f"{self._host}/{path}", query, body, self._seconds)
            return http_client.json_object(text)
        except http_client.RequestError as error:
            _LOG.warning(f"{self._subject}_unanswered", extra={"provider": "wechat"})
            raise ProviderUnavailable(retry_after=5) from error
