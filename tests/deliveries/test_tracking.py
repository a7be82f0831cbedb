"""Couriers' tracking updates: what is taken, once, and from whom."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.ids import new_id
from chalicelib.deliveries import storage
from chalicelib.deliveries.domain.delivery import MOST_WRONG_CODES, Flag
from chalicelib.deliveries.service import proof
from tests.deliveries.world import Hired, parcel, post_signed, report, stored
from tests.support.client import ApiClient
from tests.support.meter import metered
from tests.support.people import Citizen
from tests.support.walk import entered
from tests.webhooks.receiver import Receiver

_ODD_TIMES = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "1970-01-01T00:00:00Z",
    "9999-01-01T00:00:00+23:59",
    "0000-00-00T00:00:00Z",
    "1e400",
)
_ANY_OFFSET = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_ANY_TIME = st.datetimes(timezones=_ANY_OFFSET).map(datetime.isoformat)
_AT = "2026-12-01T00:00:00Z"
_DATA = {"delivery_id": "d" * 20, "status": "accepted", "occurred_at": _AT}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        "{" * 100_000,
        "[" * 100_000,
        '{"type": "delivery.updated", "timestamp": 1, "data": {}}',
        '{"type": "delivery.updated", "timestamp": "2026-12-01T00:00:00Z", "data": {}}',
        '{"type": "delivery.updated", "timestamp": "2026-12-01T00:00:00", "data": {}}',
        '{"a": 1e999999}',
        '"\\ud800"',
    ],
)
def test_a_signed_body_that_makes_no_sense_is_a_4xx(
    client: ApiClient, hired: Hired, body: str
) -> None:
    assert 400 <= post_signed(client, hired, body).status < 500


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"data": {**_DATA, "status": "flown"}}, ["/data/status"]),
        (
            {"data": {**_DATA, "occurred_at": "soon", "more": 1}},
            ["/data/occurred_at", "/data/more"],
        ),
        ({"data": {"status": "accepted"}}, ["/data/delivery_id", "/data/occurred_at"]),
        ({"data": []}, ["/data"]),
        ({"timestamp": 7}, ["/timestamp"]),
        ({"type": 7}, ["/type"]),
        ({"type": "courier.news", "data": []}, ["/data"]),
        ({"type": "courier.news", "more": 1}, ["/more"]),
    ],
    ids=str,
)
def test_what_is_wrong_in_a_message_is_named_where_it_stands(
    client: ApiClient, hired: Hired, changes: dict[str, object], pointers: list[str]
) -> None:
    body = {"type": "delivery.updated", "timestamp": _AT, "data": _DATA, **changes}
    answer = post_signed(client, hired, json.dumps(body))
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


def test_an_update_passes_few_functions_and_loads_each_thing_once(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    delivery_id = parcel(client, me, hired).delivery_id
    # The courier is known and the code is loaded.
    assert report(client, hired, delivery_id, "accepted").status == 200

    def carries(given: object) -> bool:
        return delivery_id in (given, getattr(given, "delivery_id", None))

    with metered() as cost, entered(carries) as noted:
        answer = report(client, hired, delivery_id, "picked_up", location="杭州")
    assert answer.json() == {"result": "applied"}
    # The couriers are read anew every five seconds, for all updates together.
    calls = [call for call in cost.calls if call != "Query"]
    assert calls == ["GetItem", "GetItem", "TransactWriteItems"]
    assert 5 <= len(noted) <= 12, noted


def test_other_types_are_acknowledged(client: ApiClient, hired: Hired) -> None:
    body = {"type": "courier.news", "timestamp": "2026-12-01T00:00:00Z", "data": {"any": 1}}
    answer = post_signed(client, hired, json.dumps(body))
    assert (answer.status, answer.json()) == (200, {"result": "ignored"})


def test_the_same_message_counts_once(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery = parcel(client, me, hired)
    for result in ("applied", "duplicate", "duplicate"):
        answer = report(client, hired, delivery.delivery_id, "accepted", message_id="msg_x")
        assert answer.json() == {"result": result}
    path = f"/v1/deliveries/{delivery.delivery_id}"
    assert len(client.get(path, token=me.token).json()["events"]) == 1


def test_a_courier_knows_nothing_of_another_ones_parcel(
    client: ApiClient, me: Citizen, receiver: Receiver, admin: str, hired: Hired
) -> None:
    from tests.deliveries.world import hire

    other = hire(client, receiver, admin)
    delivery = parcel(client, me, hired)
    foreign = report(client, other, delivery.delivery_id, "delivered")
    unknown = report(client, other, "x" * 20, "delivered")
    assert (foreign.status, unknown.status) == (404, 404)
    assert foreign.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}
    # Signed by one, sent to the other's address.
    mixed = Hired(hired.courier_id, other.secret, hired.area, hired.inbox)
    assert report(client, mixed, delivery.delivery_id, "delivered").status == 401
    assert storage.load(delivery.delivery_id) == delivery


@pytest.mark.parametrize("value", ["", "x" * 2100, "a#b", "a/b", "包裹", "a\u0000b", "abcdefgh\n"])
def test_what_cannot_be_a_parcel_is_unknown_like_any_other(
    client: ApiClient, hired: Hired, value: str
) -> None:
    assert report(client, hired, value, "delivered").status == 404


def test_what_is_to_come_has_not_happened(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery = parcel(client, me, hired)
    soon = datetime.now(UTC) + timedelta(minutes=10)
    answer = report(client, hired, delivery.delivery_id, "delivered", soon)
    assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, "/data/occurred_at")


def test_no_time_outside_a_parcel_s_life_is_taken(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    delivery_id = parcel(client, me, hired).delivery_id

    @settings(max_examples=40, deadline=None)
    @given(st.sampled_from(_ODD_TIMES) | _ANY_TIME)
    def refused(at: str) -> None:
        data = {"delivery_id": delivery_id, "status": "picked_up", "occurred_at": at}
        body = {"type": "delivery.updated", "timestamp": "2026-12-01T00:00:00Z", "data": data}
        answer = post_signed(client, hired, json.dumps(body))
        assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, "/data/occurred_at")

    refused()
    now = datetime.now(UTC)
    for before, expected in ((timedelta(hours=23), 200), (timedelta(hours=25), 422)):
        answer = report(client, hired, delivery_id, "picked_up", now - before)
        assert answer.status == expected


@pytest.mark.parametrize("wrong", [MOST_WRONG_CODES - 1, MOST_WRONG_CODES])
def test_a_courier_has_a_few_tries_at_the_code(
    client: ApiClient, hired: Hired, me: Citizen, wrong: int
) -> None:
    made = parcel(client, me, hired, service_id="passport-issue")
    assert made.proof_needed
    right = proof.code_of(made.delivery_id)

    def brought(code: str | None, message_id: str | None = None) -> str:
        data = {} if code is None else {"proof_code": code}
        answer = report(client, hired, made.delivery_id, "delivered", None, message_id, **data)
        assert answer.status == 200, answer.body
        return str(answer.json()["result"])

    for step in range(1, 1 + wrong):
        code, message_id = f"{(int(right) + step) % 10**6:06}", f"msg_{new_id()}"
        # The same report again is no other try.
        assert [brought(code, message_id) for _ in range(2)] == ["kept", "duplicate"]
    looked_at = wrong < MOST_WRONG_CODES
    assert brought(right) == ("applied" if looked_at else "kept")
    assert stored(made.delivery_id).flag is (None if looked_at else Flag.PROOF_WRONG)
    if not looked_at:
        # Without a code it counts, and a person looks into it.
        assert brought(None) == "applied"
        assert stored(made.delivery_id).flag is Flag.PROOF_WRONG
