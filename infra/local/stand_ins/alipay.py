"""Alipay's gateway: log-in, trades and template messages, requests and answers signed with RSA2.

`POST codes` `{"real_name": {"name", "id_number", "cert_type"?}}` mints a code by which a user
agrees that Alipay tells who they are. `PUT messages/mode` `{"mode"}` says what messages meet: see
`MODES`.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from chalicelib.core.alipay_client import AlipayClient, signed_text
from infra.local.stand_ins.alipay_trades import AlipayTrades
from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal
from infra.local.stand_ins.identity import IdentityMode
from infra.local.stand_ins.messages import MessageBook
from infra.local.stand_ins.real_names import RealName, RealNames, real_name_of
from infra.local.stand_ins.trades import Trades

_CODE_LIVES: Final = timedelta(hours=24)
_METHOD: Final = "alipay.system.oauth.token"
_WHO: Final = "alipay.user.info.share"
_MESSAGE: Final = "alipay.open.app.mini.templatemessage.send"
MODES: Final = ("normal", "no_consent", "busy", "bad_template")
OUTCOMES: Final = ("ok", "busy", "slow", "garbage", "http_500", "forged")


@dataclass(slots=True)
class _Code:
    subject: str
    kind: str
    outcome: str
    made_at: datetime
    real_name: RealName | None = None
    used: bool = False


class AlipayStandIn:
    """Checks the app's signature and answers under the platform's."""

    name = "alipay"

    def __init__(  # noqa: PLR0913 - a platform has these facts.
        self,
        app_id: str,
        app_public_pem: str,
        platform_private_pem: str,
        now: Callable[[], datetime],
        slow_seconds: float = 10,
        trades: Trades | None = None,
        book: MessageBook | None = None,
        url: str = "",
        mode: IdentityMode | None = None,
    ) -> None:
        """Keep the app's public and the platform's private key, both in PEM.

        `book` keeps the messages; bills are to be had at `url`; `mode` says how its real-name
        results are.
        """
        self._real_names = RealNames(mode or IdentityMode())
        self._book = book or MessageBook()
        self._mode = "normal"
        self._app_id = app_id
        # The client signs with its private and verifies with the other side's public key.
        self._keys = AlipayClient("", app_id, platform_private_pem, app_public_pem)
        self._trades = AlipayTrades(trades, app_id, self._keys, url) if trades else None
        self._now = now
        self._slow_seconds = slow_seconds
        self._codes: dict[str, _Code] = {}
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Answer:
        """Answer as Alipay does; a page for a person."""
        if (asked.method, asked.path) == ("POST", "gateway.do"):
            return self._gateway(asked)
        if (asked.method, asked.path) == ("POST", "codes"):
            return self._mint(asked.body)
        if (asked.method, asked.path) == ("PUT", "messages/mode"):
            return self._set_mode(asked.body)
        if (asked.method, asked.path) == ("GET", ""):
            return _page()
        if (asked.method, asked.path) == ("GET", "bill"):
            return self._bill(asked.query.get("fileId", ""))
        return refusal(404, "ask POST gateway.do or POST codes")

    def _mint(self, body: bytes) -> Answer:
        try:
            given = json.loads(body or b"{}")
        except ValueError:
            given = None
        outcome = given.get("outcome", "ok") if isinstance(given, dict) else None
        if outcome not in OUTCOMES:
            return refusal(400, f"outcome is one of {', '.join(OUTCOMES)}")
        code = secrets.token_hex(16)
        kind = "user_id" if given.get("user_id") else "open_id"
        subject = str(given.get(kind) or secrets.token_urlsafe(20))
        with self._lock:
            user = real_name_of(subject, given["real_name"]) if "real_name" in given else None
            self._codes[code] = _Code(subject, kind, outcome, self._now(), user)
        return json_answer(200, {"auth_code": code, "code": code})

    def _bill(self, token: str) -> Answer:
        data = self._trades.bill(token) if self._trades else None
        if data is None:
            return refusal(404, "there is no such bill, or no longer")
        return Answer(200, data, "application/zip")

    def _gateway(self, asked: Asked) -> Answer:
        fields = dict(parse_qsl(asked.body.decode("utf-8", "replace"), keep_blank_values=True))
        unsigned = {name: value for name, value in fields.items() if name != "sign"}
        if fields.get("app_id") != self._app_id:
            return self._refused("isv.invalid-app-id")
        if not self._keys.verify(signed_text(unsigned), fields.get("sign", "")):
            return self._refused("isv.invalid-signature")
        return self._done(fields.get("method", ""), fields)

    def _done(self, method: str, fields: Mapping[str, str]) -> Answer:
        node = self._trades.node(method, fields) if self._trades else None
        if node:
            return self._signed(f"{method.replace('.', '_')}_response", node)
        if method == _MESSAGE:
            return self._show(_object(fields.get("biz_content", "")))
        if method == _WHO:
            return self._tell_who(fields.get("auth_token", ""))
        if method != _METHOD:
            return self._refused("isv.invalid-method")
        with self._lock:
            code = self._codes.get(fields.get("code", ""))
            if code is None or code.used or self._now() > code.made_at + _CODE_LIVES:
                return self._refused("isv.code-invalid")
            code.used = True
        return self._played(code)

    def _played(self, code: _Code) -> Answer:
        if code.outcome == "slow":
            time.sleep(self._slow_seconds)
        if code.outcome == "garbage":
            return Answer(200, b"<html>busy</html>", "text/html")
        if code.outcome == "http_500":
            return Answer(500, b"", "text/plain")
        if code.outcome == "busy":
            return self._refused("isp.unknow-error")
        token = secrets.token_hex(20)
        if code.real_name:
            self._real_names.remember(token, code.real_name)
        node = {code.kind: code.subject, "access_token": token}
        answer = self._signed("alipay_system_oauth_token_response", node)
        forged = answer.body.replace(code.subject.encode(), b"somebody else")
        return Answer(200, forged if code.outcome == "forged" else answer.body, answer.content_type)

    def _tell_who(self, token: str) -> Answer:
        if self._real_names.mode.name == "limited":
            return self._refused("isv.app-call-limited")
        node = self._real_names.alipay(token)
        if node is None:
            return self._refused("aop.invalid-auth-token")
        return self._signed("alipay_user_info_share_response", node)

    def _set_mode(self, body: bytes) -> Answer:
        mode = _object(body.decode("utf-8", "replace")).get("mode")
        if mode not in MODES:
            return refusal(400, f"mode is one of {', '.join(MODES)}")
        self._mode = mode
        return json_answer(200, {"mode": mode})

    def _show(self, given: dict[str, Any]) -> Answer:
        to = given.get("to_open_id") or given.get("to_user_id")
        template, data = given.get("user_template_id"), _object(str(given.get("data", "")))
        if self._mode == "busy":
            return self._refused_message("20000", "isp.unknow-error")
        if self._mode == "no_consent":
            return self._refused_message("40004", "USER_NOT_SUBSCRIBE")
        if self._mode == "bad_template" or not template or not data:
            return self._refused_message("40004", "USER_TEMPLATE_ILLEGAL")
        values = {name: str(value.get("value", "")) for name, value in data.items()}
        if not to or not all(values.values()):
            return self._refused_message("40004", "INVALID_PARAMETER")
        self._book.add(self.name, str(to), str(template), values, self._now())
        name = _MESSAGE.replace(".", "_") + "_response"
        return self._signed(name, {"code": "10000", "msg": "Success"})

    def _refused_message(self, code: str, sub_code: str) -> Answer:
        name = _MESSAGE.replace(".", "_") + "_response"
        node = {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": ""}
        return self._signed(name, node)

    def _refused(self, sub_code: str) -> Answer:
        node = {"code": "40002", "msg": "Invalid Arguments", "sub_code": sub_code, "sub_msg": ""}
        return self._signed("error_response", node)

    def _signed(self, name: str, node: Mapping[str, str]) -> Answer:
        text = json.dumps(node, ensure_ascii=False, separators=(",", ":"))
        sign = self._keys.sign_text(text)
        body = f'{{"{name}":{text},"sign":"{sign}"}}'
        return Answer(200, body.encode(), "text/html;charset=utf-8")


def _object(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _page() -> Answer:
    script = """<script>async function mint(){const r=await fetch('/stand-ins/alipay/codes',
{method:'POST'});document.querySelector('output').textContent=(await r.json()).code}</script>"""
    button = '<button onclick="mint()">取一个登录 code / Get a log-in code</button>'
    return page("支付宝登录 Alipay log-in", f"{button}<p><output></output></p>{script}")
