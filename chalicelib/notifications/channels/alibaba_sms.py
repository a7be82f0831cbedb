"""Alibaba Cloud SMS: `SendSms` and `QuerySendDetails` of Dysmsapi 2017-05-25.

| Code | means | we do |
|---|---|---|
| OK | taken | ask later whether it arrived |
| isv.MOBILE_NUMBER_ILLEGAL, isv.DOMESTIC_NUMBER_NOT_SUPPORTED | no number for it | it is dead |
| isv.BUSINESS_LIMIT_CONTROL | too many to this number | another channel |
| isv.*TEMPLATE*, *SIGN*, *PARAM*, *CONTENT*, *BLACK_KEY* | our fault | another channel, an alarm |
| isp.SYSTEM_ERROR, Throttling* | their trouble | another channel, or try again later |
| isv.AMOUNT_NOT_ENOUGH, isv.OUT_OF_SERVICE, any other | the account | as before, and an alarm |

Requests are signed by ACS3-HMAC-SHA256 (signature version 3). `OutId` is our own id of a message:
the service does not refuse it a second time, but its list of a day's messages to a number has it,
so that what was sent without an answer is found there. `SendStatus` is 1 for no receipt yet, 2 for
not arrived, 3 for arrived. An alarm is a line of the log at ERROR; neither numbers nor answers are
logged.
"""

import hashlib
import hmac
import json
import logging
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from chalicelib.core import http_client
from chalicelib.core.clock import office_time
from chalicelib.notifications.channels.base import ChannelUnavailable, NothingSent
from chalicelib.notifications.domain import Arrival, Dispatch, Message, SendResult, Sent

HOST: Final = "https://dysmsapi.aliyuncs.com"
ALGORITHM: Final = "ACS3-HMAC-SHA256"
_VERSION: Final = "2017-05-25"
_LOG: Final = logging.getLogger("onetrip.notifications")
_NO_NUMBER: Final = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED"})
_LIMITED: Final = "isv.BUSINESS_LIMIT_CONTROL"
_OUR_FAULT: Final = re.compile(r"isv\..*(TEMPLATE|SIGN|PARAM|CONTENT|BLACK_KEY)")
_THEIRS: Final = re.compile(
    r"isp\.(SYSTEM_ERROR|GATEWAY_ERROR|UNKNOWN)|Throttling|ServiceUnavailable"
)
_ARRIVALS: Final = {1: Arrival.PENDING, 2: Arrival.FAILED, 3: Arrival.ARRIVED}
# What an operator's receipt says of a number that is nobody's.
_DEAD: Final = frozenset({"INVALID_NUMBER", "MOBILE_NUMBER_ILLEGAL"})
_PAGE: Final = 50


class AlibabaSms:
    """Asks Alibaba Cloud to send short texts."""

    name = "alibaba_sms"

    def __init__(self, host: str, key: tuple[str, str], sign_name: str, seconds: float = 4) -> None:
        """`key` is the AccessKey's id and secret; `seconds` is how long each answer may take."""
        self._host = host
        self._key_id, self._key_secret = key
        self._sign_name = sign_name
        self._seconds = seconds

    def send(self, message: Message, now: datetime) -> Dispatch:  # noqa: ARG002 - see `_ask`.
        """Ask once; raises NothingSent, or ChannelUnavailable where it may have been sent."""
        answer = self._ask(
            "SendSms",
            {
                "PhoneNumbers": message.to.removeprefix("+"),
                "SignName": self._sign_name,
                "TemplateCode": message.template_id,
                "TemplateParam": json.dumps(dict(message.values), ensure_ascii=False),
                "OutId": message.reference,
            },
        )
        code = str(answer.get("Code"))
        if code == "OK":
            return Dispatch(SendResult.TAKEN, str(answer.get("BizId", "")))
        return Dispatch(self._refusal(code, message.template_id))

    def arrival(self, sent: Sent, now: datetime) -> Arrival:  # noqa: ARG002 - the port's.
        """Look the message up among the day's to its number; raises ChannelUnavailable."""
        asked = {
            "PhoneNumber": sent.to.removeprefix("+"),
            "SendDate": f"{office_time(sent.at):%Y%m%d}",
            "PageSize": str(_PAGE),
            "CurrentPage": "1",
        }
        if sent.message_id:
            asked["BizId"] = sent.message_id
        answer = self._ask("QuerySendDetails", asked)
        if answer.get("Code") != "OK":
            raise ChannelUnavailable(retry_after=5)
        for detail in _details(answer):
            if detail.get("OutId") == sent.reference:
                return _arrival(detail)
        return Arrival.UNKNOWN

    def _refusal(self, code: str, template_id: str) -> SendResult:
        if code in _NO_NUMBER:
            return SendResult.UNREACHABLE
        facts = {"provider": self.name, "vendor_code": code[:64], "template": template_id}
        if code == _LIMITED:
            _LOG.warning("message_refused", extra=facts)
            return SendResult.LIMITED
        if _OUR_FAULT.match(code):
            _LOG.error("message_refused", extra=facts)
            return SendResult.REFUSED
        level = logging.WARNING if _THEIRS.match(code) else logging.ERROR
        _LOG.log(level, "message_refused", extra=facts)
        raise NothingSent(retry_after=5)

    def _ask(self, action: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
        # The service compares the time of a signature with its own clock, not with the product's.
        headers = signed(
            action, self._host, fields, (self._key_id, self._key_secret), datetime.now(UTC)
        )
        try:
            text = http_client.post(f"{self._host}/?{query_of(fields)}", "", headers, self._seconds)
            return http_client.json_object(text)
        except http_client.RequestError as error:
            # A refusal of the signature or the key, which is ours to mend, is an HTTP 4xx.
            refused = error.status is not None and 400 <= error.status < 500  # noqa: PLR2004
            level = logging.ERROR if refused else logging.WARNING
            facts = {"provider": self.name, "status": error.status}
            _LOG.log(level, "channel_unanswered", extra=facts)
            raise (NothingSent if refused else ChannelUnavailable)(retry_after=5) from error


def signed(
    action: str, host: str, fields: Mapping[str, str], key: tuple[str, str], at: datetime
) -> dict[str, str]:
    """Return the headers of a request by signature version 3; `key` is its id and secret."""
    key_id, key_secret = key
    headers = {
        "host": urlsplit(host).netloc,
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-version": _VERSION,
    }
    signature = signature_of("/", query_of(fields), headers, key_secret)
    names = ";".join(sorted(headers))
    value = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
    return {**headers, "Authorization": value}


def signature_of(path: str, query: str, headers: Mapping[str, str], key_secret: str) -> str:
    """Return the signature of a POST whose lower-case `headers` are all signed."""
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    canonical = "\n".join(
        ("POST", path, query, lines, ";".join(names), headers["x-acs-content-sha256"])
    )
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def query_of(fields: Mapping[str, str]) -> str:
    """Return fields sorted by name and encoded (RFC 3986), as they are signed and sent."""
    return "&".join(f"{_encoded(name)}={_encoded(fields[name])}" for name in sorted(fields))


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _details(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = answer.get("SmsSendDetailDTOs")
    details = listed.get("SmsSendDetailDTO") if isinstance(listed, dict) else None
    return [one for one in details if isinstance(one, dict)] if isinstance(details, list) else []


def _arrival(detail: Mapping[str, Any]) -> Arrival:
    if detail.get("SendStatus") == 2 and detail.get("ErrCode") in _DEAD:  # noqa: PLR2004
        return Arrival.UNREACHABLE
    return _ARRIVALS.get(detail.get("SendStatus", 1), Arrival.PENDING)
