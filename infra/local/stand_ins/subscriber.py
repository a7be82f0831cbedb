"""A subscriber of open events, the city's command centre: it verifies and counts what it is told.

`POST webhooks` is its endpoint; `PUT mode` makes it misbehave; `PUT secret` gives it a secret that
staff rotated.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal
from infra.local.stand_ins.signed_desk import SignedDesk, fact_of, object_of

_SHOWN = 100


class SubscriberStandIn(SignedDesk):
    """The desk of a subscriber, which says nothing itself."""

    name = "subscriber"

    def answer(self, asked: Asked) -> Answer:
        """Take a message, show what came, or change the mode."""
        acts: dict[tuple[str, str], Callable[[], Answer]] = {
            ("GET", ""): lambda: self._shown(wants_page=asked.wants_page),
            ("POST", "webhooks"): lambda: self._take(asked.headers, asked.body),
            ("PUT", "mode"): lambda: self._set_mode(object_of(asked.body).get("mode")),
            ("PUT", "secret"): lambda: self._add_secret(object_of(asked.body).get("secret")),
        }
        act = acts.get((asked.method, asked.path))
        return act() if act else refusal(404, "GET, POST webhooks, PUT mode, PUT secret")

    def _facts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {name: fact_of(body, name) for name in ("subject_id", "ticket_number", "counter")}

    def _state(self) -> dict[str, Any]:
        return {}

    def _shown(self, *, wants_page: bool) -> Answer:
        latest = self._messages[: -_SHOWN - 1 : -1]
        if not wants_page:
            return json_answer(200, {"mode": self._mode, "items": latest})
        heard = "".join(
            f"<li>{escape(str(one['type']))} {escape(str(one['ticket_number'] or ''))} "
            f"<code>{escape(str(one['subject_id']))}</code></li>"
            for one in latest
        )
        script = f"""<script>async function send(method, path, body) {{
  await fetch('/stand-ins/{self.name}' + path, {{method, body: JSON.stringify(body)}});
  location.reload();
}}</script>"""
        told = f"<ul>{heard}</ul>" if heard else "<p>还没有消息 Nothing yet</p>"
        return page("城市运行中心 Command centre", f"{self._mode_choice('/mode')}{told}{script}")
