"""The clock of the run: it can be moved forward, and all that is due then runs."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from chalicelib.core.clock import Clock, rfc3339
from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal

_FURTHEST: Final = timedelta(days=3660)


class ClockStandIn:
    """Shows the product's time and moves it; the offset stands in a file that all read."""

    name = "clock"

    def __init__(self, file: Path, moved: Callable[[], None]) -> None:
        """Call `moved` after each move, to run what is due."""
        self._file = file
        self._clock = Clock(file)
        self._moved = moved
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Answer:
        """Tell the time, or move it forward."""
        if asked.method == "GET":
            return self._page() if asked.wants_page else self._told()
        if asked.method != "PUT":
            return refusal(405, "GET shows the clock, PUT moves it")
        try:
            by = self._asked_for(json.loads(asked.body))
        except (ValueError, TypeError, OverflowError) as error:
            return refusal(400, str(error))
        with self._lock:
            offset = int(self._file.read_text()) if self._file.exists() else 0
            fresh = self._file.with_suffix(".new")
            fresh.write_text(str(offset + round(by.total_seconds() * 1000)))
            fresh.replace(self._file)
        self._moved()
        return self._told()

    def _told(self) -> Answer:
        return json_answer(200, {"now": rfc3339(self._clock.now())})

    def _asked_for(self, given: Any) -> timedelta:
        if not isinstance(given, dict) or len(given) != 1:
            raise ValueError("give either now or advance_seconds")
        if "advance_seconds" in given:
            seconds = given["advance_seconds"]
            if isinstance(seconds, bool) or not isinstance(seconds, int | float):
                raise ValueError("advance_seconds is a number")
            by = timedelta(seconds=seconds)
        elif isinstance(given.get("now"), str):
            moment = datetime.fromisoformat(given["now"])
            if moment.tzinfo is None:
                raise ValueError("now needs an offset, as 2026-12-01T09:00:00+08:00")
            by = moment.astimezone(UTC) - self._clock.now()
        else:
            raise ValueError("give either now or advance_seconds")
        if not timedelta() <= by <= _FURTHEST:
            raise ValueError("the clock only goes forward, at most ten years")
        return by

    def _page(self) -> Answer:
        steps = (("1 小时 / hour", 3600), ("1 天 / day", 86400), ("1 周 / week", 604800))
        buttons = "".join(
            f'<button onclick="move({seconds})">+ {name}</button> ' for name, seconds in steps
        )
        script = """<script>async function move(s){await fetch(location.href,{method:'PUT',
body:JSON.stringify({advance_seconds:s})});location.reload()}</script>"""
        now = rfc3339(self._clock.now())
        return page("时钟 Clock", f'<p role="status"><strong>{now}</strong></p>{buttons}{script}')
