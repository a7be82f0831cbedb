"""Tencent Cloud SMS: `SendSms` and `PullSmsSendStatusByPhoneNumber` of sms 2021-01-11.

| Code | means | we do |
|---|---|---|
| Ok | taken | ask later whether it arrived |
| *.IncorrectPhoneNumber, UnsupportedOperation.*Region* | no number for it | it is dead |
| LimitExceeded.PhoneNumber*, *InBlacklist | too many, or unwanted | another channel |
| *Template*, *Signature*, *SensitiveWord, InvalidParameter* | our fault | the same, and an alarm |
| InternalError*, RequestLimitExceeded* | their trouble | another channel, or try again later |
| *.InsufficientBalance*, AuthFailure.*, any other | the account | the same, and an alarm |

Requests are signed by TC3-HMAC-SHA256 (signature method v3). It answers HTTP 200 either way; what
is wrong with the request as a whole stands in `Error`, what is wrong with a number in its own
`Code`. `SessionContext` is our own id of a message and comes back with the report, which there is
only once the operator has given one: no report says nothing. An alarm is a line of the log at
ERROR; neither numbers nor answers are logged.
"""

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from chalicelib.core import http_client
from chalicelib.notifications.channels.base import ChannelUnavailable, NothingSent
from chalicelib.notifications.domain import Arrival, Dispatch, Message, SendResult, Sent

HOST: Final = "https://sms.tencentcloudapi.com"
ALGORITHM: Final = "TC3-HMAC-SHA256"
_VERSION: Final = "2021-01-11"
_REGION: Final = "ap-guangzhou"
_CONTENT_TYPE: Final = "application/json; charset=utf-8"
_LOG: Final = logging.getLogger("onetrip.notifications")
_NO_NUMBER: Final = re.compile(
    r"InvalidParameterValue\.IncorrectPhoneNumber|UnsupportedOperation\..*Region"
)
_LIMITED: Final = re.compile(r"LimitExceeded\.PhoneNumber|FailedOperation\.PhoneNumberInBlacklist")
_OUR_FAULT: Final = re.compile(
    r"FailedOperation\..*(Template|Signature|SensitiveWord)|InvalidParameter|MissingParameter"
)
_THEIRS: Final = re.compile(
    r"InternalError|RequestLimitExceeded|FailedOperation\.FailResolvePacket"
)
_LONGEST_AGO: Final = timedelta(days=7)
# What an operator's report says of a number that is nobody's.
_DEAD: Final = frozenset({"MK:0001", "UNKNOWN_SUBSCRIBER"})


