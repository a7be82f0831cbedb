"""A courier's desk: takes our messages, verified by the official package, and moves parcels.

`POST webhooks` is the endpoint of the courier `ems`. `POST {delivery_id}` reports a parcel's state,
signed; `PUT mode` makes the desk misbehave; `PUT secret` gives it a secret that staff rotated.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Final

from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.core.ids import derived_id, new_id
from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal

MODES: Final = ("normal", "slow", "down", "rejects", "twice")
_KEPT: Final = 1000
_SHOWN: Final = 50
_BUTTONS: Final = (
    ("accepted", "接单"),
    ("pickup_scheduled", "约定取件"),
    ("picked_up", "已取件"),
    ("in_transit", "运输中"),
    ("out_for_delivery", "派送中"),
    ("attempt_failed", "投递未成"),
    ("exception", "异常"),
    ("delivered", "已签收"),
    ("returned", "退回"),
    ("refused", "拒单"),
    ("lost", "遗失"),
)
_ENDED: Final = ("delivered", "returned", "refused", "lost", "cancelled")
_OPTIONAL: Final = ("note", "location", "proof_code", "tracking_number")


class CourierStandIn:
    """The desk; what it received and its mode outlive the run in a file."""

    name = "courier"

    def __init__(  # noqa: PLR0913 - a desk has these facts.
        self,
        courier_id: str,
        reports_to: str,
        secret: str,
        file: Path,
        now: Callable[[], datetime],
        slow_seconds: float = 5,
    ) -> None:
        """`reports_to` is where our API takes reports; `slow` answers after `slow_seconds`."""
        self._courier_id = courier_id
        self._reports_to = reports_to
        self._file = file
        self._now = now
        self._slow_seconds = slow_seconds
        self._lock = threading.Lock()
        kept = json.loads(file.read_text()) if file.exists() else {}
        self._mode: str = kept.get("mode", "normal")
        self._secrets: list[str] = kept.get("secrets", [secret])
        self._messages: list[dict[str, Any]] = kept.get("messages", [])
        self._states: dict[str, str] = kept.get("states", {})

    def answer(self, asked: Asked) -> Answer:
        """Take a message, show what came, move a parcel, or change the mode."""
        if asked.method == "GET" and asked.path in ("", "messages"):
            return self._shown(asked)
        if (asked.method, asked.path) == ("POST", "webhooks"):
            return self._take(asked)
        if (asked.method, asked.path) == ("PUT", "mode"):
            return self._set_mode(asked.body)
        if (asked.method, asked.path) == ("PUT", "secret"):
            return self._add_secret(asked.body)
        if asked.method == "POST" and asked.path.isalnum():
            return self._report(asked.path, asked.body)
        return refusal(404, "GET messages, PUT mode, PUT secret, POST {delivery_id}")

    def _shown(self, asked: Asked) -> Answer:
        if asked.path == "messages":
            return json_answer(200, {"items": list(reversed(self._messages))})
        told = {"courier_id": self._courier_id, "mode": self._mode, "jobs": self._jobs()}
        return self._page() if asked.wants_page else json_answer(200, told)

    def _take(self, asked: Asked) -> Answer:
        if self._mode == "down":
            return Answer(503, b"down", "text/plain")
        if self._mode == "slow":
            time.sleep(self._slow_seconds)
        verified = self._verified(asked.headers, asked.body)
        body = _object(asked.body)
        with self._lock:
            self._note(asked.headers.get("webhook-id", ""), body, verified=verified)
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
        delivery_id = data.get("delivery_id") if isinstance(data, dict) else None
        self._messages.append(
            {
                "message_id": message_id,
                "type": body.get("type"),
                "delivery_id": delivery_id,
                "sequence": body.get("sequence"),
                "verified": verified,
                "received_at": self._now().isoformat(timespec="seconds"),
                "times": 1,
                "body": body,
            }
        )
        del self._messages[:-_KEPT]
        if verified and body.get("type") == "delivery.cancelled":
            self._states[str(delivery_id)] = "cancelled"

    def _set_mode(self, body: bytes) -> Answer:
        mode = _object(body).get("mode")
        if mode not in MODES:
            return refusal(400, f"mode is one of {', '.join(MODES)}")
        with self._lock:
            self._mode = mode
            self._save()
        return json_answer(200, {"mode": mode})

    def _add_secret(self, body: bytes) -> Answer:
        secret = _object(body).get("secret")
        if not isinstance(secret, str) or not secret.startswith("whsec_"):
            return refusal(400, "give the secret that staff were told: whsec_…")
        with self._lock:
            self._secrets = [secret, *self._secrets[:1]]
            self._save()
        return json_answer(200, {"secrets": len(self._secrets)})

    def _report(self, delivery_id: str, body: bytes) -> Answer:
        given = _object(body)
        status = given.get("status")
        if not isinstance(status, str):
            return refusal(400, "give a status, as picked_up")
        now = self._now().astimezone(UTC).isoformat()
        data = {
            "delivery_id": delivery_id,
            "status": status,
            "occurred_at": given.get("occurred_at") or now,
            "tracking_number": f"EM{derived_id(delivery_id, length=9).upper()}CN",
            **{name: given[name] for name in _OPTIONAL if given.get(name)},
        }
        text = json.dumps({"type": "delivery.updated", "timestamp": now, "data": data})
        message_id = f"msg_{new_id()}"
        times = 2 if self._mode == "twice" else 1
        answers = [self._send(message_id, text) for _ in range(times)]
        code, answered = answers[0]
        if code < 300:  # noqa: PLR2004 - the end of success.
            with self._lock:
                self._states[delivery_id] = status
                self._save()
        return json_answer(code, {"status": status, "sent": times, "answer": answered})

    def _send(self, message_id: str, text: str) -> tuple[int, Any]:
        stamped = datetime.now(UTC)
        request = urllib.request.Request(
            self._reports_to,
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

    def _jobs(self) -> list[dict[str, Any]]:
        jobs: dict[str, dict[str, Any]] = {}
        for message in self._messages:
            if not message["verified"] or not message["delivery_id"]:
                continue
            job = jobs.setdefault(
                message["delivery_id"], {"delivery_id": message["delivery_id"], "address": None}
            )
            data = message["body"]["data"]
            job |= {name: data[name] for name in ("address", "direction") if name in data}
            job["status"] = self._states.get(message["delivery_id"], "requested")
        return list(reversed(jobs.values()))

    def _save(self) -> None:
        kept = {
            "mode": self._mode,
            "secrets": self._secrets,
            "messages": self._messages,
            "states": self._states,
        }
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(kept, ensure_ascii=False))
        fresh.replace(self._file)

    def _page(self) -> Answer:
        options = "".join(
            f"<option{' selected' if mode == self._mode else ''}>{mode}</option>" for mode in MODES
        )
        mode = f"""<p><label>状态 mode <select onchange="send('PUT','mode',{{mode:this.value}})">
{options}</select></label></p>"""
        jobs = "".join(_job(job) for job in self._jobs()[:_SHOWN]) or "<p>还没有任务 No job yet</p>"
        rotated = """<p><label>新密钥 new secret <input id="secret" size="30"></label>
