"""The registers of other offices: the business register, which knows what was put into it.

`PUT business/{credit_code}` puts an organisation and who represents it there, `PUT {register_id}`
says how a register is (see `MODES`), `GET` shows what was asked, by whom and why.
"""

import json
import time
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Final

from chalicelib.core.http_signatures import is_signed
from infra.local.stand_ins.base import Answer, Asked, Cut, json_answer, page, refusal

MODES: Final = ("normal", "slow", "down", "contradicts", "unknown")
BUSINESS: Final = "business"
_SHOWN: Final = 100
_CODE_LENGTH: Final = 18


class RegistersStandIn:
    """Checks our signature and says who represents an organisation by law."""

    name = "registers"

    def __init__(
        self, url: str, key: str, now: Callable[[], datetime], file: Path, slow_seconds: float = 10
    ) -> None:
        """`url` is where it is asked, `key` what both sides know, `file` where it keeps all."""
        self._url = url
        self._key = key.encode()
        self._now = now
        self._file = file
        self._slow_seconds = slow_seconds
        kept = json.loads(file.read_text()) if file.exists() else {}
        self._known: dict[str, Any] = kept
        self._modes = {BUSINESS: "normal"}
        self._asked: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Answer:
        """Answer what was asked of the register, change what it knows, or show the page."""
        register_id, _, code = asked.path.partition("/")
        if (asked.method, asked.path) == ("GET", ""):
            return self._page() if asked.wants_page else json_answer(200, self._shown())
        if register_id != BUSINESS:
            return refusal(404, f"the one register is {BUSINESS}")
        if (asked.method, code) == ("POST", "ask"):
            return self._ask(asked)
        if asked.method == "PUT":
            given = _object(asked.body)
            return self._put(code.upper(), given) if code else self._set_mode(given)
        return refusal(404, "ask GET /stand-ins/registers, or PUT a mode or an organisation")

    def _set_mode(self, given: dict[str, Any]) -> Answer:
        if given.get("mode") not in MODES:
            return refusal(400, f"mode is one of {', '.join(MODES)}")
        self._modes[BUSINESS] = given["mode"]
        return json_answer(200, {"register_id": BUSINESS, "mode": given["mode"]})

    def _put(self, code: str, given: dict[str, Any]) -> Answer:
        person = given.get("representative")
        whole = isinstance(person, dict) and person.get("name") and person.get("id_number")
        if len(code) != _CODE_LENGTH or not given.get("name") or not whole:
            return refusal(400, "give name and representative: {name, id_number}")
        self._known[code] = {"name": given["name"], "representative": person}
        self._file.write_text(json.dumps(self._known, ensure_ascii=False))
        return json_answer(200, {"credit_code": code, **self._known[code]})

    def _ask(self, asked: Asked) -> Answer:
        mode = self._modes[BUSINESS]
        if mode == "slow":
            time.sleep(self._slow_seconds)
        if mode == "down":
            raise Cut
        if not is_signed("POST", self._url, asked.body, asked.headers, self._key, self._now()):
            return json_answer(401, {})
        given = _object(asked.body)
        known = self._known.get(given.get("credit_code", ""))
        outcome = self._outcome(mode, known, given.get("representative") or {})
        noted = {name: given.get(name) for name in ("credit_code", "asked_by", "purpose")}
        at = self._now().isoformat(timespec="seconds")
        self._asked.append({"register_id": BUSINESS, "at": at, **noted, "outcome": outcome})
        name = known["name"] if known and outcome != "not_found" else None
        answer = {"request_id": given.get("request_id"), "outcome": outcome, "name": name}
        return json_answer(200, answer)

    def _outcome(self, mode: str, known: Any, person: dict[str, Any]) -> str:
        if mode == "unknown" or known is None:
            return "not_found"
        there = known["representative"]
        pair = (_name(person.get("name")), str(person.get("id_number", "")).upper())
        is_right = pair == (_name(there["name"]), str(there["id_number"]).upper())
        return "confirmed" if is_right and mode != "contradicts" else "denied"

    def _shown(self) -> dict[str, Any]:
        registers = [{"register_id": one, "mode": mode} for one, mode in self._modes.items()]
        return {"registers": registers, "asked": self._asked[-_SHOWN:]}

    def _page(self) -> Answer:
        buttons = " ".join(
            f"<button onclick=\"put('{BUSINESS}',{{mode:'{mode}'}})\" "
            f'aria-pressed="{str(mode == self._modes[BUSINESS]).lower()}">{mode}</button>'
            for mode in MODES
        )
        rows = "".join(
            f"<li>{escape(json.dumps(one, ensure_ascii=False))}</li>"
            for one in reversed(self._asked[-_SHOWN:])
        )
        known = "".join(
            f"<li><code>{escape(code)}</code> {escape(one['name'])}："
            f"{escape(one['representative']['name'])}</li>"
            for code, one in self._known.items()
        )
        form = """<form onsubmit="event.preventDefault();put('business/'+this.code.value,{name:
this.company.value,representative:{name:this.person.value,id_number:this.number.value}})">
<p><label>统一社会信用代码 <input name="code" required></label></p><p><label>名称
<input name="company" required></label></p><p><label>法定代表人 <input name="person" required>
</label></p><p><label>证件号码 <input name="number" required></label></p>
<button>登记</button></form>
<script>async function put(at,body){await fetch('/stand-ins/registers/'+at,{method:'PUT',
body:JSON.stringify(body)});location.reload()}</script>"""
        content = f"<p>{buttons}</p>{form}<ul>{known}</ul><h2>查询记录</h2><ol>{rows}</ol>"
        return page("市场主体登记 Business register", content)


def _name(given: Any) -> str:
    return "".join(str(given or "").split()).casefold()


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}
