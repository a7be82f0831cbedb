"""WeChat's log-in and subscribe messages, as the mini-program server API describes them.

`POST codes` mints a code: `{"openid"?, "outcome"?}`, where the outcome is what will be answered.
`POST realname/codes` `{"openid", "name"?, "id_number"?}` mints a code by which a user agrees that
WeChat tells whether a name and a number are theirs.
`POST soter/sign` `{"openid", "challenge", "device"?}` gives what a phone signs by finger or face.
`PUT messages/mode` `{"mode"}` says what messages meet: see `MODES`; `token_over` ends the access
token once and goes on as normal.
"""

import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal
from infra.local.stand_ins.identity import IdentityMode
from infra.local.stand_ins.messages import MessageBook
from infra.local.stand_ins.real_names import RealNames, real_name_of
from infra.local.stand_ins.soter import Phones

_CODE_LIVES: Final = timedelta(minutes=5)
_ERRORS: Final = {
    "busy": (-1, "system error"),
    "rate_limited": (45011, "api minute-quota reach limit, please retry next minute"),
    "high_risk": (40226, "code blocked"),
}
OUTCOMES: Final = ("ok", "slow", "garbage", "http_500", *_ERRORS)
MODES: Final = ("normal", "no_consent", "busy", "slow", "http_500", "token_over")
_TOKEN_SECONDS: Final = 7200
_FITS: Final = {
    "thing": r"[^\n\r]{1,20}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
    "time": r"(\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}",
    "date": r"\d{4}年\d{1,2}月\d{1,2}日( \d{1,2}:\d{2})?",
    "character_string": r"[\x20-\x7e]{1,32}",
    "number": r"(?=.{1,32}$)\d+(\.\d+)?",
    "name": r"[\u4e00-\u9fff]{1,10}|[A-Za-z .]{1,20}",
    "const": r".{1,20}",
    "amount": r"[¥￥$€£¤]\d{1,10}(\.\d{1,2})?元?",
    "letter": r"[A-Za-z]{1,32}",
    "phone_number": r"[0-9+() -]{1,17}",
    "car_number": r"[\u4e00-\u9fff]?[A-Z0-9-]{1,7}[\u4e00-\u9fff]?",
}


@dataclass(slots=True)
class _Code:
    openid: str
    outcome: str
    made_at: datetime
    used: bool = False


