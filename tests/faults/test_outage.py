"""Every route and every function while no call of the database comes through."""

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from string import Formatter
from typing import Any

import pytest

from chalicelib.catalogue import service as catalogue
from chalicelib.core import retry, wiring
from chalicelib.core.auth import Citizen, Staff
from chalicelib.core.errors import Problem
from chalicelib.core.events import Event
from chalicelib.core.ids import new_id
from chalicelib.core.retry import Budget
from chalicelib.core.tables import problem_of
from chalicelib.core.web import Routes
from functions import manifest
from infra.local.engine import Engine
from tests.support.client import Answer, ApiClient
from tests.support.faults import Outage, Trouble, outage

HALL = "hall-330200"
KNOWN = {"office_id": HALL, "service_id": "id-card-renewal", "name": "bookings"}


@pytest.fixture(autouse=True)
def cold(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin with a full budget of retries and nothing remembered, and leave it so."""
    monkeypatch.setattr(retry, "_budget", Budget())
    catalogue.current()
    yield
    catalogue.forget()


def tokens() -> dict[str, str | None]:
    now, issue, me = wiring.clock().now(), wiring.tokens().issue, new_id(8)
    roles = frozenset({"clerk", "supervisor", "auditor", "admin"})
    return {
        "citizen": issue(Citizen(me, me, "real_name"), now),
        "staff": issue(Staff(new_id(8), roles, frozenset({HALL})), now),
        "public": None,
        "signature": None,
    }


def ask(client: ApiClient, route: tuple[str, str], token: str | None) -> Answer:
    method, path = route
    names = [name for _, name, _, _ in Formatter().parse(path) if name]
    filled = path.format(**{name: KNOWN.get(name, new_id(16)) for name in names})
    body = b"{}" if method in ("POST", "PUT", "PATCH") else b""
    return client.send(method, filled, body, token=token)


@pytest.mark.parametrize("kind", Outage)
def test_every_route_says_to_try_again_in_time(client: ApiClient, kind: Outage) -> None:
    given, waited = tokens(), set()
    for key, route in Routes.declared.items():
        with outage(kind) as trouble:
            answer = ask(client, key, given[route.access.kind])
        check(key, answer, trouble)
        if answer.status == 503:
            waited.add(key)
    assert len(waited) > 45
    # What was in the way is gone: the first request to come is answered.
    assert client.get("/v1/ready").status == 200
    for key in waited:
        answer = ask(client, key, given[Routes.declared[key].access.kind])
        assert answer.status < 500, (key, answer.body)


def check(key: tuple[str, str], answer: Answer, trouble: Trouble) -> None:
    assert trouble.seconds <= 5, key
    if answer.status == 503:
        assert answer.code == "try_again", key
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert 1 <= int(answer.headers["retry-after"]) <= 5
    else:
        assert answer.status < 500, (key, answer.body)
        # What is not told was decided before any table was asked, or does not need its answer.
        assert not trouble.calls or key in GUIDE, key


# These tell how busy halls are as well, and are answered without where it is not known.
GUIDE = {
    ("GET", "/v1/offices"),
    ("GET", "/v1/offices/{office_id}"),
    ("GET", "/v1/services/{service_id}"),
}


@pytest.mark.parametrize("kind", [Outage.HANGS, Outage.THROTTLES, Outage.CLOSES])
@pytest.mark.parametrize("function", manifest.FUNCTIONS, ids=lambda one: one.name)
def test_every_function_ends_and_works_again(
    engine: Engine, function: manifest.Function, kind: Outage
) -> None:
    module: Any = importlib.import_module(function.module)
    now = datetime.now(UTC)
    if function.queue:
        kinds = [f"{prefix}x" for prefix in function.queue.prefixes]
        messages = [message(Event(new_id(8), 1, one, now.isoformat(), "x", {})) for one in kinds]
        with outage(kind):
            module.handler({"Records": messages}, None)
    if function.schedules:
        with outage(kind) as trouble:
            try:
                module.run(now)
            except Exception as error:  # noqa: BLE001 - Lambda runs it again.
                assert isinstance(error, Problem) or problem_of(error), error  # noqa: PT017
        assert trouble.calls
        module.run(now)


def message(event: Event) -> dict[str, str]:
    body = json.dumps({"detail": json.loads(event.to_json())})
    return {"messageId": event.event_id, "body": body}
