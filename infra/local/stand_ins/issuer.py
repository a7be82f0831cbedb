"""An issuer of bills: it makes, changes and cancels them, signed, and shows what it is told.

`POST` with `{"action", "bill"}` says something of a bill; what a bill does not say is filled in.
`POST webhooks` is the endpoint of the issuer; `PUT mode` makes it misbehave; `PUT secret` gives it
a secret that staff rotated. Written with the official package of Standard Webhooks alone.
"""

import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from pathlib import Path
from typing import Any, Final

from standardwebhooks import Webhook, WebhookVerificationError
from stdnum import luhn

from chalicelib.core.ids import new_id
from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal

MODES: Final = ("normal", "slow", "down", "rejects", "twice")
_TYPES: Final = {"create": "bill.created", "change": "bill.changed", "cancel": "bill.cancelled"}
_SHANGHAI: Final = timezone(timedelta(hours=8))
_KEPT: Final = 1000
_SHOWN: Final = 30
# Beginning of the numbers that it gives: the city's division code.
_DIVISION: Final = "330200"


class IssuerStandIn:
    """The issuer's desk; its bills, what it was told and its mode outlive the run in a file."""

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
        """`says_to` is where our API takes messages; `slow` answers after `slow_seconds`."""
        self._issuer_id, self._says_to = issuer_id, says_to
        self._file, self._now, self._slow_seconds = file, now, slow_seconds
        self._lock = threading.Lock()
        kept = json.loads(file.read_text()) if file.exists() else {}
        self._mode: str = kept.get("mode", "normal")
        self._secrets: list[str] = kept.get("secrets", [secret])
        self._messages: list[dict[str, Any]] = kept.get("messages", [])
        self._bills: dict[str, dict[str, Any]] = kept.get("bills", {})

    def answer(self, asked: Asked) -> Answer:
        """Say something of a bill, take a message, show what came, or change the mode."""
        acts: dict[tuple[str, str], Callable[[], Answer]] = {
            ("GET", ""): lambda: self._shown(wants_page=asked.wants_page),
            ("GET", "messages"): lambda: json_answer(200, {"items": self._messages[::-1]}),
            ("POST", ""): lambda: self._say(_object(asked.body)),
            ("POST", "webhooks"): lambda: self._take(asked.headers, asked.body),
            ("PUT", "mode"): lambda: self._set_mode(_object(asked.body).get("mode")),
            ("PUT", "secret"): lambda: self._add_secret(_object(asked.body).get("secret")),
        }
        act = acts.get((asked.method, asked.path))
        known = "GET, POST, GET messages, PUT mode, PUT secret"
        return act() if act else refusal(404, known)

    def _say(self, given: Mapping[str, Any]) -> Answer:
        action, told = given.get("action"), given.get("bill")
        if action not in _TYPES or not isinstance(told, dict):
            return refusal(422, 'give {"action": "create"|"change"|"cancel", "bill": {…}}')
        with self._lock:
            bill = self._bill(action, told)
        if bill is None:
            return refusal(404, "this issuer has no bill of that number")
        stamp = self._now().astimezone(UTC).isoformat()
        text = json.dumps({"type": _TYPES[action], "timestamp": stamp, "data": bill})
        times, message_id = 2 if self._mode == "twice" else 1, f"msg_{new_id()}"
        answers = [self._send(message_id, text) for _ in range(times)]
        code, answered = answers[0]
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

    def _send(self, message_id: str, text: str) -> tuple[int, Any]:
        stamped = datetime.now(UTC)
        request = urllib.request.Request(
            self._says_to,
            text.encode(),
            {
                "Content-Type": "application/json",
                "webhook-id": message_id,
                "webhook-timestamp": str(int(stamped.timestamp())),
                "webhook-signature": Webhook(self._secrets[0]).sign(message_id, stamped, text),
            },
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def _take(self, headers: Mapping[str, str], body: bytes) -> Answer:
        if self._mode == "down":
            return Answer(503, b"down", "text/plain")
        if self._mode == "slow":
            time.sleep(self._slow_seconds)
        verified = self._verified(headers, body)
        with self._lock:
            self._note(headers.get("webhook-id", ""), _object(body), verified=verified)
            self._save()
        if self._mode == "rejects":
            return Answer(400, b"rejected", "text/plain")
        return Answer(200 if verified else 401, b"", "text/plain")

    def _verified(self, headers: Mapping[str, str], body: bytes) -> bool:
        for secret in self._secrets:
            try:
                Webhook(secret).verify(body, dict(headers))
            except (WebhookVerificationError, ValueError):
                continue
            return True
        return False

    def _note(self, message_id: str, body: Mapping[str, Any], *, verified: bool) -> None:
        known = next((m for m in self._messages if m["message_id"] == message_id), None)
        if known:
            # The same message again: a receiver counts it once.
            known |= {"times": known["times"] + 1, "verified": known["verified"] or verified}
            return
        data = body.get("data")
        number = data.get("bill_number") if isinstance(data, dict) else None
        self._messages.append(
            {
                "message_id": message_id,
                "type": body.get("type"),
                "bill_number": number,
                "verified": verified,
                "received_at": self._now().isoformat(timespec="seconds"),
                "times": 1,
                "body": body,
            }
        )
        del self._messages[:-_KEPT]

    def _set_mode(self, mode: object) -> Answer:
        if mode not in MODES:
            return refusal(400, f"mode is one of {', '.join(MODES)}")
        with self._lock:
            self._mode = str(mode)
            self._save()
        return json_answer(200, {"mode": mode})

    def _add_secret(self, secret: object) -> Answer:
        if not isinstance(secret, str) or not secret.startswith("whsec_"):
            return refusal(400, "give the secret that staff were told: whsec_…")
        with self._lock:
            self._secrets = [secret, *self._secrets[:1]]
            self._save()
        return json_answer(200, {"secrets": len(self._secrets)})

    def _save(self) -> None:
        kept = {
            "mode": self._mode,
            "secrets": self._secrets,
            "messages": self._messages,
            "bills": self._bills,
        }
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(kept, ensure_ascii=False))
        fresh.replace(self._file)

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
        options = "".join(
            f"<option{' selected' if mode == self._mode else ''}>{mode}</option>" for mode in MODES
        )
        mode = f"""<p><label>状态 mode <select onchange="send('PUT','/mode',{{mode:this.value}})">
{options}</select></label></p>"""
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


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
