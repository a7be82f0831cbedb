"""An issuer of bills: it makes, changes and cancels them, signed, and shows what it is told.

`POST` with `{"action", "bill"}` says something of a bill; what a bill does not say is filled in.
`POST webhooks` is the endpoint of the issuer; `PUT mode` makes it misbehave; `PUT secret` gives it
a secret that staff rotated.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from html import escape
from pathlib import Path
from typing import Any, Final

from stdnum import luhn

from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal
from infra.local.stand_ins.signed_desk import SignedDesk, fact_of, object_of

_TYPES: Final = {"create": "bill.created", "change": "bill.changed", "cancel": "bill.cancelled"}
_SHANGHAI: Final = timezone(timedelta(hours=8))
_SHOWN: Final = 30
# Beginning of the numbers that it gives: the city's division code.
_DIVISION: Final = "330200"


class IssuerStandIn(SignedDesk):
    """The desk of an issuer; `says_to` is where our API takes its messages."""

    name = "issuer"

    def __init__(  # noqa: PLR0913 - a desk has these facts.
        self,
        issuer_id: str,
        says_to: str,
        secret: str,
        file: Path,
        now: Callable[[], datetime],
        slow_seconds: float = 5,
    ) -> None:
        """As `SignedDesk`, for one issuer's account."""
        super().__init__(says_to, secret, file, now, slow_seconds)
        self._issuer_id = issuer_id
        self._bills: dict[str, dict[str, Any]] = self._kept.get("bills", {})

    def answer(self, asked: Asked) -> Answer:
        """Say something of a bill, take a message, show what came, or change the mode."""
        acts: dict[tuple[str, str], Callable[[], Answer]] = {
            ("GET", ""): lambda: self._shown(wants_page=asked.wants_page),
            ("GET", "messages"): lambda: json_answer(200, {"items": self._messages[::-1]}),
            ("POST", ""): lambda: self._act(object_of(asked.body)),
            ("POST", "webhooks"): lambda: self._take(asked.headers, asked.body),
            ("PUT", "mode"): lambda: self._set_mode(object_of(asked.body).get("mode")),
            ("PUT", "secret"): lambda: self._add_secret(object_of(asked.body).get("secret")),
        }
        act = acts.get((asked.method, asked.path))
        known = "GET, POST, GET messages, PUT mode, PUT secret"
        return act() if act else refusal(404, known)

    def _act(self, given: Mapping[str, Any]) -> Answer:
        action, told = given.get("action"), given.get("bill")
        if action not in _TYPES or not isinstance(told, dict):
            return refusal(422, 'give {"action": "create"|"change"|"cancel", "bill": {…}}')
        with self._lock:
            bill = self._bill(action, told)
        if bill is None:
            return refusal(404, "this issuer has no bill of that number")
        code, answered = self._say(_TYPES[action], bill)[0]
        if code >= 300:  # noqa: PLR2004 - the end of success.
            return json_answer(code, answered)
        with self._lock:
            self._bills[bill["bill_number"]] = {**bill, "cancelled": action == "cancel"}
            self._save()
        return json_answer(201, bill)

    def _bill(self, action: str, told: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a bill as it is said now, with what was not told filled in."""
        number = str(told.get("bill_number") or "")
        known = self._bills.get(number)
        if known is None and action != "create":
            return None
        old = known or self._fresh()
        bill = {name: value for name, value in old.items() if name != "cancelled"}
        return {**bill, "sequence": bill["sequence"] + 1, **told}

    def _fresh(self) -> dict[str, Any]:
        today = self._now().astimezone(_SHANGHAI)
        digits = f"{_DIVISION}{today:%y}{secrets.randbelow(10**11):011}"
        return {
            "bill_number": digits + luhn.calc_check_digit(digits),
            "code": f"{secrets.randbelow(10**6):06}",
            "kind": "fine",
            "title": "机动车违法停车",
            "items": [{"name": "罚款", "cents": 20000}],
            "due_on": f"{today + timedelta(days=15):%Y-%m-%d}",
            "sequence": 0,
        }

    def _facts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"bill_number": fact_of(body, "bill_number")}

    def _state(self) -> dict[str, Any]:
        return {"bills": self._bills}

    def _shown(self, *, wants_page: bool) -> Answer:
        bills = list(reversed(self._bills.values()))
        if not wants_page:
            return json_answer(
                200, {"issuer_id": self._issuer_id, "mode": self._mode, "bills": bills}
            )
        shown = "".join(map(_bill_section, bills[:_SHOWN])) or "<p>还没有账单 No bill yet</p>"
        heard = "".join(
            f"<li>{escape(str(one['type']))} <code>{escape(str(one['bill_number']))}</code></li>"
            for one in self._messages[: -_SHOWN - 1 : -1]
        )
        mode = self._mode_choice("/mode")
        told = f"<h2>收到的通知 What it was told</h2><ul>{heard}</ul>"
        return page("开单单位 Issuer of bills", f"{mode}{_FORM}{shown}{told}{_SCRIPT}")


_KINDS: Final = ("fine", "fee", "exam", "tuition", "insurance", "other")
_FORM: Final = f"""<form onsubmit="make(event)"><h2>开单 New bill</h2>
<p><label>种类 kind <select name="kind">
{"".join(f"<option>{kind}</option>" for kind in _KINDS)}</select></label></p>
<p><label>名目 title <input name="title" value="机动车违法停车" required></label></p>
<p><label>金额（元） yuan <input name="yuan" type="number" step="0.01" min="0" value="200" required>
</label></p>
<p><label>最迟缴款日 due on <input name="due" type="date"></label></p>
<p><label>姓名 name <input name="person"></label></p>
<p><label>证件号码 id number <input name="number" size="20"></label></p>
<p><button>开单 Make</button></p></form>"""
_SCRIPT: Final = """<p role="status"></p><script>
async function send(method, path, body) {
  const answer = await fetch('/stand-ins/issuer' + path, {method, body: JSON.stringify(body)});
  if (answer.ok) { location.reload(); return; }
  document.querySelector('[role=status]').textContent = await answer.text();
}
function lines(yuan) { return [{name: '应缴金额', cents: Math.round(yuan * 100)}]; }
function make(event) {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(event.target));
  const bill = {kind: given.kind, title: given.title, items: lines(given.yuan)};
  if (given.due) bill.due_on = given.due;
  if (given.number) bill.payer = {name: given.person, id_number: given.number};
  send('POST', '', {action: 'create', bill});
}
function change(number, yuan) {
  send('POST', '', {action: 'change', bill: {bill_number: number, items: lines(yuan)}});
}
function cancel(number) { send('POST', '', {action: 'cancel', bill: {bill_number: number}}); }
</script>"""


def _bill_section(bill: Mapping[str, Any]) -> str:
    number = escape(bill["bill_number"])
    yuan = sum(item["cents"] for item in bill["items"]) / 100
    acts = f"""<p><label>元 yuan <input id="yuan-{number}" size="8" value="{yuan:.2f}"></label>
<button onclick="change('{number}', document.getElementById('yuan-{number}').value)">改 Change
</button> <button onclick="cancel('{number}')">撤销 Cancel</button></p>"""
    ended = "<p>已撤销 Cancelled</p>"
    return f"""<section><h2>{escape(bill["title"])} · {yuan:.2f}</h2>
<p><code>{number}</code> · 校验码 code <code>{escape(bill["code"])}</code> ·
{escape(bill["due_on"])}</p>{ended if bill.get("cancelled") else acts}</section>"""
