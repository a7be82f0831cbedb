"""Tencent Cloud SMS as its documentation describes it, which trusts no signature but a right one.

`PUT mode` `{"mode"}` says how it is: see `texts`.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from infra.local.stand_ins.base import Answer, Asked, Cut, json_answer, refusal
from infra.local.stand_ins.messages import MessageBook
from infra.local.stand_ins.texts import REFUSALS, SentTexts, Text, object_of

_CODES: Final = dict(
    zip(
        REFUSALS,
        (
            "InvalidParameterValue.IncorrectPhoneNumber",
            "LimitExceeded.PhoneNumberDailyLimit",
            "FailedOperation.InsufficientBalanceInSmsPackage",
            "FailedOperation.TemplateUnapprovedOrNotExist",
        ),
        strict=True,
    )
)
_AUTHORIZATION: Final = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, "
    r"SignedHeaders=([a-z;-]+), Signature=([0-9a-f]{64})"
)
_LONGEST: Final = 12
_CLOCKS: Final = timedelta(minutes=5)


class TencentSmsStandIn:
    """Takes texts and tells what became of each."""

    name = "tencent_sms"

    def __init__(  # noqa: PLR0913 - a service has these facts.
        self,
        key: tuple[str, str],
        app_id: str,
        sign_name: str,
        now: Callable[[], datetime],
        real_time: Callable[[], datetime],
        book: MessageBook,
        slow_seconds: float = 6,
    ) -> None:
        """`key` is the id and the secret; signatures are as old as `real_time` says."""
        self._key_id, self._key_secret = key
        self._app_id = app_id
        self._sign_name = sign_name
        self._real_time = real_time
        self._slow_seconds = slow_seconds
        self.texts = SentTexts("sms", now, book)

    def answer(self, asked: Asked) -> Answer:
        """Answer as the service does."""
        if (asked.method, asked.path) == ("PUT", "mode"):
            return self.texts.set_mode(asked)
        if asked.method != "POST" or asked.path:
            return refusal(404, "POST sends and asks, PUT mode says how it is")
        if self.texts.mode == "down":
            return json_answer(500, {})
        known = {"SendSms": self._send, "PullSmsSendStatusByPhoneNumber": self._statuses}
        action, given = known.get(asked.headers.get("x-tc-action", "")), object_of(asked.body)
        wrong = self._wrong_signature(asked) if action else "InvalidAction"
        if not wrong and given.get("SmsSdkAppId") != self._app_id:
            wrong = "UnauthorizedOperation.SmsSdkAppIdVerifyFail"
        if wrong or not action:
            return _error(str(wrong))
        return action(given)

    def _send(self, given: dict[str, Any]) -> Answer:
        mode, [to] = self.texts.mode, given["PhoneNumberSet"]
        values = given.get("TemplateParamSet", [])
        refused = _CODES.get(mode)
        if given.get("SignName") != self._sign_name:
            refused = "FailedOperation.SignatureIncorrectOrUnapproved"
        if not re.fullmatch(r"\+861[3-9][0-9]{9}", to):
            refused = "InvalidParameterValue.IncorrectPhoneNumber"
        if not all(isinstance(value, str) and 0 < len(value) <= _LONGEST for value in values):
            refused = "InvalidParameterValue.TemplateParameterLengthLimit"
        context = str(given.get("SessionContext", ""))
        if refused:
            return _response(SendStatusSet=[_status(to, "", context, refused)])
        data = {str(place): value for place, value in enumerate(values, 1)}
        phone = to.removeprefix("+86")
        text = self.texts.take(phone, context, str(given.get("TemplateId")), data)
        if mode == "slow":
            time.sleep(self._slow_seconds)
        if mode == "cut":
            raise Cut
        if mode == "garbage":
            return Answer(200, b"[]", "application/json")
        return _response(SendStatusSet=[_status(to, text.number, context, "Ok")])

    def _statuses(self, given: dict[str, Any]) -> Answer:
        phone = str(given.get("PhoneNumber", "")).removeprefix("+86")
        since = datetime.fromtimestamp(given["BeginTime"], UTC)
        found = [
            _report(text)
            for text in self.texts.taken
            if text.to == phone and text.at >= since and text.mode != "silent"
        ]
        return _response(PullSmsSendStatusSet=found[: given["Limit"]])

    def _wrong_signature(self, asked: Asked) -> str | None:
        headers = asked.headers
        given = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if given is None:
            return "AuthFailure.InvalidAuthorization"
        key_id, day, names, signature = given.groups()
        if key_id != self._key_id:
            return "AuthFailure.SecretIdNotFound"
        at = datetime.fromtimestamp(int(headers.get("x-tc-timestamp", "0")), UTC)
        if abs(self._real_time() - at) > _CLOCKS or f"{at:%Y-%m-%d}" != day:
            return "AuthFailure.SignatureExpire"
        lines = "".join(f"{name}:{headers.get(name, '').lower()}\n" for name in names.split(";"))
        request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(asked.body).hexdigest()}"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = f"TC3-HMAC-SHA256\n{int(at.timestamp())}\n{day}/sms/tc3_request\n{hashed}"
        key = b"TC3" + self._key_secret.encode()
        for part in (day, "sms", "tc3_request", text):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return None if hmac.compare_digest(key.hex(), signature) else "AuthFailure.SignatureFailure"


def _response(**members: object) -> Answer:
    return json_answer(200, {"Response": {**members, "RequestId": "0"}})


def _error(code: str) -> Answer:
    return _response(Error={"Code": code, "Message": code})


def _status(to: str, number: str, context: str, code: str) -> dict[str, object]:
    return {
        "SerialNo": number,
        "PhoneNumber": to,
        "Fee": 1 if code == "Ok" else 0,
        "SessionContext": context,
        "Code": code,
        "Message": "send success" if code == "Ok" else code,
        "IsoCode": "CN",
    }


def _report(text: Text) -> dict[str, object]:
    failed = {"not_arrived": "UNDELIV", "dead": "UNKNOWN_SUBSCRIBER"}.get(text.mode)
    return {
        "UserReceiveTime": int(text.at.timestamp()),
        "CountryCode": "86",
        "SubscriberNumber": text.to,
        "PhoneNumber": f"+86{text.to}",
        "SerialNo": text.number,
        "ReportStatus": "FAIL" if failed else "SUCCESS",
        "Description": failed or "DELIVRD",
        "SessionContext": text.reference,
    }
