"""WeChat's log-in: `sns/jscode2session` as the mini-program server API describes it.

`POST codes` mints a code: `{"openid"?, "outcome"?}`, where the outcome is what will be answered.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal

_CODE_LIVES: Final = timedelta(minutes=5)
_ERRORS: Final = {
    "busy": (-1, "system error"),
    "rate_limited": (45011, "api minute-quota reach limit, please retry next minute"),
    "high_risk": (40226, "code blocked"),
}
OUTCOMES: Final = ("ok", "slow", "garbage", "http_500", *_ERRORS)


@dataclass(slots=True)
class _Code:
    openid: str
    outcome: str
    made_at: datetime
    used: bool = False


class WechatStandIn:
    """Gives out codes and exchanges each once, within five minutes."""

    name = "wechat"

    def __init__(
        self, app_id: str, secret: str, now: Callable[[], datetime], slow_seconds: float = 10
    ) -> None:
        """`slow_seconds` is how long the outcome `slow` takes."""
        self._app_id = app_id
        self._secret = secret
        self._now = now
        self._slow_seconds = slow_seconds
        self._codes: dict[str, _Code] = {}
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Answer:
        """Answer as WeChat does; a page for a person."""
        if (asked.method, asked.path) == ("GET", "sns/jscode2session"):
            return self._exchange(asked)
        if (asked.method, asked.path) == ("POST", "codes"):
            return self._mint(asked.body)
        if (asked.method, asked.path) == ("GET", ""):
            return _page()
        return refusal(404, "ask GET sns/jscode2session or POST codes")

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


def _error(errcode: int, errmsg: str) -> Answer:
    return json_answer(200, {"errcode": errcode, "errmsg": errmsg}, "text/plain")


def _page() -> Answer:
    script = """<script>async function mint(){const r=await fetch('/stand-ins/wechat/codes',
{method:'POST'});document.querySelector('output').textContent=(await r.json()).code}</script>"""
    button = '<button onclick="mint()">取一个登录 code / Get a log-in code</button>'
    return page("微信登录 WeChat log-in", f"{button}<p><output></output></p>{script}")
