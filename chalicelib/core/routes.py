"""Declared routes, and the dispatch of a request: authenticate, decode, call the view, answer.

Every route is declared with who may call it (`auth`), the model that it takes (the body, or for a
GET the query) and the model that it answers. The OpenAPI document is made from the declarations.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, TypeVar

from pydantic import BaseModel

from chalicelib.core import dependencies, logs, responses, retry
from chalicelib.core.auth import Access, Caller, of_record
from chalicelib.core.errors import (
    InternalError,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    Problem,
)
from chalicelib.core.http_messages import (
    IDENTIFIER,
    Request,
    Response,
    Route,
    WholeList,
    WholeListQuery,
)
from chalicelib.core.ids import new_id
from chalicelib.core.pagination import slice_of
from chalicelib.core.parsing import HttpRequest, authenticate, decode
from chalicelib.core.responses import HttpResponse
from chalicelib.core.tables import problem_of

_LOG: Final = logging.getLogger("onetrip.web")

# Of a whole list where a cursor is given and no limit.
_PAGE: Final = 20
V = TypeVar("V", bound=Callable[..., Response | BaseModel])


class Routes:
    """A room's routes; leaving out `auth` is an error when the module is imported."""

    declared: ClassVar[dict[tuple[str, str], Route]] = {}

    def __init__(self, tag: str) -> None:
        """`tag` groups the routes in the OpenAPI document."""
        self._tag = tag

    def declare(  # noqa: PLR0913 - a route has these facts.
        self,
        method: str,
        path: str,
        *,
        auth: Access,
        body: type[BaseModel] | None = None,
        response: type[BaseModel] | None = None,
        status: int = 200,
        errors: Sequence[type[Problem]] = (),
        media: Sequence[str] = ("application/json",),
        idempotent: bool = False,
        cacheable_seconds: int | None = None,
        query: type[BaseModel] | None = None,
        two_persons: bool = False,
        any_path: bool = False,
        counted: str = "",
    ) -> Callable[[V], V]:
        """Register a view; `idempotent` says that it takes an Idempotency-Key.

        `query` is what a route that takes a body reads from its query beside.

        What is the same for everybody may be kept for `cacheable_seconds` by whoever asked. What
        `two_persons` decide answers the first of them 202. A route of `any_path` is given also
        what cannot be the id of anything, to count it. `counted` is the name under which its
        outcomes are counted as a metric.
        """

        def register(view: V) -> V:
            lists = (tuple(errors), tuple(media))
            asked = body
            if response and issubclass(response, WholeList) and method == "GET":
                asked = body or WholeListQuery
            more = (*lists, self._tag, idempotent, cacheable_seconds, query, two_persons, any_path)
            made = Route(method, path, auth, view, asked, response, status, *more, counted)
            self._add(made)
            return view

        return register

    def get(self, path: str, **declared: Any) -> Callable[[V], V]:
        """Declare a GET."""
        return self.declare("GET", path, **declared)

    def post(self, path: str, **declared: Any) -> Callable[[V], V]:
        """Declare a POST."""
        return self.declare("POST", path, **declared)

    def put(self, path: str, **declared: Any) -> Callable[[V], V]:
        """Declare a PUT."""
        return self.declare("PUT", path, **declared)

    def patch(self, path: str, **declared: Any) -> Callable[[V], V]:
        """Declare a PATCH."""
        return self.declare("PATCH", path, **declared)

    def delete(self, path: str, **declared: Any) -> Callable[[V], V]:
        """Declare a DELETE."""
        return self.declare("DELETE", path, **declared)

    def _add(self, route: Route) -> None:
        if (route.method, route.path) in Routes.declared:
            message = f"{route.method} {route.path} is declared twice"
            raise TypeError(message)
        Routes.declared[route.method, route.path] = route


def refused(status: int, allow: str, request: HttpRequest) -> HttpResponse:
    """Return as a problem in the contract's shape what Chalice refuses by itself."""
    problem = _chalice_problem(status, allow)
    return responses.of_problem(problem, _lowered(request.headers), _request_id(request))


