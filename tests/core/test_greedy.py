"""What the gateway hands over whole reaches the route that is meant, and nothing else."""

from typing import Any

import pytest

from chalicelib.core.greedy import GREEDY, Paths
from chalicelib.core.routes import Routes
from chalicelib.core.routing import Api, LazyRouter
from infra import gateway
from infra.local.engine import Engine

ROUTES = ("/v1/admin/cases", "/v1/admin/cases/{case_id}", "/v1/admin/cases/drafts/{n}/end")


def handed_over(path: str, method: str = "GET", top: str = "/v1/admin") -> dict[str, Any]:
    context = {"resourcePath": f"{top}/{GREEDY}", "httpMethod": method, "requestId": "r"}
    asked = {"httpMethod": method, "path": path, "headers": {"accept": "application/json"}}
    more = {"multiValueQueryStringParameters": None, "stageVariables": None, "body": None}
    rest = path.removeprefix(f"{top}/")
    proxied = {"pathParameters": {"proxy": rest}, "requestContext": context}
    return {"resource": f"{top}/{GREEDY}", "isBase64Encoded": False, **asked, **more, **proxied}


@pytest.mark.parametrize(
    ("path", "route", "values"),
    [
        ("/v1/admin/cases", ROUTES[0], {}),
        ("/v1/admin/cases/", ROUTES[0], {}),
        ("/v1/admin/cases/C%23a", ROUTES[1], {"case_id": "C%23a"}),
        ("/v1/admin/cases/drafts", ROUTES[1], {"case_id": "drafts"}),
        ("/v1/admin/cases/drafts/7/end", ROUTES[2], {"n": "7"}),
    ],
)
def test_a_path_is_led_to_its_route(path: str, route: str, values: dict[str, str]) -> None:
    found = Paths(ROUTES).named(handed_over(path))
    assert found["resource"] == found["requestContext"]["resourcePath"] == route
    assert found["pathParameters"] == values


@pytest.mark.parametrize("rest", ["nowhere", "cases/x/y", "cases/drafts/7", "cases/{}/y", ""])
def test_what_is_no_route_stays_as_it_is(rest: str) -> None:
    event = handed_over(f"/v1/admin/{rest}")
    assert Paths(ROUTES).named(event) is event


@pytest.mark.parametrize("event", [{}, {"requestContext": {"resourcePath": "/v1/me"}}])
def test_what_the_gateway_names_itself_stays_as_it_is(event: dict[str, Any]) -> None:
    assert Paths(ROUTES).named(event) is event


def test_every_route_of_staff_is_found(engine: Engine) -> None:
    every = {path for _, path in Routes.declared}
    paths = Paths(every)
    of_staff = {path for path in every if gateway.is_for_staff(path)}
    assert len(of_staff) > 100
    for route in of_staff:
        (top,) = [one for one in gateway.STAFF_PATHS if route.startswith(f"{one}/")]
        # A value that looks like a part that is written out elsewhere is a value all the same.
        found = paths.named(handed_over(route.replace("{", "").replace("}", ""), top=top))
        assert found["resource"] == route


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/admin/cases/x", 401),
        ("DELETE", "/v1/admin/cases/x", 405),
        ("GET", "/v1/admin/nowhere", 404),
        ("OPTIONS", "/v1/admin/cases/x", 204),
    ],
)
def test_the_app_answers_what_was_handed_over(
    engine: Engine, method: str, path: str, status: int
) -> None:
    app = Api("onetrip")
    LazyRouter().install(app)
    answer = app(handed_over(path, method), None)
    assert answer["statusCode"] == status
