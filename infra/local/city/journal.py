"""What was played of the month, on disk after each act, so that a run that was killed goes on.

The first line says of which month; each further one names an act and what later acts need of its
answer (ids, never anything personal); the last says how the month ended.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

Ending = Literal["whole", "cut", "failed", "left"]


@dataclass(frozen=True, slots=True)
class Month:
    """The span of time that is played, and the seed that decides what happens in it."""

    seed: int
    begin: datetime
    end: datetime


@dataclass(slots=True)
class Journal:
    """The journal of one month; without an `ending` it is still being played.

    `told` holds what each story was told, by story and name; `done` the keys of acts that were
    answered; `left_out` the stories for which there was no time.
    """

    file: Path
    month: Month
    ending: Ending | None = None
    done: set[str] = field(default_factory=set)
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)

    @classmethod
    def begin(cls, file: Path, month: Month) -> Self:
        """Begin the journal of a month."""
        journal = cls(file, month)
        said = {"seed": month.seed, "begin": month.begin, "end": month.end}
        journal._write({**said, "begin": month.begin.isoformat(), "end": month.end.isoformat()})
        return journal

    @classmethod
    def load(cls, file: Path) -> Self | None:
        """Return what a file holds; None when it holds no month."""
        if not file.exists():
            return None
        whole = file.read_bytes()
        # What follows the last line's end was cut off by a kill.
        whole = whole[: whole.rfind(b"\n") + 1]
        if not whole:
            return None
        file.write_bytes(whole)
        head, *lines = map(json.loads, whole.splitlines())
        moments = (datetime.fromisoformat(head[name]) for name in ("begin", "end"))
        journal = cls(file, Month(head["seed"], *moments))
        for line in lines:
            journal._read(line)
        return journal

    def note(self, key: str, story: str, told: Mapping[str, str]) -> None:
        """Keep that an act was answered, and what of the answer."""
        line = {"act": key, "story": story, "told": dict(told)}
        self._write(line)
        self._read(line)

    def leave_out(self, story: str) -> None:
        """Keep that a story is not played."""
        line = {"left_out": story}
        self._write(line)
        self._read(line)

    def close(self, ending: Ending) -> None:
        """Keep that the month is over, and how."""
        self._write({"ending": ending})
        self.ending = ending

    def _read(self, line: Mapping[str, Any]) -> None:
        if "ending" in line:
            self.ending = line["ending"]
            return
        if "left_out" in line:
            self.left_out.add(line["left_out"])
            return
        self.done.add(line["act"])
        self.told.setdefault(line["story"], {}).update(line["told"])

    def _write(self, line: Mapping[str, Any]) -> None:
        with self.file.open("a") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