def _chalice_problem(status: int, allow: str) -> Problem:
    if status == MethodNotAllowed.status:
        return MethodNotAllowed(allow=allow)
    # Chalice answers 400 when an image would go to a caller whose Accept does not name it.
    known = {400: NotAcceptable, 403: NotFound, 404: NotFound}
    return known.get(status, InternalError)()


def handle(route: Route, request: HttpRequest, path_values: Mapping[str, str]) -> HttpResponse:
    """Answer a request to a route; whatever happens is answered in the contract's shape."""
    # Before anything is written: what a process's first request meets is told like all else.
    logs.configure()
    request_id = _request_id(request)
    with retry.within(), logs.bound(request_id=request_id, **{logs.CAUSE: request_id}):
        return _handle(route, request, path_values, request_id)


def _handle(
    route: Route, request: HttpRequest, path_values: Mapping[str, str], request_id: str
) -> HttpResponse:
    began = time.perf_counter()
    headers = _lowered(request.headers)
    caller: Caller | None = None
    code = None
    try:
        now = dependencies.clock().now()
        # Nobody is kept from logging in by the token that has just expired.
        asks = route.access.asks_for_token
        caller = authenticate(headers.get("authorization"), now) if asks else None
        caller = of_record(caller, now)
        route.access.check(caller)
        if not route.any_path:
            _check_path(path_values)
        call = decode(route, request, headers, caller, now, request_id)
        given = _paged(call, route.view(call, **path_values), [route.path, *path_values.values()])
        answer = responses.of_reply(route, call, given)
    except Exception as error:  # noqa: BLE001 - the one place where the unforeseen is answered.
        problem = _problem(error, request_id)
        code = problem.code
        answer = responses.of_problem(problem, headers, request_id, route.path)
    facts = {
        "request_id": request_id,
        "route": f"{route.method} {route.path}",
        "status": answer.status,
        "code": code,
        "caller": caller.actor if caller else None,
        "milliseconds": round((time.perf_counter() - began) * 1000, 1),
    }
    _LOG.info("request_completed", extra={**facts, **_counted(route, code)})
    return answer


def _counted(route: Route, code: str | None) -> dict[str, object]:
    """Return what makes metrics of a request's line: refusals by code, outcomes of some routes."""
    fields: dict[str, object] = {}
    counted: list[tuple[Sequence[str], Sequence[str]]] = []
    if code:
        fields[logs.REFUSED] = 1
        counted.append((("stage", "code"), (logs.REFUSED,)))
    if route.counted:
        fields |= {"operation": route.counted, "outcome": code or "done", logs.ANSWERS: 1}
        counted.append((("stage", "operation", "outcome"), (logs.ANSWERS,)))
    return {**fields, **logs.embedded(counted)} if counted else fields


def _paged(
    call: Request[Any], given: Response | BaseModel, scope: list[str]
) -> Response | BaseModel:
    """Return the page of a whole list that is asked for; raises InvalidCursor."""
    asked = call.input
    if not (isinstance(given, WholeList) and isinstance(asked, WholeListQuery)):
        return given
    limit = asked.limit or (asked.cursor and _PAGE)
    if not limit:
        return given
    caller = call.caller.actor if call.caller else ""
    page = dependencies.cursors().page(
        "/".join([*scope, caller]),
        asked.cursor,
        lambda position: slice_of(given.items, position, limit),
    )
    return given.model_copy(update={"items": [*page.items], "next_cursor": page.next_cursor})


def _check_path(values: Mapping[str, str]) -> None:
    """Raise NotFound for what cannot be the id of anything; keys are made of the rest."""
    if not all(IDENTIFIER.fullmatch(value) for value in values.values()):
        raise NotFound


def _problem(error: Exception, request_id: str) -> Problem:
    if isinstance(error, Problem):
        return error
    extra = {"request_id": request_id}
    problem = problem_of(error)
    if problem:
        _LOG.warning("request_deferred", exc_info=error, extra=extra)
        return problem
    _LOG.error("request_failed", exc_info=error, extra=extra)
    return InternalError()


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _request_id(request: HttpRequest) -> str:
    return str(request.context.get("requestId") or new_id(22))
