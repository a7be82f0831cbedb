import pytest

from chalicelib.core import responses
from chalicelib.core.errors import NotFound, TooManyRequests

HALL = "https://hall.example"


@pytest.mark.parametrize(("origin", "read"), [(HALL, True), (None, False), (f"{HALL}.evil", False)])
def test_browsers_read_answers_of_the_origins_in_the_settings(
    origin: str | None, *, read: bool
) -> None:
    allowed = responses.cors(origin)
    assert bool(allowed) is read
    assert allowed.get("Access-Control-Allow-Origin") == (origin if read else None)
    preflight = responses.of_preflight(origin, ["GET", "PUT"])
    assert (preflight.status, preflight.headers["Vary"]) == (204, "Origin")
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, PUT"
    assert preflight.headers.items() >= allowed.items()


@pytest.mark.parametrize("origin", [HALL, None, "https://paper.example"])
def test_open_data_are_read_from_every_origin(origin: str | None) -> None:
    for path in ("/v1/datasets", "/v1/datasets/{dataset_id}/data", "/v1/performance"):
        assert responses.cors(origin, path)["Access-Control-Allow-Origin"] == "*"
        preflight = responses.of_preflight(origin, ["GET"], path)
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"


def test_a_problem_is_in_the_readers_language_and_kept_by_nobody() -> None:
    headers = {"accept-language": "en", "origin": HALL}
    told = responses.of_problem(TooManyRequests(retry_after=9), headers, "r1")
    assert told.status == 429
    assert told.headers["Content-Language"] == "en"
    assert told.headers["Retry-After"] == "9"
    assert told.headers["Cache-Control"] == "no-store"
    assert told.headers["Access-Control-Allow-Origin"] == HALL
    # All by which a cache must tell its copies apart (RFC 9110, 12.5.5).
    varies = {"Accept", "Accept-Encoding", "Accept-Language", "Origin"}
    assert set(told.headers["Vary"].split(", ")) == varies
    assert '"code": "too_many_requests"' in str(told.body)
    assert "没有找到" in str(responses.of_problem(NotFound(), {}, "r2").body)


@pytest.mark.parametrize(
    ("given", "known"),
    [("", False), ("*", True), ('"a"', True), ('"b", W/"a"', True), ('"ab"', False), ("a", False)],
)
def test_a_tag_is_compared_weakly(given: str, *, known: bool) -> None:
    assert responses._has(given, '"a"') is known
