"""Whatever stands in a path where an id should: nothing is there, and no table is asked."""

from string import Formatter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core import dependencies
from chalicelib.core.routes import Routes
from chalicelib.identity.service.revocations import revocations
from infra.local.engine import Engine
from tests.core.world import tokens
from tests.support.client import ApiClient
from tests.support.faults import Outage, outage

NOTHING = {
    "longer than a key": "a" * 2100,
    "as long as a sort key": "A" * 1025,
    "a little too long": "x" * 129,
    "with a mark of our keys": "C%23abc",
    "with a slash": "a%2Fb",
    "in Chinese": "%E5%AE%81" * 20,
    "no UTF-8": "%FF",
    "with a line break": "abcdefgh%0A",
    "with a NUL": "a%00b",
    "a space": "%20",
}

# Each guess counts, also of what cannot be a code.
COUNTED = {
    ("GET", "/v1/bills/{bill_number}"),
    ("GET", "/v1/certificates/{verification_code}"),
    ("GET", "/v1/enquiry-progress/{number}"),
    ("GET", "/v1/progress/{receipt_number}"),
}


@pytest.mark.parametrize("value", NOTHING.values(), ids=NOTHING.keys())
def test_what_cannot_be_an_id_is_not_found(client: ApiClient, value: str) -> None:
    given, seen = tokens(dependencies.clock().now()), 0
    # Which tokens were revoked is asked every few seconds, and by no path.
    revocations.refresh(0)
    with outage(Outage.FAILS) as trouble:
        for (method, path), route in Routes.declared.items():
            if (method, path) in COUNTED:
                continue
            names = [name for _, name, _, _ in Formatter().parse(path) if name]
            for bad in names:
                filled = path.format(**(dict.fromkeys(names, "abcdefgh") | {bad: value}))
                body = b"{}" if method in ("POST", "PUT", "PATCH") else b""
                answer = client.send(method, filled, body, token=given[route.access.kind])
                assert (answer.status, answer.code) == (404, "not_found"), (method, path)
                seen += 1
    assert seen > 60
    assert trouble.calls == 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("abcXYZ019._:@~-%/ é", min_size=1, max_size=400))
def test_no_path_is_a_failure_of_ours(engine: Engine, client: ApiClient, value: str) -> None:
    for path in ("/v1/receipts/", "/v1/progress/", "/v1/services/"):
        assert client.get(f"{path}x{value}").status in (403, 404, 429), value
