"""Who may come in before the run is ready: what the outside world's stand-ins say, nobody else."""

import threading
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import urlsplit

from infra.local.stand_ins.base import Answer

_AT_ONCE: Final = ("/stand-ins/", "/v1/webhooks/")
# It is moved when there is nothing left that a past moment is needed for.
_CLOCK: Final = "/stand-ins/clock"


class Site(Protocol):
    """What answers the paths of a run."""

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request; `headers` have names in lower case."""


class Gate:
    """Lets everybody else wait until it is opened, as if nobody listened yet."""

    def __init__(self, site: Site) -> None:
        """Stand before a site, closed."""
        self._site = site
        self._opened = threading.Event()

    def open(self) -> None:
        """Let everybody in."""
        self._opened.set()

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request, once it may come in."""
        path = urlsplit(target).path
        if path == _CLOCK or not path.startswith(_AT_ONCE):
            self._opened.wait()
        return self._site.answer(method, target, headers, body)
