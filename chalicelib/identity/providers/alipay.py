"""Log-in by Alipay: `alipay.system.oauth.token`.

| sub_code | means | we answer |
|---|---|---|
| isv.code-invalid, isv.code-is-used | invalid, used or old | invalid_login_code |
| isp.*, aop.* | their trouble | provider_unavailable |
| any other | our app id, key or settings are wrong | provider_unavailable, and an alarm |

New apps get `open_id` where old ones get `user_id`. Alipay's own tokens are dropped here. An alarm
is a line of the log at ERROR.
"""

import logging
from datetime import UTC, datetime
from typing import Final

from chalicelib.core import http_client
from chalicelib.core.alipay_client import AlipayClient
from chalicelib.identity.domain import InvalidLoginCode, ProviderUnavailable
from chalicelib.identity.providers.base import PlatformAccount

_LOG: Final = logging.getLogger("onetrip.identity")
_METHOD: Final = "alipay.system.oauth.token"
_REFUSED: Final = ("isv.code-invalid", "isv.code-is-used")
_THEIRS: Final = ("isp.", "aop.")


class Alipay:
    """Asks Alipay whose code it is."""

    platform = "alipay"
    single_use = True

    def __init__(self, client: AlipayClient, seconds: float = 4) -> None:
        """`seconds` is how long Alipay may take."""
        self._client = client
        self._seconds = seconds

    def exchange(self, code: str) -> PlatformAccount:
        """Return the account; raises InvalidLoginCode or ProviderUnavailable."""
        fields = {"grant_type": "authorization_code", "code": code}
        try:
            # Alipay compares this time with its own clock, not with the product's.
            node = self._client.call(_METHOD, fields, datetime.now(UTC), self._seconds)
        except http_client.RequestError as error:
            _LOG.warning("login_provider_unanswered", extra={"provider": self.platform})
            raise ProviderUnavailable(retry_after=5) from error
        subject, sub_code = node.get("user_id") or node.get("open_id"), node.get("sub_code")
        if sub_code is None and isinstance(subject, str) and subject:
            return PlatformAccount(self.platform, subject)
        if sub_code in _REFUSED:
            raise InvalidLoginCode
        level = logging.WARNING if str(sub_code).startswith(_THEIRS) else logging.ERROR
        facts = {"vendor_code": sub_code if isinstance(sub_code, str) else None}
        _LOG.log(level, "login_refused", extra={"provider": self.platform, **facts})
        raise ProviderUnavailable(retry_after=5)
