"""What WeChat, Alipay, SMS and mail were asked to show people, kept in a file of the run.

`GET /stand-ins/messages?to=` lists them, newest first: `{channel, to, template, data, at}`. `to` is
whom the platform knows: the openid or the Alipay user id; a citizen of the platform `demo` is shown
as WeChat's, with the log-in code as openid; a number or an address of who is sent texts or mail.
Both platforms need a consent of the subscription, which `POST /v1/me/subscriptions` records.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Final

from chalicelib.core.clock import rfc3339
from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal

_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as a phone shows it."""

    channel: str
    to: str
    template: str
    data: Mapping[str, str]
    at: str


class MessageBook:
    """All messages that the stand-ins took; a line of a file each."""

    def __init__(self, file: Path | None = None) -> None:
        """Go on with what the file holds; without a file the book is this process's alone."""
        self._file = file
        self._lock = threading.Lock()
        self._shown: list[Shown] = []
        if file and file.exists():
            whole = file.read_bytes()
            # What follows the last line's end was cut off by a kill.
            whole = whole[: whole.rfind(b"\n") + 1]
            file.write_bytes(whole)
            self._shown = [Shown(**json.loads(line)) for line in whole.splitlines()]

    def add(
        self, channel: str, to: str, template: str, data: Mapping[str, str], at: datetime
    ) -> None:
        """Keep a message."""
        shown = Shown(channel, to, template, dict(data), rfc3339(at))
        with self._lock:
            self._shown.append(shown)
            if self._file:
                with self._file.open("a") as file:
                    file.write(json.dumps(asdict(shown), ensure_ascii=False) + "\n")

    def newest(self, to: str | None = None) -> list[Shown]:
        """Return what was shown to one, or to all, newest first."""
        with self._lock:
            found = [shown for shown in self._shown if to in (None, "", shown.to)]
        return found[::-1][:_SHOWN]


class MessagesStandIn:
    """Shows the book."""

    name = "messages"

    def __init__(self, book: MessageBook) -> None:
        """Show this book."""
        self._book = book

    def answer(self, asked: Asked) -> Answer:
        """List the messages, as a page for a person."""
        if asked.method not in ("GET", "HEAD") or asked.path:
            return refusal(405 if not asked.path else 404, "GET lists the messages")
        found = self._book.newest(asked.query.get("to"))
        if not asked.wants_page:
            return json_answer(200, {"items": [asdict(shown) for shown in found]})
        return page("消息 Messages", _FORM + ("".join(map(_card, found)) or _NONE))


_NONE: Final = """<p>还没有消息。订阅后才会发送:<code>POST /v1/me/subscriptions</code>。<br>
No messages yet; each needs a consent: <code>POST /v1/me/subscriptions</code>.</p>"""
_FORM: Final = """<form><label>收件人 / to: <input name="to"></label>
<button>查看 / show</button></form>
<p>收件人是平台的用户标识;演示账号按微信用户处理,标识即登录 code。<br>
“To” is the platform's id of the person; a demonstration account counts as WeChat's, and its id is
the log-in code.</p>"""


def _card(shown: Shown) -> str:
    lines = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in shown.data.items())
    head = f"{escape(shown.at)} · {escape(shown.channel)} → {escape(shown.to)}"
    return f"<section><h2>{escape(shown.template)}</h2><p>{head}</p><dl>{lines}</dl></section>"