class WechatStandIn:
    """Gives out codes and exchanges each once, within five minutes."""

    name = "wechat"

    def __init__(  # noqa: PLR0913 - a platform has these facts.
        self,
        app_id: str,
        secret: str,
        now: Callable[[], datetime],
        slow_seconds: float = 10,
        book: MessageBook | None = None,
        mode: IdentityMode | None = None,
    ) -> None:
        """`slow_seconds` is how long the outcome `slow` takes; `book` keeps the messages.

        `mode` says how its real-name results are.
        """
        self._real_names = RealNames(mode or IdentityMode())
        self._book = book or MessageBook()
        self._phones = Phones()
        self._mode = "normal"
        self._token = ""
        self._token_until = now()
        self._app_id = app_id
        self._secret = secret
        self._now = now
        self._slow_seconds = slow_seconds
        self._codes: dict[str, _Code] = {}
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Answer:
        """Answer as WeChat does; a page for a person."""
        known: dict[tuple[str, str], Callable[[], Answer]] = {
            ("GET", "sns/jscode2session"): lambda: self._exchange(asked),
            ("POST", "codes"): lambda: self._mint(asked.body),
            ("POST", "cgi-bin/stable_token"): lambda: self._stable_token(asked.body),
            ("POST", "cgi-bin/message/subscribe/send"): lambda: self._send(asked),
            ("PUT", "messages/mode"): lambda: self._set_mode(asked.body),
            ("POST", "realname/codes"): lambda: self._agree(asked.body),
            ("POST", "intp/realname/checkrealnameinfo"): lambda: self._check_real_name(asked),
            ("POST", "soter/sign"): lambda: json_answer(
                200, self._phones.sign(_object(asked.body))
            ),
            ("POST", "cgi-bin/soter/verify_signature"): lambda: self._verify(asked),
            ("GET", ""): _page,
        }
        found = known.get((asked.method, asked.path))
        return found() if found else refusal(404, f"ask one of {', '.join(p for _, p in known)}")

    def _mint(self, body: bytes) -> Answer:
        try:
            given = json.loads(body or b"{}")
        except ValueError:
            given = None
        outcome = given.get("outcome", "ok") if isinstance(given, dict) else None
        if outcome not in OUTCOMES:
            return refusal(400, f"outcome is one of {', '.join(OUTCOMES)}")
        code = secrets.token_urlsafe(24)
        openid = str(given.get("openid") or f"o{secrets.token_urlsafe(20)}")
        with self._lock:
            self._codes[code] = _Code(openid, outcome, self._now())
        return json_answer(200, {"code": code})

    def _agree(self, body: bytes) -> Answer:
        given = _object(body)
        user = real_name_of(str(given.get("openid", "")), given)
        return json_answer(200, {"code": self._real_names.mint(user)})

    def _check_real_name(self, asked: Asked) -> Answer:
        with self._lock:
            if not self._token or asked.query.get("access_token") != self._token:
                return _error(40001, "invalid credential, access_token is invalid or not latest")
        return json_answer(200, self._real_names.wechat(_object(asked.body)))

    def _verify(self, asked: Asked) -> Answer:
        given = _object(asked.body)
        if self._mode in ("busy", "http_500"):
            return _error(*_ERRORS["busy"]) if self._mode == "busy" else Answer(500, b"", "")
        with self._lock:
            if not self._token or asked.query.get("access_token") != self._token:
                return _error(40001, "invalid credential, access_token is invalid or not latest")
        if not given.get("openid"):
            return _error(40003, "invalid openid")
        is_ok = self._phones.is_signed(given)
        return json_answer(200, {"errcode": 0, "errmsg": "ok", "is_ok": is_ok})

    def _exchange(self, asked: Asked) -> Answer:
        query = asked.query
        if query.get("appid") != self._app_id:
            return _error(40013, "invalid appid")
        if query.get("secret") != self._secret:
            return _error(40125, "invalid appsecret")
        with self._lock:
            code = self._codes.get(query.get("js_code", ""))
            if code is None or self._now() > code.made_at + _CODE_LIVES:
                return _error(40029, "invalid code")
            if code.used:
                return _error(40163, "code been used")
            code.used = code.outcome != "busy"
        return self._played(code)

    def _played(self, code: _Code) -> Answer:
        if code.outcome == "slow":
            time.sleep(self._slow_seconds)
        if code.outcome == "garbage":
            return Answer(200, b"<html>busy</html>", "text/html")
        if code.outcome == "http_500":
            return Answer(500, b"", "text/plain")
        if code.outcome in _ERRORS:
            return _error(*_ERRORS[code.outcome])
        session = {"openid": code.openid, "session_key": secrets.token_urlsafe(18)}
        return json_answer(200, session, "text/plain")

    def _set_mode(self, body: bytes) -> Answer:
        mode = _object(body).get("mode")
        if mode not in MODES:
            return refusal(400, f"mode is one of {', '.join(MODES)}")
        with self._lock:
            if mode == "token_over":
                self._token_until = self._now()
            self._mode = "normal" if mode == "token_over" else mode
        return json_answer(200, {"mode": self._mode})

    def _stable_token(self, body: bytes) -> Answer:
        given = _object(body)
        if given.get("appid") != self._app_id:
            return _error(40013, "invalid appid")
        if given.get("secret") != self._secret:
            return _error(40125, "invalid appsecret")
        with self._lock:
            now = self._now()
            if given.get("force_refresh") or self._token_until <= now or not self._token:
                self._token = secrets.token_urlsafe(64)
                self._token_until = now + timedelta(seconds=_TOKEN_SECONDS)
            left = int((self._token_until - now).total_seconds())
            return json_answer(200, {"access_token": self._token, "expires_in": left})

    def _send(self, asked: Asked) -> Answer:
        if self._mode == "slow":
            time.sleep(self._slow_seconds)
        if self._mode == "http_500":
            return Answer(500, b"", "text/plain")
        if self._mode == "busy":
            return _error(*_ERRORS["busy"])
        with self._lock:
            if not self._token or asked.query.get("access_token") != self._token:
                return _error(40001, "invalid credential, access_token is invalid or not latest")
            if self._token_until <= self._now():
                return _error(42001, "access_token expired")
        return self._show(_object(asked.body))

    def _show(self, given: dict[str, Any]) -> Answer:
        to, template, data = given.get("touser"), given.get("template_id"), given.get("data")
        if not isinstance(to, str) or not to:
            return _error(40003, "invalid openid")
        if not isinstance(template, str) or not template:
            return _error(40037, "invalid template_id")
        if self._mode == "no_consent":
            return _error(43101, "user refuse to accept the msg")
        if not isinstance(data, dict) or not data:
            return _error(47003, "argument invalid! data is empty")
        values = {name: _value(given) for name, given in data.items()}
        for name, value in values.items():
            if not re.fullmatch(_FITS.get(name.rstrip("0123456789"), "(?!)"), value):
                return _error(47003, f"argument invalid! data.{name}.value invalid")
        self._book.add(self.name, to, template, values, self._now())
        return _error(0, "ok")


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _value(given: object) -> str:
    value = given.get("value") if isinstance(given, dict) else None
    return value if isinstance(value, str) else ""


def _error(errcode: int, errmsg: str) -> Answer:
    return json_answer(200, {"errcode": errcode, "errmsg": errmsg}, "text/plain")


def _page() -> Answer:
    script = """<script>async function mint(){const r=await fetch('/stand-ins/wechat/codes',
{method:'POST'});document.querySelector('output').textContent=(await r.json()).code}</script>"""
    button = '<button onclick="mint()">取一个登录 code / Get a log-in code</button>'
    return page("微信登录 WeChat log-in", f"{button}<p><output></output></p>{script}")
