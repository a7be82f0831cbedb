"""Standard Webhooks: the public vector, the official package both ways, and traps."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from chalicelib.deliveries import storage
from chalicelib.webhooks.service import signing
from chalicelib.webhooks.service.signing import BadSignature
from tests.deliveries.test_deliveries import admin, hired, me
from tests.deliveries.world import Hired, parcel, post_signed, report
from tests.support.client import ApiClient
from tests.support.people import Citizen
from tests.webhooks.receiver import Receiver

__all__ = ["admin", "hired", "me"]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime.fromtimestamp(1614265330, UTC)
VECTOR = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
_WRONG = ("", " ", "v1", "v1,", "v1,\xff\xfe", "v2,AAAA", ",,,", "-1", "nan")
BODY = '{"test": 2432232314}'


def test_the_public_vector() -> None:
    assert signing.sign([SECRET], VECTOR["webhook-id"], NOW, BODY) == VECTOR
    assert signing.verify([SECRET], VECTOR, BODY.encode(), [NOW]) == VECTOR["webhook-id"]
    beijing = NOW.astimezone(tz=None)
    assert signing.sign([SECRET], VECTOR["webhook-id"], beijing, BODY) == VECTOR


def test_the_official_package_takes_ours_while_a_secret_is_turned() -> None:
    old, new = signing.new_secret(), signing.new_secret()
    headers = signing.sign([new, old], "msg_1", datetime.now(UTC), BODY)
    for secret in (old, new):
        assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)


@given(st.text(max_size=200), st.sampled_from(sorted(VECTOR)))
def test_no_garbage_is_taken(garbage: str, header: str) -> None:
    if garbage.split(" ") and VECTOR[header] not in garbage.split(" "):
        with pytest.raises(BadSignature):
            signing.verify([SECRET], {**VECTOR, header: garbage}, BODY.encode(), [NOW])


@given(st.binary(max_size=200))
def test_no_other_body_is_taken(body: bytes) -> None:
    if body != BODY.encode():
        with pytest.raises(BadSignature):
            signing.verify([SECRET], VECTOR, body, [NOW])


def test_freshness_is_five_minutes_either_way() -> None:
    for seconds, good in ((-301, False), (-300, True), (300, True), (301, False)):
        moments = [NOW + timedelta(seconds=seconds)]
        if good:
            assert signing.verify([SECRET], VECTOR, BODY.encode(), moments)
        else:
            with pytest.raises(BadSignature):
                signing.verify([SECRET], VECTOR, BODY.encode(), moments)


def traps(hired: Hired, delivery_id: str) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Yield requests that must be refused: a name, a body, and what differs in the headers."""
    good = {
        "type": "delivery.updated",
        "timestamp": "2026-12-01T00:00:00Z",
        "data": {
            "delivery_id": delivery_id,
            "status": "delivered",
            "occurred_at": "2026-11-20T00:00:00Z",
        },
    }
    body = json.dumps(good)
    now = datetime.now(UTC)

    def signed(secret: str = hired.secret, at: datetime = now) -> dict[str, str]:
        return {
            "webhook-id": "msg_trap",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign("msg_trap", at, body),
        }

    yield "no header", body.encode(), {}
    for name in signed():
        yield f"without {name}", body.encode(), {k: v for k, v in signed().items() if k != name}
        for value in (
            "",
            " ",
            "v1",
            "v1,",
            "v1,\xff\xfe",
            "v2,AAAA",
            ",,,",
            "9" * 400,
            "-1",
            "nan",
        ):
            yield f"{name}={value!r}", body.encode(), {**signed(), name: value}
    yield "wrong secret", body.encode(), signed(signing.new_secret())
    yield "old", body.encode(), signed(at=now - timedelta(seconds=302))
    yield "future", body.encode(), signed(at=now + timedelta(seconds=302))
    yield "not UTF-8", b"\xff\xfe" + body.encode(), signed()
    yield "changed", body.replace("delivered", "lost").encode(), signed()
    yield "a megabyte", b"x" * 1_000_000, signed()
    yield "without v1", body.encode(), {
        **signed(), "webhook-signature": signed()["webhook-signature"].removeprefix("v1,")
    }  # fmt: skip


def test_traps_are_refused_and_nothing_is_kept(
    client: ApiClient, me: Citizen, hired: Hired, receiver: Receiver
) -> None:
    delivery = parcel(client, me, hired)
    path = f"/v1/webhooks/couriers/{hired.courier_id}"
    for name, body, headers in traps(hired, delivery.delivery_id):
        answer = client.send("POST", path, body, headers=headers)
        expected = 413 if name == "a megabyte" else 401
        assert answer.status == expected, (name, answer.body)
    assert storage.load(delivery.delivery_id) == delivery


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


def test_what_is_to_come_has_not_happened(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery = parcel(client, me, hired)
    soon = datetime.now(UTC) + timedelta(minutes=10)
    answer = report(client, hired, delivery.delivery_id, "delivered", soon)
    assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, "/data/occurred_at")


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
