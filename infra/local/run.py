"""One run: tables and queues, demonstration data, server and functions, in this order."""

import threading
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app import app
from chalicelib.core import dependencies, table_definitions, tables
from chalicelib.opendata.service import datasets, publication
from infra.local import demonstration, resources, timers
from infra.local.city.past import Past
from infra.local.functions import Functions
from infra.local.gate import Gate
from infra.local.server import Server, Site
from infra.local.stand_ins.outside_world import OutsideWorld

_WELCOME = """
  {url}/            what citizens see
  {url}/staff/      the staff's pages
  {url}/open/       open data, and how well the offices do
  {url}/stand-ins/  the outside world: wallets, a courier's desk, messages, the clock
  {url}/docs        the reference of the API at {url}/v1/

  Citizens: any name of a-z, 0-9 and -; the same name is the same person
            (POST /v1/login {{"platform": "demo", "code": "lin"}})
  Staff:    {staff}; password {password}
            (POST /v1/staff/login)
"""


class Run:
    """Everything but the engine, which runs already."""

    def __init__(self, port: int, data: Path, secrets: Mapping[str, Any]) -> None:
        """Take the port; raises OSError when it is taken."""
        self._server = Server(port)
        self._url = f"http://127.0.0.1:{port}"
        self._functions = Functions()
        self._outside = OutsideWorld(self._url, data, secrets)
        self._past = Past(data / "city.jsonl", data / "clock")
        self._site = Site(app, self._outside.stand_ins(self._functions.run_due))
        self._gate = Gate(self._site)
        self._is_listening = self._are_offices_open = False

    def make_tables(self) -> None:
        """Make the tables and all else of the engine that is not there yet."""
        for table in tables.Table.registry.values():
            table_definitions.create(table)
        resources.create()

    def live(
        self,
        progress: Callable[[int, int], None],
        is_stopped: Callable[[], bool],
        seconds: float,
        *,
        wanted: bool,
    ) -> str:
        """Give a fresh run its past, if one is wanted; say in a line what came of it.

        What takes longer than so many `seconds` is left out.
        """
        if not self._past.is_due(wanted=wanted, fresh=timers.noted("generate_slots") is None):
            return ""
        # The outside world must be there.
        self._listen()
        return self._past.play(
            self._site,
            self._open_offices,
            progress,
            is_stopped,
            seconds,
        )

    def _open_offices(self) -> None:
        desks = self._outside.desks()
        demonstration.open_offices(desks)
        self._are_offices_open = True
        # Who is told from the first day has a month's messages.
        demonstration.tell_the_command_centre(desks.subscriber, desks.subscriber_secret)

    def prepare(self, progress: Callable[[int, int], None]) -> None:
        """Make the demonstration data that are not there yet."""
        if not self._are_offices_open:
            demonstration.open_offices(self._outside.desks())
        demonstration.let_book(progress)
        now = dependencies.clock().now()
        # The slots were made with it, which takes as long again.
        timers.note("generate_slots", now)
        if not datasets.modified():
            publication.publish(now)

    def start(self) -> None:
        """Let everybody in, and see that everything answers."""
        self._listen()
        self._gate.open()
        for path in ("/v1/ready", "/docs", "/stand-ins/clock"):
            with urllib.request.urlopen(f"{self._url}{path}", timeout=30) as answer:
                answer.read()
        self._functions.start()

    def stop(self) -> None:
        """Answer what was asked and stop."""
        self._functions.stop()
        self._server.shutdown()
        self._server.server_close()

    def _listen(self) -> None:
        if not self._is_listening:
            threading.Thread(target=self._server.serve, args=(self._gate,), daemon=True).start()
        self._is_listening = True

    def welcome(self) -> str:
        """Return what a person needs to begin."""
        names = (*demonstration.STAFF, f"{demonstration.OF_DEPARTMENT}<department_id>")
        staff = ", ".join(names)
        return _WELCOME.format(url=self._url, staff=staff, password=demonstration.PASSWORD)
