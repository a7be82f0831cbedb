"""Alibaba Cloud SMS as its documentation describes it, which trusts no signature but a right one.

`PUT mode` `{"mode"}` says how it is: see `texts`.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from infra.local.stand_ins.base import Answer, Asked, Cut, json_answer, refusal
from infra.local.stand_ins.messages import MessageBook
from infra.local.stand_ins.texts import REFUSALS, SentTexts, Text, object_of

_CODES: Final = dict(
    zip(
        REFUSALS,
        (
            "isv.MOBILE_NUMBER_ILLEGAL",
            "isv.BUSINESS_LIMIT_CONTROL",
            "isv.AMOUNT_NOT_ENOUGH",
            "isv.SMS_TEMPLATE_ILLEGAL",
        ),
        strict=True,
    )
)
_AUTHORIZATION: Final = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})"
)
_SIGNED: Final = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version"}
_CHINA: Final = ZoneInfo("Asia/Shanghai")
_LONGEST: Final = 35
_CLOCKS: Final = timedelta(minutes=15)


class AlibabaSmsStandIn:
    """Takes texts and tells what became of each."""

    name = "alibaba_sms"

    def __init__(  # noqa: PLR0913 - a service has these facts.
        self,
        key: tuple[str, str],
        sign_name: str,
        now: Callable[[], datetime],
        real_time: Callable[[], datetime],
        book: MessageBook,
        slow_seconds: float = 6,
    ) -> None:
        """`key` is the AccessKey's id and secret; signatures are as old as `real_time` says."""
        self._key_id, self._key_secret = key
        self._sign_name = sign_name
        self._real_time = real_time
        self._slow_seconds = slow_seconds
        self._nonces: set[str] = set()
        self.texts = SentTexts("sms", now, book)

    def answer(self, asked: Asked) -> Answer:
        """Answer as the service does."""
        if (asked.method, asked.path) == ("PUT", "mode"):
            return self.texts.set_mode(asked)
        if asked.method != "POST" or asked.path:
            return refusal(404, "POST sends and asks, PUT mode says how it is")
        if self.texts.mode == "down":
            return json_answer(500, {"Code": "ServiceUnavailable"})
        known = {"SendSms": self._send, "QuerySendDetails": self._details}
        action = known.get(asked.headers.get("x-acs-action", ""))
        wrong = self._wrong_signature(asked) if action else "InvalidAction.NotFound"
        if wrong or not action:
            return json_answer(400, {"Code": wrong, "Message": wrong, "RequestId": "0"})
        return action(asked)

    def _send(self, asked: Asked) -> Answer:
        query, mode = asked.query, self.texts.mode
        if mode in _CODES:
            return _said(_CODES[mode])
        if query.get("SignName") != self._sign_name:
            return _said("isv.SMS_SIGNATURE_ILLEGAL")
        if not re.fullmatch(r"1[3-9][0-9]{9}", query.get("PhoneNumbers", "")):
            return _said("isv.MOBILE_NUMBER_ILLEGAL")
        values = object_of(query.get("TemplateParam", "").encode())
        if not values or not all(
            isinstance(v, str) and 0 < len(v) <= _LONGEST for v in values.values()
        ):
            return _said("isv.PARAM_LENGTH_LIMIT")
        template = query.get("TemplateCode", "")
        text = self.texts.take(query["PhoneNumbers"], query.get("OutId", ""), template, values)
        if mode == "slow":
            time.sleep(self._slow_seconds)
        if mode == "cut":
            raise Cut
        if mode == "garbage":
            return Answer(200, b"<html>busy</html>", "text/html")
        return _said("OK", BizId=text.number)

    def _details(self, asked: Asked) -> Answer:
        query = asked.query
        found = [
            _detail(text)
            for text in self.texts.taken
            if text.to == query.get("PhoneNumber")
            and f"{text.at.astimezone(_CHINA):%Y%m%d}" == query.get("SendDate")
            and query.get("BizId", text.number) == text.number
        ]
        size = int(query.get("PageSize", "10"))
        shown = {"SmsSendDetailDTO": found[::-1][:size]}
        return _said("OK", TotalCount=len(found), SmsSendDetailDTOs=shown)

    def _wrong_signature(self, asked: Asked) -> str | None:
        headers = asked.headers
        given = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if given is None:
            return "MissingSignature"
        key_id, names, signature = given.groups()
        if key_id != self._key_id:
            return "InvalidAccessKeyId.NotFound"
        listed, nonce = names.split(";"), headers.get("x-acs-signature-nonce", "")
        if not set(listed) >= _SIGNED or nonce in self._nonces:
            return "SignatureNonceUsed" if nonce in self._nonces else "IncompleteSignature"
        signed_at = datetime.strptime(
            headers.get("x-acs-date", "1970-01-01T00:00:00Z"), "%Y-%m-%dT%H:%M:%S%z"
        )
        if abs(self._real_time() - signed_at) > _CLOCKS:
            return "InvalidTimeStamp.Expired"
        self._nonces.add(nonce)
        body_hash = hashlib.sha256(asked.body).hexdigest()
        pairs = sorted(asked.query.items())
        canonical = "POST\n/\n"
        canonical += "&".join(f"{quote(n, safe='~')}={quote(v, safe='~')}" for n, v in pairs)
        canonical += "\n" + "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in listed)
        canonical += f"\n{names}\n{body_hash}"
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        right = hmac.new(self._key_secret.encode(), text.encode(), "sha256").hexdigest()
        return None if hmac.compare_digest(right, signature) else "SignatureDoesNotMatch"


def _said(code: str, **more: object) -> Answer:
    return json_answer(200, {"Code": code, "Message": code, "RequestId": "0", **more})


def _detail(text: Text) -> dict[str, object]:
    failed = {"not_arrived": "MOBILE_NOT_ON_SERVICE", "dead": "INVALID_NUMBER"}.get(text.mode)
    pending = text.mode == "silent"
    at = f"{text.at.astimezone(_CHINA):%Y-%m-%d %H:%M:%S}"
    return {
        "OutId": text.reference,
        "PhoneNum": text.to,
        "SendDate": at,
        "ReceiveDate": "" if pending else at,
        "SendStatus": 1 if pending else 2 if failed else 3,
        "ErrCode": "" if pending else failed or "DELIVERED",
    }
