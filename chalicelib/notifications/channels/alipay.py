"""Alipay template messages: `alipay.open.app.mini.templatemessage.send`.

| code | sub_code | means | we do |
|---|---|---|---|
| 10000 | | taken | the consent is used |
| 40004 | with TEMPLATE, KEYWORD, PARAM | our template or a value is wrong | refused, and an alarm |
| 40004 | any other | not to this person, or no consent left | no consents are left |
| 20000, 40004 | isp.*, aop.*, SYSTEM_ERROR | their trouble | try again later |
| any other | | our app id, key or settings are wrong | try again later, and an alarm |

People of old apps have a `user_id` of 16 digits, those of new ones an `open_id`. An alarm is a line
of the log at ERROR.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Final

from chalicelib.core import http_client
from chalicelib.core.alipay_client import AlipayClient
from chalicelib.notifications.channels.base import ChannelUnavailable
from chalicelib.notifications.domain import Message, SendResult

_LOG: Final = logging.getLogger("onetrip.notifications")
_METHOD: Final = "alipay.open.app.mini.templatemessage.send"
_TAKEN: Final = "10000"
_BUSINESS: Final = "40004"
_OUR_FAULT: Final = re.compile("TEMPLATE|KEYWORD|PARAM")
_THEIRS: Final = re.compile(r"isp\.|aop\.|.*SYSTEM_ERROR")
_USER_ID: Final = re.compile("2088[0-9]{12}")


class Alipay:
    """Asks Alipay to show messages."""

    platform = "alipay"

    def __init__(self, client: AlipayClient, seconds: float = 4) -> None:
        """`seconds` is how long Alipay may take."""
        self._client = client
        self._seconds = seconds

    def send(self, message: Message, now: datetime) -> SendResult:  # noqa: ARG002 - see below.
        """Ask once; raises ChannelUnavailable."""
        to = "to_user_id" if _USER_ID.fullmatch(message.to) else "to_open_id"
        content = {
            to: message.to,
            "user_template_id": message.template_id,
            "page": message.page,
            "data": json.dumps(
                {name: {"value": value} for name, value in message.values.items()},
                ensure_ascii=False,
            ),
        }
        fields = {"biz_content": json.dumps(content, ensure_ascii=False)}
        try:
            # Alipay compares this time with its own clock, not with the product's.
            node = self._client.call(_METHOD, fields, datetime.now(UTC), self._seconds)
        except http_client.RequestError as error:
            _LOG.warning("channel_unanswered", extra={"provider": self.platform})
            raise ChannelUnavailable(retry_after=5) from error
        return self._read(str(node.get("code")), str(node.get("sub_code", "")), message)

    def _read(self, code: str, sub_code: str, message: Message) -> SendResult:
        if code == _TAKEN:
            return SendResult.TAKEN
        facts = {
            "provider": self.platform,
            "vendor_code": sub_code[:64],
            "template": message.template_id,
        }
        theirs = bool(_THEIRS.match(sub_code)) or code == "20000"
        if code == _BUSINESS and not theirs:
            if not _OUR_FAULT.search(sub_code):
                return SendResult.NO_CONSENT
            _LOG.error("message_refused", extra=facts)
            return SendResult.REFUSED
        _LOG.log(logging.WARNING if theirs else logging.ERROR, "message_refused", extra=facts)
        raise ChannelUnavailable(retry_after=5)
