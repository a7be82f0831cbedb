"""The functions of the run, each in a process of its own that is started again when it ends."""

import contextlib
import subprocess
import sys
import threading
import time
from typing import Final

from chalicelib.core.settings import SETTINGS
from functions import manifest

_EVERY_SECONDS: Final = 10
_TRIES: Final = 3
_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 5.0
_SOUND_AFTER_SECONDS: Final = 10


class Functions:
    """All functions of the manifest: one process for each stream and queue, one for the timers."""

    def __init__(self) -> None:
        """Know what to start."""
        self._timers = TimersProcess(*(one.name for one in manifest.with_schedules()))
        self._others = [
            *(Process("stream", one.handler) for one in manifest.with_streams()),
            *(
                Process(
                    "queue",
                    one.handler,
                    SETTINGS.queue(one.queue_name),
                    str(one.timeout_seconds),
                )
                for one in manifest.with_queues()
            ),
        ]
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start them all; the timers run what is due, and then every few seconds."""
        for process in self._others:
            process.start()
        threading.Thread(target=self._run_timers, daemon=True).start()

    def run_due(self) -> None:
        """Run the timers that are due and wait until it is done."""
        self._timers.run_due()

    def stop(self) -> None:
        """End them all; what they did not finish comes again."""
        self._stopped.set()
        for process in self._others:
            process.stop()
        self._timers.stop()

    def _run_timers(self) -> None:
        self.run_due()
        while not self._stopped.wait(_EVERY_SECONDS):
            self.run_due()


class Process:
    """A function's process; when it ends it is started again, quickly unless it ends at once."""

    def __init__(self, *about: str) -> None:
        """Take what `function_process` is told."""
        self._about = about
        self._child: subprocess.Popen[str] | None = None
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start it, and watch over it."""
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """End it and let it be."""
        with self._lock:
            self._stopped.set()
            self.kill()

    def kill(self) -> None:
        """End it as a power cut does; it is started again."""
        if self._child:
            self._child.kill()

    def _watch(self) -> None:
        pause = _PAUSE_SECONDS
        while True:
            with self._lock:
                if self._stopped.is_set():
                    return
                self._child = spawn(*self._about)
            began = time.monotonic()
            self._child.wait()
            sound = time.monotonic() - began > _SOUND_AFTER_SECONDS
            pause = _PAUSE_SECONDS if sound else min(2 * pause, _LONGEST_PAUSE_SECONDS)
            self._stopped.wait(pause)


class TimersProcess:
    """The timers' process; it is asked, and asked again when it was killed over it."""

    def __init__(self, *names: str) -> None:
        """Take the functions' names; the process starts when it is asked for the first time."""
        self._names = names
        self._child: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._stopped = False

    def run_due(self) -> None:
        """Run what is due and wait until it is done."""
        with self._lock:
            for _ in range(_TRIES):
                if self._stopped or self._asked():
                    return
                self._close()

    def kill(self) -> None:
        """End it as a power cut does; it is started again when it is needed."""
        if self._child:
            self._child.kill()

    def stop(self) -> None:
        """End it and let it be."""
        self._stopped = True
        self.kill()
        with self._lock:
            self._close()

    def _asked(self) -> bool:
        if self._child is None:
            self._child = spawn("timers", *self._names)
        asks, answers = self._child.stdin, self._child.stdout
        if asks is None or answers is None:
            return False
        try:
            asks.write("run\n")
            asks.flush()
        except BrokenPipeError:
            return False
        return answers.readline() == "done\n"

    def _close(self) -> None:
        if self._child:
            self._child.kill()
            # What it was not told yet cannot be told any more.
            with contextlib.suppress(BrokenPipeError), self._child:
                self._child = None


def spawn(*about: str) -> subprocess.Popen[str]:
    """Start a function's process; one that is asked has pipes."""
    asked = about[0] == "timers"
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local.function_process", *about],
        stdin=subprocess.PIPE if asked else subprocess.DEVNULL,
        stdout=subprocess.PIPE if asked else None,
        text=True,
    )
