from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.core.auth import Caller, Citizen, Staff
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.http_messages import (
    Amount,
    Day,
    Moment,
    Nothing,
    QueryModel,
    Request,
    replayed,
)
from chalicelib.core.idempotency import Attempt
from chalicelib.core.money import Money

CITIZEN = Citizen("c1", "p1", "basic")
STAFF = Staff("s1", frozenset({"clerk"}), frozenset({"hall-1"}))
MOMENT = TypeAdapter[datetime](Moment)
DAY = TypeAdapter[date](Day)


class Page(QueryModel):
    limit: int = 20


def request(caller: Caller | None = None, query: QueryModel | None = None) -> Request[Nothing]:
    facts: dict[str, Any] = {"headers": {}, "source": "", "query": query}
    now = datetime(2026, 12, 1, tzinfo=UTC)
    return Request(caller, Nothing(), "en", now, "r1", Attempt("key", "print"), **facts)


def test_who_asks_is_a_citizen_or_staff() -> None:
    assert request(CITIZEN).citizen is CITIZEN
    assert request(STAFF).staff is STAFF
    for nobody in (request(), request(STAFF)):
        with pytest.raises(Unauthenticated):
            _ = nobody.citizen
    for nobody in (request(), request(CITIZEN)):
        with pytest.raises(Unauthenticated):
            _ = nobody.staff


def test_a_query_is_read_by_routes_that_declare_it() -> None:
    assert request(query=Page(limit=5)).asked(Page).limit == 5
    with pytest.raises(TypeError, match="declares no Page"):
        request().asked(Page)


def test_a_repeated_answer_says_so() -> None:
    headers = {"Location": "/v1/x/1"}
    assert replayed(Nothing(), again=False, headers=headers).headers == headers
    marked = {**headers, "Idempotency-Replayed": "true"}
    assert replayed(Nothing(), again=True, headers=headers).headers == marked


@pytest.mark.parametrize("given", ["2000-01-01", "2999-12-31", "2028-02-29", date(2026, 12, 1)])
def test_a_day_is_read(given: object) -> None:
    assert str(DAY.validate_python(given)) == str(given)


@pytest.mark.parametrize(
    "given",
    ["1999-12-31", "3000-01-01", "2027-02-29", "20261201", "1764547200", "2026-12-01T00:00", "", 5],
)
def test_what_is_no_day_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(given)


def test_an_amount_is_shown_in_its_smallest_unit() -> None:
    assert Amount.of(Money(5, "hkd")).model_dump() == {"cents": 5, "currency": "hkd"}


@pytest.mark.parametrize(
    "given", ["2000-01-01T00:00:00Z", "2026-12-01T10:00:00+08:00", "2999-12-30T11:59:59-12:00"]
)
def test_a_moment_is_read(given: str) -> None:
    assert MOMENT.validate_json(f'"{given}"') == datetime.fromisoformat(given)


@pytest.mark.parametrize(
    "given",
    [
        "0001-01-01T00:00:00+14:00",
        "1999-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "2026-12-01T10:00:00",
        "",
    ],
)
def test_a_moment_with_which_one_cannot_reckon_is_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_json(f'"{given}"')
