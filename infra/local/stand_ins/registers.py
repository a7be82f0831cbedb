"""The registers of other offices: they answer by a rule of the number, and know some businesses.

`PUT {register_id}` says how a register is (see `MODES`), `PUT business/{credit_code}` puts an
organisation and who represents it into the business register, `GET` shows what was asked, by whom
and why. The rule stands in `chalicelib/registers/providers/embedded.py`; who was put there as a
representative runs that business.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Final, cast

from chalicelib.core.clock import office_time
from chalicelib.core.http_signatures import is_signed
from chalicelib.core.id_documents import Document, DocumentType
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.registers.domain import Answer as RegisterAnswer
from chalicelib.registers.providers.embedded import answer as by_rule
from infra.local.stand_ins.base import Answer, Asked, Cut, json_answer, page, refusal

MODES: Final = ("normal", "slow", "down", "contradicts", "unknown")
BUSINESS: Final = "business"
REGISTERS: Final = (
    "births", BUSINESS, "drivers", "households", "housing", "marriages", "property",
    "social-insurance",
)  # fmt: skip
_SHOWN: Final = 100
_CODE_LENGTH: Final = 18
# What is shown of a question; never of whom it was.
_BUSINESS_ASKED: Final = ("credit_code", "asked_by", "purpose")
_ASKED: Final = ("claim", "fields", "service_id", "asked_by", "purpose")


@dataclass(frozen=True, slots=True)
class Keys:
    """What both sides know: for questions to the business register, and for look-ups."""

    business: str
    lookups: str


class RegistersStandIn:
    """Checks our signature, says who represents an organisation by law, and answers look-ups."""

    name = "registers"

    def __init__(
        self,
        url: str,
        keys: Keys,
        now: Callable[[], datetime],
        file: Path,
        slow_seconds: float = 10,
    ) -> None:
        """`url` is where the registers stand, `file` where they keep all that was put there."""
        self._url = url
        self._keys = {"ask": keys.business.encode(), "lookups": keys.lookups.encode()}
        self._now = now
        self._file = file
        self._slow_seconds = slow_seconds
        kept = json.loads(file.read_text()) if file.exists() else {}
        self._known: dict[str, Any] = kept
        self._modes = dict.fromkeys(REGISTERS, "normal")
        self._asked: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Answer:
        """Answer what was asked of a register, change what it knows, or show the page."""
        register_id, _, rest = asked.path.partition("/")
        if (asked.method, asked.path) == ("GET", ""):
            return self._page() if asked.wants_page else json_answer(200, self._shown())
        if register_id not in REGISTERS:
            return refusal(404, f"the registers are {', '.join(REGISTERS)}")
        is_business = register_id == BUSINESS
        if asked.method == "POST" and (rest == "lookups" or (is_business and rest == "ask")):
            return self._ask(register_id, rest, asked)
        if asked.method == "PUT" and (is_business or not rest):
            given = _object(asked.body)
            return self._put(rest.upper(), given) if rest else self._set_mode(register_id, given)
        return refusal(404, "ask GET /stand-ins/registers, or PUT a mode or an organisation")

    def _set_mode(self, register_id: str, given: dict[str, Any]) -> Answer:
        if given.get("mode") not in MODES:
            return refusal(400, f"mode is one of {', '.join(MODES)}")
        self._modes[register_id] = given["mode"]
        return json_answer(200, {"register_id": register_id, "mode": given["mode"]})

    def _put(self, code: str, given: dict[str, Any]) -> Answer:
        person = given.get("representative")
        whole = isinstance(person, dict) and person.get("name") and person.get("id_number")
        if len(code) != _CODE_LENGTH or not given.get("name") or not whole:
            return refusal(400, "give name and representative: {name, id_number}")
        self._known[code] = {"name": given["name"], "representative": person}
        self._file.write_text(json.dumps(self._known, ensure_ascii=False))
        return json_answer(200, {"credit_code": code, **self._known[code]})

    def _ask(self, register_id: str, what: str, asked: Asked) -> Answer:
        mode, url = self._modes[register_id], f"{self._url}/{register_id}/{what}"
        if mode == "slow":
            time.sleep(self._slow_seconds)
        if mode == "down":
            raise Cut
        key = self._keys[what]
        if not is_signed("POST", url, asked.body, asked.headers, key, self._now()):
            return json_answer(401, {})
        given = _object(asked.body)
        said = self._represents(mode, given) if what == "ask" else self._looked_up(mode, given)
        names = _BUSINESS_ASKED if what == "ask" else _ASKED
        noted = {name: given.get(name) for name in names}
        at = self._now().isoformat(timespec="seconds")
        outcome = said["outcome"]
        self._asked.append({"register_id": register_id, "at": at, **noted, "outcome": outcome})
        return json_answer(200, {"request_id": given.get("request_id"), **said})

    def _represents(self, mode: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Say whether somebody is the legal representative of a credit code."""
        known = self._known.get(given.get("credit_code", ""))
        if mode == "unknown" or known is None:
            return {"outcome": "not_found", "name": None}
        is_right = _is_same(given.get("representative") or {}, known["representative"])
        outcome = "confirmed" if is_right and mode != "contradicts" else "denied"
        return {"outcome": outcome, "name": known["name"]}

    def _looked_up(self, mode: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Say whether a claim about a person is so, with the values that were asked for."""
        if mode not in {"normal", "slow"}:
            return {"outcome": "not_found" if mode == "unknown" else "denied"}
        person, fields = given.get("person") or {}, tuple(given.get("fields") or ())
        kind = cast("DocumentType", person.get("document_type"))
        document = Document(kind, str(person.get("id_number", "")))
        claimed = IdentityClaim(str(person.get("name", "")), document)
        today = office_time(self._now()).date()
        said = by_rule(str(given.get("claim")), fields, claimed, today)
        if given.get("claim") == "runs_business":
            said = self._business_of(person, fields) or said
        return {"outcome": said.outcome, "fields": dict(said.fields)}

    def _business_of(
        self, person: Mapping[str, Any], fields: tuple[str, ...]
    ) -> RegisterAnswer | None:
        own = (
            {"credit_code": code, "trade_name": one["name"]}
            for code, one in self._known.items()
            if _is_same(person, one["representative"])
        )
        known = next(own, None)
        if known is None:
            return None
        return RegisterAnswer("confirmed", {n: known[n] for n in fields if n in known})

    def _shown(self) -> dict[str, Any]:
        registers = [{"register_id": one, "mode": mode} for one, mode in self._modes.items()]
        return {"registers": registers, "asked": self._asked[-_SHOWN:]}

    def _page(self) -> Answer:
        rows = "".join(
            f"<li>{escape(json.dumps(one, ensure_ascii=False))}</li>"
            for one in reversed(self._asked[-_SHOWN:])
        )
        known = "".join(
            f"<li><code>{escape(code)}</code> {escape(one['name'])}："
            f"{escape(one['representative']['name'])}</li>"
            for code, one in self._known.items()
        )
        content = "".join(map(self._buttons, REGISTERS))
        content += f"{_FORM}<ul>{known}</ul><h2>查询记录</h2><ol>{rows}</ol>"
        return page("其他部门的登记 Registers", content)

    def _buttons(self, register_id: str) -> str:
        buttons = " ".join(
            f"<button onclick=\"put('{register_id}',{{mode:'{mode}'}})\" "
            f'aria-pressed="{str(mode == self._modes[register_id]).lower()}">{mode}</button>'
            for mode in MODES
        )
        return f"<h2>{register_id}</h2><p>{buttons}</p>"


_FORM: Final = """<h2>business</h2><form onsubmit="event.preventDefault();
put('business/'+this.code.value,{name:this.company.value,representative:{name:this.person.value,
id_number:this.number.value}})">
<p><label>统一社会信用代码 <input name="code" required></label></p><p><label>名称
<input name="company" required></label></p><p><label>法定代表人 <input name="person" required>
</label></p><p><label>证件号码 <input name="number" required></label></p>
<button>登记</button></form>
<script>async function put(at,body){await fetch('/stand-ins/registers/'+at,{method:'PUT',
body:JSON.stringify(body)});location.reload()}</script>"""


def _is_same(person: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    pair = (_name(person.get("name")), str(person.get("id_number", "")).upper())
    return pair == (_name(there["name"]), str(there["id_number"]).upper())


def _name(given: Any) -> str:
    return "".join(str(given or "").split()).casefold()


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}
