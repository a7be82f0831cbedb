"""The effects of a month's acts, in a process of their own: two cores play faster than one.

    python -m infra.local.city.beside

It reads a line for each moment: when, and which functions run by the clock then. Once what happened
before has had its effects it answers `done`. While nothing is asked it does what nobody waits for,
and then makes the slots of the coming days that no act needs. Its clock is its own, as it is at
most half a day behind the acts.
"""

import gc
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, Final, Self

from chalicelib.appointments.jobs import slots
from chalicelib.catalogue import service as catalogue
from chalicelib.core import logs
from chalicelib.core.errors import TryAgain
from chalicelib.core.settings import SETTINGS
from infra.local import shortcut
from infra.local.city.events import Events
from infra.local.city.hours import turn

_DONE: Final = "done\n"
# So many objects more than there were, and so many looks at the youngest before one at the others.
_SELDOM: Final = (50_000, 20, 100)
# Each run of a function writes a line, of which nobody reads thousands.
QUIET: Final = ("onetrip.web", "onetrip.metrics")


class Beside:
    """Has effects played while acts go on."""

    def __init__(self, clock_file: Path) -> None:
        """Start the process, whose clock is in a file beside that of the acts."""
        self._clock_file = clock_file.with_suffix(".beside")
        self._child = subprocess.Popen(
            [sys.executable, "-m", "infra.local.city.beside"],
            env={**os.environ, "CLOCK_FILE": str(self._clock_file)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._asked = 0

    def __enter__(self) -> Self:
        """Be ended with the month."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let it end what it does; what it was not told any more is done by the run itself."""
        # A process that is gone takes nothing any more.
        with suppress(BrokenPipeError, RuntimeError), self._child:
            self._wait()
        self._clock_file.unlink(missing_ok=True)

    def spare(self, now: datetime, groups: Collection[tuple[str, str]]) -> None:
        """Let the coming slots be made in its spare time, but for groups that acts book."""
        self._write({"now": now.isoformat(), "booked": [list(one) for one in groups]})

    def let(self, at: datetime, functions: Iterable[str] = ()) -> None:
        """Let what happened until a moment have its effects, the moment before that first."""
        self._wait()
        self._ask(at, {"functions": list(functions)})

    def begin(self, at: datetime) -> None:
        """Let what happened until a moment have those effects, of which somebody soon waits."""
        self._ask(at, {})

    def settle(self, at: datetime) -> None:
        """Wait until what happened until a moment has had those effects that acts wait for."""
        self._ask(at, {})
        self._wait()

    def _ask(self, at: datetime, what: Mapping[str, Any]) -> None:
        self._write({"at": at.isoformat(), **what})
        self._asked += 1

    def _wait(self) -> None:
        while self._asked:
            if _pipe(self._child.stdout).readline() != _DONE:
                message = "the process beside the month ended"
                raise RuntimeError(message)
            self._asked -= 1

    def _write(self, said: Mapping[str, Any]) -> None:
        pipe = _pipe(self._child.stdin)
        pipe.write(json.dumps(said) + "\n")
        pipe.flush()


def serve(lines: Iterable[str], answers: IO[str], clock_file: Path) -> None:
    """Do what each line says, and what can be done in between, until there are no more."""
    events, chores, is_behind = Events(), iter(tuple[int, ...]()), False
    waiting = SimpleQueue[str | None]()
    threading.Thread(target=_read, args=(lines, waiting), daemon=True).start()
    while True:
        try:
            line = waiting.get_nowait()
        except Empty:
            is_behind = is_behind and events.catch_up()
            if is_behind or next(chores, None) is not None:
                continue
            line = waiting.get()
        if line is None:
            return
        said = json.loads(line)
        if "now" in said:
            booked = {(office, category) for office, category in said["booked"]}
            chores = _slots(datetime.fromisoformat(said["now"]), booked)
            continue
        at = datetime.fromisoformat(said["at"])
        turn(clock_file, at)
        if "functions" in said:
            events.let(at, said["functions"])
        else:
            events.settle(at)
        answers.write(_DONE)
        answers.flush()
        is_behind = True


@contextmanager
def undisturbed() -> Iterator[None]:
    """Look for garbage seldom: what was imported stays, and what acts make goes by itself."""
    gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out what each request and each run of a function would write."""
    loggers = [logging.getLogger(name) for name in QUIET]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)


def _slots(now: datetime, booked: Collection[tuple[str, str]]) -> Iterator[int]:
    """Make the slots of the coming days, a group's at each step; the run makes what is left."""
    for number, group in enumerate(catalogue.current().groups):
        if group not in booked:
            # The acts ask the engine at the same time, and whoever asks next waits for no more.
            with suppress(TryAgain):
                slots.generate(now, groups=[group])
            yield number


def _read(lines: Iterable[str], waiting: SimpleQueue[str | None]) -> None:
    for line in lines:
        waiting.put(line)
    waiting.put(None)


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        message = "the process beside the month has no pipes"
        raise RuntimeError(message)
    return pipe


if __name__ == "__main__":
    logs.configure()
    with quiet(), undisturbed(), shortcut.opened():
        serve(sys.stdin, sys.stdout, Path(str(SETTINGS.clock_file)))
