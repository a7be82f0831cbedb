"""Registers the routes with Chalice; imports a route module on its first request.

A deployed package carries `routes.json`, the table of routes and their rooms, so that a cold
process imports a room only when somebody asks for it; what all rooms stand on is there at once.
Without the table, as where the product is developed, all rooms are imported.
"""

import importlib
import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from chalice.app import Chalice, Request, Response

from chalicelib.core import responses, web
from chalicelib.core.cold_start import paused_gc

TABLE: Final = Path(__file__).parent.parent / "routes.json"
_ERRORS_FROM: Final = 400
Table = Mapping[str, Mapping[str, str]]


class LazyRouter:
    """Leads requests to the rooms that answer them."""

    def __init__(self, rooms: Sequence[str], alone: Collection[str]) -> None:
        """Name the modules with routes; those `alone` ask nothing of what others enter."""
        self._rooms = tuple(rooms)
        self._alone = frozenset(alone)
        self._loaded: set[str] = set()
        self._lock = threading.Lock()

    def install(self, app: Chalice) -> None:
        """Register all routes, and give the answers that Chalice makes by itself our shape."""
        known: Table = json.loads(TABLE.read_text()) if TABLE.exists() else self.table()
        for path, methods in known.items():
            preflight = _preflight(app, sorted(methods))
            app.route(path, methods=["OPTIONS"], name=f"preflight {path}")(preflight)
            for method, room in methods.items():
                handler = self._handler(app, method, path, room)
                name = f"{method} {path}"
                app.route(path, methods=[method], content_types=["*/*"], name=name)(handler)
        app.register_middleware(_in_our_shape, "http")
        # An image goes to whom accepts images of any kind.
        app.api.binary_types.append("image/*")

    def table(self) -> Table:
        """Return the room of each path and method, from what the rooms declare."""
        self._load_all()
        found: dict[str, dict[str, str]] = {}
        for (method, path), route in web.Routes.declared.items():
            found.setdefault(path, {})[method] = route.view.__module__
        return found

    def _load(self, room: str) -> None:
        if room in self._loaded:
            return
        if room not in self._alone:
            self._load_all()
            return
        with self._lock, paused_gc():
            importlib.import_module(room)
            self._loaded.add(room)

    def _load_all(self) -> None:
        with self._lock, paused_gc():
            for name in self._rooms:
                importlib.import_module(name)
            self._loaded.update(self._rooms)

    def _handler(self, app: Chalice, method: str, path: str, room: str) -> Callable[..., Response]:
        def handle(**values: str) -> Response:
            self._load(room)
            request = app.current_request
            assert request is not None  # noqa: S101 - Chalice has just set it.
            # Neither Chalice nor every gateway decodes what stands in a path (RFC 3986, 2.1).
            decoded = {name: unquote(value) for name, value in values.items()}
            answer = web.handle(web.Routes.declared[method, path], request, decoded)
            return Response(answer.body, dict(answer.headers), answer.status)

        return handle


def _preflight(app: Chalice, methods: list[str]) -> Callable[..., Response]:
    def preflight(**_: str) -> Response:
        request = app.current_request
        assert request is not None  # noqa: S101 - Chalice has just set it.
        answer = responses.of_preflight(request.headers.get("origin"), methods)
        return Response(answer.body, dict(answer.headers), answer.status)

    return preflight


def _in_our_shape(event: Request, get_response: Callable[[Request], Response]) -> Response:
    response = get_response(event)
    given = {name.lower(): str(value) for name, value in response.headers.items()}
    if response.status_code < _ERRORS_FROM or given.get("content-type") == responses.PROBLEM_TYPE:
        return response
    answer = web.refused(response.status_code, given.get("allow", ""), event)
    return Response(answer.body, dict(answer.headers), answer.status)
