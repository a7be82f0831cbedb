"""The whole system as `make run` starts it, in a process of its own, with everything it starts."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx

from tests.e2e.phone import Phone

ROOT = Path(__file__).parent.parent.parent
# The run sets its own; what the tests of this process use must not leak into it.
NOT_INHERITED = (
    "AWS_",
    "SECRETS_FILE",
    "CLOCK_FILE",
    "STAGE",
    "ALLOWED_ORIGINS",
    "DEMONSTRATION",
    "IDENTITY_",
)


class System:
    """One run; `stop` ends it as a power cut does unless asked to be gentle."""

    def __init__(self, data: Path, *, month: bool = False) -> None:
        self.data, self._month = data, month
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.people: list[Phone] = []
        self.start()

    def start(self) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(NOT_INHERITED)}
        log = self.data / "run.log"
        with log.open("a") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local"],
                cwd=ROOT,
                env={**kept, **self._settings()},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_ready(log)

    def _settings(self) -> dict[str, str]:
        # What others did in the past would stand between a test and its own.
        data = "month" if self._month else "bare"
        return {
            "PORT": str(self.port),
            "DATA_DIR": str(self.data),
            "DEMONSTRATION_DATA": data,
            # Beside other tests it takes longer than anybody would wait.
            "DEMONSTRATION_SECONDS": "900",
        }

    def stop(self, *, gently: bool = False) -> None:
        if gently:
            self._process.send_signal(signal.SIGTERM)
        else:
            # The engine has a group of its own, and would stop cleanly when its parent is gone.
            for pid in (*reversed(self.pids), self._process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._process.wait(60)

    @property
    def pid(self) -> int:
        """Return the process that was started."""
        return self._process.pid

    @property
    def pids(self) -> list[int]:
        """Return the processes that the run has started, and those that these have."""
        parents = dict(_parents())
        found = [self._process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found[1:]

    def phone(self, code: str) -> Phone:
        """Return a citizen's phone."""
        return self._given(Phone(self.url, code))

    def desk(self, name: str = "clerk") -> Phone:
        """Return a member of staff's desk."""
        return self._given(Phone(self.url, staff=name))

    def now(self) -> datetime:
        """Return what the product's clock says."""
        shown = httpx.get(f"{self.url}/stand-ins/clock", trust_env=False).json()
        return datetime.fromisoformat(shown["now"])

    def advance_to(self, moment: datetime) -> None:
        """Move the product's clock forward; everybody logs in anew."""
        seconds = int((moment - self.now()).total_seconds())
        body = {"advance_seconds": seconds}
        put = httpx.put(f"{self.url}/stand-ins/clock", json=body, timeout=120, trust_env=False)
        assert put.status_code == 200, put.text
        for person in self.people:
            person.log_in_unless_frozen()

    def wait_until(self, moment: datetime) -> None:
        """Move the clock forward to a moment, unless it has passed."""
        if moment > self.now():
            self.advance_to(moment)

    def _given(self, person: Phone) -> Phone:
        self.people.append(person)
        return person

    def _wait_until_ready(self, log: Path) -> None:
        for _ in range(3000):
            if log.read_text().rstrip().endswith("ready"):
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(log.read_text()[-4000:])


def _parents() -> Iterator[tuple[int, int]]:
    """Return each process of this machine with its parent (proc_pid_stat(5))."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            # The name between brackets may hold anything.
            yield int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[1])
