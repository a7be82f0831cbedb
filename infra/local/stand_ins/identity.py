"""The identity authority: confirms every pair that is asked under our signature, unless told else.

`PUT` `{"mode"}` says how it is, and how WeChat's and Alipay's own real-name results are: see
`MODES`; `wrong` answers what cannot be believed.
"""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from chalicelib.core.http_signatures import is_signed
from infra.local.stand_ins.base import Answer, Asked, Cut, json_answer, page, refusal

MODES: Final = ("normal", "slow", "down", "wrong", "limited", "denies")
_SCRIPT: Final = """<script>async function mode(m){await fetch('/stand-ins/identity',{method:'PUT',
body:JSON.stringify({mode:m})});location.reload()}</script>"""
_TITLES: Final = {
    "normal": "正常 normal",
    "slow": "很慢 slow",
    "down": "断开 down",
    "wrong": "答非所问 wrong",
    "limited": "限流 limited",
    "denies": "全部否认 denies",
}


class IdentityMode:
    """How the authorities are."""

    def __init__(self, slow_seconds: float = 10) -> None:
        """`slow_seconds` is how long `slow` takes."""
        self.name = "normal"
        self._slow_seconds = slow_seconds

    def play(self) -> None:
        """Take the time, or cut the connection, as the mode says."""
        if self.name == "slow":
            time.sleep(self._slow_seconds)
        if self.name == "down":
            raise Cut


class IdentityStandIn:
    """Checks our signature and says whether name and number belong together."""

    name = "identity"

    def __init__(self, url: str, key: str, now: Callable[[], datetime], mode: IdentityMode) -> None:
        """`url` is where it is asked, `key` what both sides know."""
        self._url = url
        self._key = key.encode()
        self._now = now
        self._mode = mode

    def answer(self, asked: Asked) -> Answer:
        """Confirm, set the mode, or show the page."""
        if (asked.method, asked.path) == ("POST", "confirm"):
            return self._confirm(asked)
        if (asked.method, asked.path) == ("PUT", ""):
            return self._set_mode(_object(asked.body))
        if (asked.method, asked.path) == ("GET", ""):
            return self._page() if asked.wants_page else json_answer(200, {"mode": self._mode.name})
        return refusal(404, "ask GET or PUT /stand-ins/identity")

    def _set_mode(self, given: dict[str, Any]) -> Answer:
        if given.get("mode") not in MODES:
            return refusal(400, f"mode is one of {', '.join(MODES)}")
        self._mode.name = given["mode"]
        return json_answer(200, {"mode": self._mode.name})

    def _confirm(self, asked: Asked) -> Answer:
        self._mode.play()
        if self._mode.name == "limited":
            return json_answer(429, {"data": {"result": "9"}})
        if not is_signed("POST", self._url, asked.body, asked.headers, self._key, self._now()):
            return json_answer(401, {"data": {"result": "0"}})
        given = _object(asked.body)
        known = given.get("data") if isinstance(given.get("data"), dict) else {}
        whole = isinstance(known, dict) and known.get("xm") and known.get("zjhm")
        result = "1" if whole and self._mode.name != "denies" else "2"
        request_id = "another" if self._mode.name == "wrong" else given.get("request_id")
        return json_answer(200, {"request_id": request_id, "data": {"result": result}})

    def _page(self) -> Answer:
        buttons = " ".join(
            f'<button onclick="mode(\'{one}\')" aria-pressed="{_yes(one == self._mode.name)}">'
            f"{_TITLES[one]}</button>"
            for one in MODES
        )
        return page("身份认证机构 Identity authority", f"<p>{buttons}</p>{_SCRIPT}")


def _yes(fact: bool) -> str:
    return "true" if fact else "false"


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}
