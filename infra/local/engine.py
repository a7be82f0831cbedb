"""The embedded engine: DynamoDB and the other services of AWS in one child process."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

_READY_WITHIN_SECONDS: Final = 60
# It tells where the streams end and what waits in the queues, once there are records newer than the
# one that the query string names.
CHANGES: Final = "/_changes"


class EngineError(Exception):
    """The engine did not come up."""


class Engine:
    """MiniStack on a port of 127.0.0.1; with a folder its state outlives it, `kill -9` included."""

    def __init__(
        self,
        state_dir: Path | None = None,
        port: int | None = None,
        module: str = "infra.local.engine_process",
    ) -> None:
        """Without `state_dir` all is in memory; without `port` a free one; `module` serves it."""
        self._module = module
        self._state_dir = state_dir
        self._port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the engine's endpoint."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Return the process's number; 0 when there is none."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process and wait until it answers; raises EngineError."""
        environment = os.environ | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self._port),
            "LOG_LEVEL": "WARNING",
            "PERSIST_STATE": "0",
            # Nobody speaks MQTT or SFTP here, for which it would listen on all addresses.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }
        if self._state_dir:
            self._state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            environment |= {
                "PERSIST_STATE": "1",
                "STATE_DIR": str(self._state_dir),
                # Files of the bucket are written as they come.
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(self._state_dir / "s3"),
            }
        with self._log() as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                # What stops the run's whole group lets the engine answer until the run has stopped.
                start_new_session=True,
                umask=0o077,
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop cleanly, all state saved."""
        self._end(signal.SIGTERM)

    def revive(self) -> None:
        """Start it again, on the same port, if it has ended by itself."""
        if self._process and self._process.poll() is not None:
            self.start()

    def kill(self) -> None:
        """Stop as a power cut does."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    @contextlib.contextmanager
    def _log(self) -> Iterator[int]:
        if self._state_dir is None:
            yield subprocess.DEVNULL
            return
        path = self._state_dir / "engine.log"
        path.touch(mode=0o600)
        with path.open("ab") as log:
            yield log.fileno()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2):
                    return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.05)
        self.kill()
        message = "the embedded engine did not start; see engine.log in its state folder"
        raise EngineError(message)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
