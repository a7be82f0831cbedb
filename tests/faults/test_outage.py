"""Every route and every function while no call of the database comes through."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from chalicelib.catalogue import service as catalogue
from chalicelib.core import rate_limit, retry
from chalicelib.core.errors import Problem
from chalicelib.core.events import Event
from chalicelib.core.ids import new_id
from chalicelib.core.retry import RetryBudget
from chalicelib.core.routes import Routes
from chalicelib.core.tables import problem_of
from chalicelib.deliveries.couriers.service import directory as couriers
from chalicelib.payments.bills.service import issuers
from chalicelib.subscribers.service.accounts import DIRECTORY as SUBSCRIBERS
from functions import entry, manifest
from infra.local.engine import Engine
from tests.faults.world import ask, known, tokens
from tests.support.client import Answer, ApiClient
from tests.support.faults import Outage, Trouble, outage
from tests.support.people import log_in

# To a caller these are as a read that hangs, and as a throttle.
KIN = {Outage.UNREACHABLE, Outage.FAILS, Outage.CONFLICTS}


@pytest.fixture(autouse=True)
def cold(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin with a full budget of retries and nothing remembered, and leave it so."""
    monkeypatch.setattr(retry, "_budget", RetryBudget())
    catalogue.current()
    couriers.forget()
    issuers.DIRECTORY.forget()
    SUBSCRIBERS.forget()
    rate_limit.forget()
    yield
    catalogue.forget()


KINDS = [pytest.param(kind, marks=[pytest.mark.slow] if kind in KIN else []) for kind in Outage]


@pytest.mark.parametrize("kind", KINDS)
def test_every_route_says_to_try_again_in_time(client: ApiClient, kind: Outage) -> None:
    me = log_in(client).citizen_id
    given, shown, waited = tokens(me), known(me), set()
    # Who may no longer come is known for a while; with that every route goes its whole way.
    for token in (given["citizen"], given["staff"]):
        client.get("/v1/me", token=token)
    for key, route in Routes.declared.items():
        # On a slow machine it would have to be read again in the middle, and only then.
        catalogue.current()
        with outage(kind) as trouble:
            answer = ask(key, given[route.access.kind], shown)
        check(key, answer, trouble)
        if answer.status == 503:
            waited.add(key)
    assert Routes.declared.keys() - waited - REMEMBERED == UNASKED
    # What was in the way is gone: the first request to come is answered.
    assert client.get("/v1/ready").status == 200
    for key in waited:
        answer = ask(key, given[Routes.declared[key].access.kind], shown)
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
# These are answered from what a request before has left in memory, if one has.
REMEMBERED = {
    ("GET", "/v1/offices/{office_id}/display"),
    ("POST", "/v1/admin/cases"),
    ("POST", "/v1/admin/cases/find"),
    ("DELETE", "/v1/admin/offices/{office_id}/closures/{closure_id}"),
    ("GET", "/v1/openings"),
    ("GET", "/v1/questions"),
    # Their examples are refused, once it is known who may no longer come.
    ("POST", "/v1/admin/presentations"),
    ("POST", "/v1/me/factors/soter"),
    ("POST", "/v1/me/factors/soter/options"),
    ("POST", "/v1/me/factors/webauthn"),
    ("POST", "/v1/me/signatures/soter-options"),
    ("POST", "/v1/waiting-list"),
    # A machine has nothing to decide in the service of the example.
    ("PUT", "/v1/admin/services/{service_id}/machine"),
}
# These are decided before any table is asked, or are answered from what is remembered.
UNASKED = GUIDE | {
    ("GET", "/v1/datasets"),
    ("GET", "/v1/datasets/{dataset_id}"),
    ("GET", "/v1/datasets/{dataset_id}/data"),
    ("GET", "/v1/countries"),
    ("GET", "/v1/departments"),
    ("GET", "/v1/health"),
    ("GET", "/v1/keys"),
    ("GET", "/v1/life-events"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/v1/performance"),
    ("GET", "/v1/registers"),
    ("GET", "/v1/services"),
    ("GET", "/v1/services/{service_id}/rules"),
    ("POST", "/v1/login/refresh"),
    ("POST", "/v1/logout"),
    ("POST", "/v1/staff/login/oidc"),
    ("POST", "/v1/webhooks/payments/{provider}"),
}


@pytest.mark.parametrize(
    "kind",
    [
        Outage.HANGS,
        *(pytest.param(one, marks=pytest.mark.slow) for one in (Outage.THROTTLES, Outage.CLOSES)),
    ],
)
@pytest.mark.parametrize("function", manifest.FUNCTIONS, ids=lambda one: one.name)
def test_every_function_ends_and_works_again(
    engine: Engine, function: manifest.Function, kind: Outage
) -> None:
    now = datetime.now(UTC)
    if function.queue:
        kinds = [f"{prefix}x" for prefix in function.queue.prefixes]
        messages = [message(Event(new_id(8), 1, one, now.isoformat(), "x", {})) for one in kinds]
        with outage(kind):
            entry.handler(function)({"Records": messages}, None)
    if function.schedules:
        with outage(kind) as trouble:
            try:
                entry.run(function)(now)
            except Exception as error:  # noqa: BLE001 - Lambda runs it again.
                assert isinstance(error, Problem) or problem_of(error), error  # noqa: PT017
        assert trouble.calls
        entry.run(function)(now)


def message(event: Event) -> dict[str, str]:
    body = json.dumps({"detail": json.loads(event.to_json())})
    return {"messageId": event.event_id, "body": body}
