"""What the stand-ins of services that send texts and mail share: what they sent, and their moods.

| mode | the service |
|---|---|
| normal | takes a message, shows it, and reports that it arrived |
| slow | takes it and answers too late |
| cut | takes it and cuts the connection before it answers |
| down | answers nothing but 500 |
| garbage | answers what nobody can read |
| not_arrived | takes it, shows nothing, and reports that it did not arrive |
| dead | takes it, and reports that the number or address is nobody's |
| silent | takes it, shows it, and never reports |
| lies | takes it, shows nothing, and reports that it arrived |
| bad_number, limited, no_money, bad_template | refuses it with what it documents for that |
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from infra.local.stand_ins.base import Answer, Asked, json_answer, refusal
from infra.local.stand_ins.messages import MessageBook

REFUSALS: Final = ("bad_number", "limited", "no_money", "bad_template")
MODES: Final = (
    *("normal", "slow", "cut", "down", "garbage", "not_arrived", "dead", "silent", "lies"),
    *REFUSALS,
)
_UNSEEN: Final = ("not_arrived", "dead", "lies")


@dataclass(frozen=True, slots=True)
class Text:
    """A message that was taken, and how its service was then."""

    to: str
    reference: str
    number: str
    mode: str
    at: datetime


class SentTexts:
    """The messages of one service, its mood, and the book in which people look."""

    def __init__(self, channel: str, now: Callable[[], datetime], book: MessageBook) -> None:
        """Show what is sent in the book, as of a channel."""
        self.mode = "normal"
        self.taken: list[Text] = []
        self.now = now
        self._channel = channel
        self._book = book
        self._lock = threading.Lock()

    def take(self, to: str, reference: str, template: str, data: Mapping[str, str]) -> Text:
        """Take a message and show it, unless the mood is another."""
        with self._lock:
            number = f"{self._channel}-{len(self.taken) + 1}^0"
            text = Text(to, reference, number, self.mode, self.now())
            self.taken.append(text)
        if text.mode not in _UNSEEN:
            self._book.add(self._channel, to, template, data, text.at)
        return text

    def set_mode(self, asked: Asked) -> Answer:
        """Set the mood: `PUT mode` `{"mode"}`."""
        mode = object_of(asked.body).get("mode")
        if mode not in MODES:
            return refusal(400, f"mode is one of {', '.join(MODES)}")
        self.mode = mode
        return json_answer(200, {"mode": mode})


def object_of(body: bytes) -> dict[str, Any]:
    """Return a JSON object; an empty one for what is none."""
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
