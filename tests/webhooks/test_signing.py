"""Standard Webhooks: the public vector, the official package both ways, and traps."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from chalicelib.deliveries import storage
from chalicelib.webhooks.service import signing
from chalicelib.webhooks.service.signing import BadSignature
from tests.deliveries.world import Hired, parcel
from tests.support.client import ApiClient
from tests.support.people import Citizen
from tests.webhooks.receiver import Receiver

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
