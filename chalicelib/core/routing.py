"""Registers the routes with Chalice; imports a route module on its first request.

A deployed package carries `routes.json`, the table of routes and their rooms, so that a cold
process imports a room only when somebody asks for it; what all rooms stand on is there at once.
Without the table, as where the product is developed, all rooms are imported.
"""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from chalice.app import CaseInsensitiveMapping, Chalice, Request, Response

from chalicelib.core import negotiation, responses, routes
from chalicelib.core.errors import MethodNotAllowed, NotFound
from chalicelib.core.greedy import Paths
from chalicelib.core.plugins import load_module, load_modules

TABLE: Final = Path(__file__).parent.parent / "routes.json"
# Beside those that Chalice knows, what is sent as bytes; an image goes to whom accepts any kind.
_BINARY_TYPES: Final = ("application/pdf", "image/*", "image/svg+xml")
_ERRORS_FROM: Final = 400
Table = Mapping[str, Mapping[str, str]]


class Api(Chalice):
    """The app, which also finds the route of what the gateway hands over by a greedy resource."""

    @cached_property
    def _paths(self) -> Paths:
        return Paths(self.routes)

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer one request, as API Gateway hands it over."""
        return super().__call__(self._paths.named(event), context)


class LazyRouter:
    """Leads requests to the route modules that answer them."""

    def install(self, app: Chalice) -> None:
        """Register all routes, and give the answers that Chalice makes by itself our shape."""
        known: Table = json.loads(TABLE.read_text()) if TABLE.exists() else self.table()
        for path, methods in known.items():
            preflight = _preflight(app, sorted(methods), path)
            app.route(path, methods=["OPTIONS"], name=f"preflight {path}")(preflight)
            for method, module in methods.items():
                handler = self._handler(app, method, path, module)
                name = f"{method} {path}"
                app.route(path, methods=[method], content_types=["*/*"], name=name)(handler)
        app.register_middleware(_in_our_shape, "http")
        app.api.binary_types += _BINARY_TYPES

    def table(self) -> Table:
        """Return the module of each path and method, from what all modules declare."""
        load_modules("ROUTE_MODULES")
        found: dict[str, dict[str, str]] = {}
        for (method, path), route in routes.Routes.declared.items():
            found.setdefault(path, {})[method] = route.view.__module__
        return found

    def _handler(
        self, app: Chalice, method: str, path: str, module: str
    ) -> Callable[..., Response]:
        def handle(**values: str) -> Response:
            load_module(module)
            request = app.current_request
            assert request is not None  # noqa: S101 - Chalice has just set it.
            # Neither Chalice nor every gateway decodes what stands in a path (RFC 3986, 2.1).
            decoded = {name: unquote(value) for name, value in values.items()}
            answer = routes.handle(routes.Routes.declared[method, path], request, decoded)
            request.headers = _as_asked(request.headers, answer.headers["Content-Type"])
            return Response(answer.body, dict(answer.headers), answer.status)

        return handle


def _as_asked(headers: CaseInsensitiveMapping, media_type: str) -> CaseInsensitiveMapping:
    """Return a request's headers so that Chalice sends bytes of a type that was asked for.

    Who sends no Accept, or names a whole family, takes each of its types (RFC 9110, 12.5.1);
    Chalice looks for the very type or any.
    """
    accept = headers.get("accept")
    if negotiation.media_type(accept, [media_type.partition(";")[0]]) is None:
        return headers
    return CaseInsensitiveMapping({**headers, "accept": "*/*"})


def _preflight(app: Chalice, methods: list[str], path: str) -> Callable[..., Response]:
    def preflight(**_: str) -> Response:
        request = app.current_request
        assert request is not None  # noqa: S101 - Chalice has just set it.
        answer = responses.of_preflight(request.headers.get("origin"), methods, path)
        return Response(answer.body, dict(answer.headers), answer.status)

    return preflight


def _in_our_shape(event: Request, get_response: Callable[[Request], Response]) -> Response:
    response = get_response(event)
    given = {name.lower(): str(value) for name, value in response.headers.items()}
    if response.status_code < _ERRORS_FROM or given.get("content-type") == responses.PROBLEM_TYPE:
        return response
    status, allow = response.status_code, given.get("allow", "")
    if status == MethodNotAllowed.status and not allow:
        # Beneath a greedy resource of the gateway stands what is no route.
        status = NotFound.status
    answer = routes.refused(status, allow, event)
    return Response(answer.body, dict(answer.headers), answer.status)
