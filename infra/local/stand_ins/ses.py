"""Amazon SES (API v2) for one account, which trusts no signature but a right one (SigV4).

`PUT mode` `{"mode"}` says how it is: see `texts`.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import quote

from infra.local.stand_ins.base import Answer, Asked, Cut, json_answer, refusal
from infra.local.stand_ins.messages import MessageBook
from infra.local.stand_ins.texts import REFUSALS, SentTexts, Text, object_of

_ERRORS: Final = dict(
    zip(
        REFUSALS,
        (
            (400, "MessageRejected"),
            (429, "TooManyRequestsException"),
            (400, "AccountSuspendedException"),
            (400, "BadRequestException"),
        ),
        strict=True,
    )
)
_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8}/[a-z0-9-]+/ses/aws4_request), "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)
_INSIGHTS: Final = "v2/email/insights/"


class SesStandIn:
    """Takes mail and tells what became of it."""

    name = "ses"

    def __init__(  # noqa: PLR0913 - a service has these facts.
        self,
        url: str,
        key: tuple[str, str],
        sender: str,
        now: Callable[[], datetime],
        book: MessageBook,
        slow_seconds: float = 6,
    ) -> None:
        """`url` is its address, whose path is signed too; `key` is the id and the secret."""
        self._path = re.sub(r"^https?://[^/]+", "", url)
        self._key_id, self._key_secret = key
        self._sender = sender
        self._slow_seconds = slow_seconds
        self.texts = SentTexts("email", now, book)

    def answer(self, asked: Asked) -> Answer:
        """Answer as the service does."""
        if (asked.method, asked.path) == ("PUT", "mode"):
            return self.texts.set_mode(asked)
        if self.texts.mode == "down":
            return _error(500, "InternalFailure")
        if not self._is_signed(asked):
            return _error(403, "SignatureDoesNotMatch")
        if (asked.method, asked.path) == ("POST", "v2/email/outbound-emails"):
            return self._send(asked)
        if asked.method == "GET" and asked.path.startswith(_INSIGHTS):
            return self._insights(asked.path.removeprefix(_INSIGHTS).rstrip("/"))
        return refusal(404, "POST v2/email/outbound-emails sends, PUT mode says how it is")

    def _send(self, asked: Asked) -> Answer:
        given, mode = object_of(asked.body), self.texts.mode
        if mode in _ERRORS:
            return _error(*_ERRORS[mode])
        if given.get("FromEmailAddress") != self._sender:
            return _error(400, "MailFromDomainNotVerifiedException")
        [to], simple = given["Destination"]["ToAddresses"], given["Content"]["Simple"]
        words = {"title": simple["Subject"]["Data"], "body": simple["Body"]["Text"]["Data"]}
        [tag] = given["EmailTags"]
        text = self.texts.take(to, tag["Value"], "", words)
        if mode == "slow":
            time.sleep(self._slow_seconds)
        if mode == "cut":
            raise Cut
        if mode == "garbage":
            return Answer(200, b"<html>", "application/json")
        return json_answer(200, {"MessageId": text.number.replace("^", "-")})

    def _insights(self, number: str) -> Answer:
        for text in self.texts.taken:
            if text.number.replace("^", "-") == number:
                shown = {"Destination": text.to, "Events": _events(text)}
                return json_answer(200, {"MessageId": number, "Insights": [shown]})
        return _error(404, "NotFoundException")

    def _is_signed(self, asked: Asked) -> bool:
        headers = asked.headers
        given = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if given is None or given[1] != self._key_id:
            return False
        _, scope, names, signature = given.groups()
        # The slash that ends this one path is signed as well.
        end = "/" if asked.path.startswith(_INSIGHTS) else ""
        path = quote(f"{self._path}/{asked.path}{end}", safe="/-_.~")
        lines = "".join(
            f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in names.split(";")
        )
        digest = hashlib.sha256(asked.body).hexdigest()
        request = f"{asked.method}\n{path}\n\n{lines}\n{names}\n{digest}"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{headers.get('x-amz-date', '')}\n{scope}\n{hashed}"
        key = b"AWS4" + self._key_secret.encode()
        for part in (*scope.split("/"), text):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.compare_digest(key.hex(), signature)


def _error(status: int, code: str) -> Answer:
    answer = json_answer(status, {"message": code})
    return Answer(answer.status, answer.body, answer.content_type, {"x-amzn-ErrorType": code})


def _events(text: Text) -> list[dict[str, object]]:
    sent: dict[str, object] = {"Timestamp": text.at.timestamp(), "Type": "SEND"}
    if text.mode == "silent":
        return [sent]
    kinds = {"not_arrived": "TRANSIENT", "dead": "PERMANENT"}
    if text.mode not in kinds:
        return [sent, {"Timestamp": text.at.timestamp(), "Type": "DELIVERY"}]
    bounce = {"BounceType": kinds[text.mode], "BounceSubType": "General"}
    return [
        sent,
        {"Timestamp": text.at.timestamp(), "Type": "BOUNCE", "Details": {"Bounce": bounce}},
    ]
