"""A desk beyond the city's walls that takes our signed messages and sends its own.

What couriers and issuers of bills have in common, written with the official package of Standard
Webhooks alone: the same message counts once, staff may rotate the secret, and by a mode the desk is
slow, down, refuses, or says all twice.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.core.ids import new_id
from infra.local.stand_ins.base import Answer, json_answer, refusal

MODES: Final = ("normal", "slow", "down", "rejects", "twice")
_KEPT: Final = 1000


class SignedDesk:
    """What it received, its secrets and its mode outlive the run in a file."""

    def __init__(
        self,
        url: str,
        secret: str,
        file: Path,
        now: Callable[[], datetime],
        slow_seconds: float = 5,
    ) -> None:
        """`url` is where our API takes its messages; `slow` answers after `slow_seconds`."""
        self._url, self._file, self._now = url, file, now
        self._slow_seconds = slow_seconds
        self._lock = threading.Lock()
        self._kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        self._mode: str = self._kept.get("mode", "normal")
        self._secrets: list[str] = self._kept.get("secrets", [secret])
        self._messages: list[dict[str, Any]] = self._kept.get("messages", [])

    def _facts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the list of messages shows of one."""
        raise NotImplementedError

    def _state(self) -> dict[str, Any]:
        """Return what else outlives the run."""
        raise NotImplementedError

    def _heard(self, message: Mapping[str, Any]) -> None:
        """Do what a message that came for the first time brings about."""

    def _take(self, headers: Mapping[str, str], body: bytes) -> Answer:
        if self._mode == "down":
            return Answer(503, b"down", "text/plain")
        if self._mode == "slow":
            time.sleep(self._slow_seconds)
        verified = self._verified(headers, body)
        with self._lock:
            self._note(headers.get("webhook-id", ""), object_of(body), verified=verified)
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

    def _note(self, message_id: str, body: dict[str, Any], *, verified: bool) -> None:
        known = next((m for m in self._messages if m["message_id"] == message_id), None)
        if known:
            # The same message again: a receiver counts it once.
            known |= {"times": known["times"] + 1, "verified": known["verified"] or verified}
            return
        message = {
            "message_id": message_id,
            "type": body.get("type"),
            **self._facts(body),
            "verified": verified,
            "received_at": self._now().isoformat(timespec="seconds"),
            "times": 1,
            "body": body,
        }
        self._messages.append(message)
        del self._messages[:-_KEPT]
        self._heard(message)

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

    def _say(self, kind: str, data: object) -> list[tuple[int, Any]]:
        """Send a message, twice by that mode; return what our API answered each time."""
        stamp = self._now().astimezone(UTC).isoformat()
        text = json.dumps({"type": kind, "timestamp": stamp, "data": data})
        message_id = f"msg_{new_id()}"
        return [self._send(message_id, text) for _ in range(2 if self._mode == "twice" else 1)]

    def _send(self, message_id: str, text: str) -> tuple[int, Any]:
        stamped = datetime.now(UTC)
        request = urllib.request.Request(
            self._url,
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

    def _save(self) -> None:
        kept = {
            "mode": self._mode,
            "secrets": self._secrets,
            "messages": self._messages,
            **self._state(),
        }
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(kept, ensure_ascii=False))
        fresh.replace(self._file)

    def _mode_choice(self, path: str) -> str:
        """Return the page's choice of a mode, which its script sends to `path`."""
        options = "".join(
            f"<option{' selected' if mode == self._mode else ''}>{mode}</option>" for mode in MODES
        )
        return f"""<p><label>状态 mode <select onchange="send('PUT','{path}',{{mode:this.value}})">
{options}</select></label></p>"""


def object_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body; an empty one where it is none."""
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def fact_of(body: Mapping[str, Any], name: str) -> Any:
    """Return a field of a message's `data`; None where there is none."""
    data = body.get("data")
    return data.get(name) if isinstance(data, dict) else None