<button onclick="send('PUT','secret',{secret:document.getElementById('secret').value})">OK</button>
</p>"""
        return page("快递员的桌子 Courier's desk", f"{mode}{jobs}{rotated}{_SCRIPT}")


_SCRIPT: Final = """<p role="status"></p><script>
async function send(method, path, body) {
  const answer = await fetch('/stand-ins/courier/' + path, {method, body: JSON.stringify(body)});
  if (answer.ok) { location.reload(); return; }
  document.querySelector('[role=status]').textContent = await answer.text();
}
function move(id, status) {
  const proof = document.getElementById('proof-' + id);
  send('POST', id, {status, proof_code: proof ? proof.value : ''});
}
</script>"""


def _job(job: Mapping[str, Any]) -> str:
    delivery_id = escape(job["delivery_id"])
    address = job.get("address") or {}
    lines = " ".join(escape(str(value)) for value in address.values())
    buttons = "".join(
        f"""<button onclick="move('{delivery_id}','{status}')">{name}</button> """
        for status, name in _BUTTONS
    )
    proof = f"""<label>取件码 code <input id="proof-{delivery_id}" size="6"></label>"""
    acts = "" if job["status"] in _ENDED else f"<p>{proof}</p><p>{buttons}</p>"
    return f"""<section><h2><code>{delivery_id}</code></h2><p>{escape(str(job.get("direction")))}
· <strong>{escape(job["status"])}</strong> · {lines}</p>{acts}</section>"""


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
