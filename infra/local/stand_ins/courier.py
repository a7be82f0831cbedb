"""A courier's desk: takes our messages, verified by the official package, and moves parcels.

`POST webhooks` is the endpoint of the courier `ems`. `POST {delivery_id}` reports a parcel's state,
signed; `PUT mode` makes the desk misbehave; `PUT secret` gives it a secret that staff rotated.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Final

from chalicelib.core.ids import derived_id
from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal
from infra.local.stand_ins.signed_desk import SignedDesk, fact_of, object_of

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


class CourierStandIn(SignedDesk):
    """The desk of a courier; `reports_to` is where our API takes its reports."""

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
        """As `SignedDesk`, for one courier's account."""
        super().__init__(reports_to, secret, file, now, slow_seconds)
        self._courier_id = courier_id
        self._states: dict[str, str] = self._kept.get("states", {})

    def answer(self, asked: Asked) -> Answer:
        """Take a message, show what came, move a parcel, or change the mode."""
        if asked.method == "GET" and asked.path in ("", "messages"):
            return self._shown(asked)
        if (asked.method, asked.path) == ("POST", "webhooks"):
            return self._take(asked.headers, asked.body)
        if (asked.method, asked.path) == ("PUT", "mode"):
            return self._set_mode(object_of(asked.body).get("mode"))
        if (asked.method, asked.path) == ("PUT", "secret"):
            return self._add_secret(object_of(asked.body).get("secret"))
        if asked.method == "POST" and asked.path.isalnum():
            return self._report(asked.path, object_of(asked.body))
        return refusal(404, "GET messages, PUT mode, PUT secret, POST {delivery_id}")

    def _facts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"delivery_id": fact_of(body, "delivery_id"), "sequence": body.get("sequence")}

    def _state(self) -> dict[str, Any]:
        return {"states": self._states}

    def _heard(self, message: Mapping[str, Any]) -> None:
        if message["verified"] and message["type"] == "delivery.cancelled":
            self._states[str(message["delivery_id"])] = "cancelled"

    def _shown(self, asked: Asked) -> Answer:
        if asked.path == "messages":
            return json_answer(200, {"items": list(reversed(self._messages))})
        told = {"courier_id": self._courier_id, "mode": self._mode, "jobs": self._jobs()}
        return self._page() if asked.wants_page else json_answer(200, told)

    def _report(self, delivery_id: str, given: Mapping[str, Any]) -> Answer:
        status = given.get("status")
        if not isinstance(status, str):
            return refusal(400, "give a status, as picked_up")
        data = {
            "delivery_id": delivery_id,
            "status": status,
            "occurred_at": given.get("occurred_at") or self._now().astimezone(UTC).isoformat(),
            "tracking_number": f"EM{derived_id(delivery_id, length=9).upper()}CN",
            **{name: given[name] for name in _OPTIONAL if given.get(name)},
        }
        answers = self._say("delivery.updated", data)
        code, answered = answers[0]
        if code < 300:  # noqa: PLR2004 - the end of success.
            with self._lock:
                self._states[delivery_id] = status
                self._save()
        return json_answer(code, {"status": status, "sent": len(answers), "answer": answered})

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

    def _page(self) -> Answer:
        mode = self._mode_choice("mode")
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