class TencentSms:
    """Asks Tencent Cloud to send short texts."""

    name = "tencent_sms"

    def __init__(
        self, host: str, key: tuple[str, str], app_id: str, sign_name: str, seconds: float = 4
    ) -> None:
        """`key` is the id and the secret; `seconds` is how long each answer may take."""
        self._host = host
        self._key = key
        self._app_id = app_id
        self._sign_name = sign_name
        self._seconds = seconds

    def send(self, message: Message, now: datetime) -> Dispatch:  # noqa: ARG002 - see `_ask`.
        """Ask once; raises NothingSent, or ChannelUnavailable where it may have been sent."""
        # Variables have places, not names: param1, param2, ….
        places = sorted(message.values, key=lambda name: int(name.removeprefix("param")))
        answer = self._ask(
            "SendSms",
            {
                "PhoneNumberSet": [_international(message.to)],
                "SmsSdkAppId": self._app_id,
                "SignName": self._sign_name,
                "TemplateId": message.template_id,
                "TemplateParamSet": [message.values[name] for name in places],
                "SessionContext": message.reference,
            },
        )
        status = _first(answer.get("SendStatusSet"))
        code = _error_of(answer) or str(status.get("Code"))
        if code == "Ok":
            return Dispatch(SendResult.TAKEN, str(status.get("SerialNo", "")))
        return Dispatch(self._refusal(code, message.template_id))

    def arrival(self, sent: Sent, now: datetime) -> Arrival:
        """Look for the message's report among those of its number; raises ChannelUnavailable."""
        since = max(sent.at - timedelta(minutes=5), now - _LONGEST_AGO)
        answer = self._ask(
            "PullSmsSendStatusByPhoneNumber",
            {
                "BeginTime": int(since.timestamp()),
                "Offset": 0,
                "Limit": 100,
                "PhoneNumber": _international(sent.to),
                "SmsSdkAppId": self._app_id,
            },
        )
        if _error_of(answer):
            raise ChannelUnavailable(retry_after=5)
        listed = answer.get("PullSmsSendStatusSet")
        for status in listed if isinstance(listed, list) else ():
            if isinstance(status, dict) and status.get("SessionContext") == sent.reference:
                return _arrival(status)
        return Arrival.PENDING if sent.message_id else Arrival.UNKNOWN

    def _refusal(self, code: str, template_id: str) -> SendResult:
        if _NO_NUMBER.match(code):
            return SendResult.UNREACHABLE
        facts = {"provider": self.name, "vendor_code": code[:64], "template": template_id}
        if _LIMITED.match(code):
            _LOG.warning("message_refused", extra=facts)
            return SendResult.LIMITED
        if _OUR_FAULT.match(code):
            _LOG.error("message_refused", extra=facts)
            return SendResult.REFUSED
        level = logging.WARNING if _THEIRS.match(code) else logging.ERROR
        _LOG.log(level, "message_refused", extra=facts)
        raise NothingSent(retry_after=5)

    def _ask(self, action: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        body = json.dumps(fields, ensure_ascii=False)
        # The service compares the time of a signature with its own clock, not with the product's.
        headers = signed(action, self._host, body, self._key, datetime.now(UTC))
        try:
            text = http_client.post(f"{self._host}/", body, headers, self._seconds)
            answer = http_client.json_object(text).get("Response")
        except http_client.RequestError as error:
            _LOG.warning("channel_unanswered", extra={"provider": self.name})
            raise ChannelUnavailable(retry_after=5) from error
        if not isinstance(answer, dict):
            _LOG.warning("channel_unanswered", extra={"provider": self.name})
            raise ChannelUnavailable(retry_after=5)
        return answer


def signed(action: str, host: str, body: str, key: tuple[str, str], at: datetime) -> dict[str, str]:
    """Return the headers of a request by signature method v3; `key` is its id and secret."""
    key_id, key_secret = key
    headers = {
        "content-type": _CONTENT_TYPE,
        "host": urlsplit(host).netloc,
        "x-tc-action": action,
    }
    scope = f"{at.astimezone(UTC):%Y-%m-%d}/sms/tc3_request"
    timestamp = str(int(at.timestamp()))
    signature = signature_of("/", headers, body, f"{timestamp}/{scope}", key_secret)
    signed_names = ";".join(sorted(headers))
    value = f"{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={signed_names}, Signature="
    return {
        **headers,
        "x-tc-action": action,
        "X-TC-Version": _VERSION,
        "X-TC-Region": _REGION,
        "X-TC-Timestamp": timestamp,
        "Authorization": value + signature,
    }


def signature_of(
    path: str, headers: Mapping[str, str], body: str, at_and_scope: str, key_secret: str
) -> str:
    """Return the signature of a POST whose lower-case `headers` are all signed.

    `at_and_scope` is `1700000000/2023-11-14/sms/tc3_request`.
    """
    timestamp, day, service, end = at_and_scope.split("/")
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in names)
    digest = hashlib.sha256(body.encode()).hexdigest()
    canonical = "\n".join(("POST", path, "", lines, ";".join(names), digest))
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, timestamp, f"{day}/{service}/{end}", hashed))
    key = f"TC3{key_secret}".encode()
    for part in (day, service, end):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _international(phone: str) -> str:
    return phone if phone.startswith("+") else f"+86{phone}"


def _error_of(answer: Mapping[str, Any]) -> str | None:
    error = answer.get("Error")
    return str(error.get("Code")) if isinstance(error, dict) else None


def _first(listed: object) -> Mapping[str, Any]:
    first = listed[0] if isinstance(listed, list) and listed else None
    return first if isinstance(first, dict) else {}


def _arrival(status: Mapping[str, Any]) -> Arrival:
    if status.get("ReportStatus") == "SUCCESS":
        return Arrival.ARRIVED
    if status.get("ReportStatus") != "FAIL":
        return Arrival.PENDING
    dead = status.get("Description") in _DEAD
    return Arrival.UNREACHABLE if dead else Arrival.FAILED
