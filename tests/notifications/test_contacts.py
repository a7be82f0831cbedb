"""A number and a mail address are proven by a code that was sent there."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import secret_code
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.identity.service import reach
from chalicelib.notifications.contacts import domain, service
from chalicelib.notifications.contacts.domain import TRIES, CodeRequest
from tests.notifications.texts import Texts, number, post, prove, texts_served
from tests.notifications.world import somebody, token_of
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock

ADDRESSES = [("phone", number), ("email", lambda: f"{new_id(8).lower()}@example.com")]


@pytest.fixture
def texts(client: ApiClient, clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Texts]:
    clock.set(MONDAY)
    with texts_served(monkeypatch) as found:
        yield found


@pytest.mark.parametrize(("contact", "new"), ADDRESSES)
def test_a_code_proves_it_once_and_a_replay_says_the_same(
    client: ApiClient, texts: Texts, contact: str, new: Any
) -> None:
    me, _ = somebody()
    token, address, key = token_of(me), new(), new_id()
    path, body = f"/v1/me/{contact}", {contact: address}
    first = post(client, token, path, body, key)
    again = post(client, token, path, body, key)
    assert (first.status, again.status) == (202, 202)
    assert first.json() == again.json()
    assert first.json()["expires_at"].startswith("2027-03-01T09:1")
    assert again.headers["idempotency-replayed"] == "true"
    assert len(texts.shown(address)) == 1
    other = post(client, token, path, {contact: new()}, key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert not client.get("/v1/me", token=token).json()["phone_verified"]

    given, key = {"code": texts.code(address)}, new_id()
    proven = post(client, token, f"{path}/verify", given, key)
    replayed = post(client, token, f"{path}/verify", given, key)
    assert (proven.status, replayed.status) == (200, 200)
    assert proven.json() == replayed.json()
    assert proven.json()[f"{contact}_verified"] is True
    assert replayed.headers["idempotency-replayed"] == "true"
    # It is used up.
    assert post(client, token, f"{path}/verify", given).status == 422
    assert address not in client.get("/v1/me", token=token).body.decode()
    exported = client.get("/v1/me/export", token=token).json()
    assert exported["profile"][contact] == address
    assert exported["notifications"]["preferences"]["quiet_hours"] is True
    reached = reach.channels(me)
    assert reached
    assert getattr(reached, contact) == address

    assert client.delete(path, token=token).status == 204
    assert client.get("/v1/me", token=token).json()[contact] is None
    reached = reach.channels(me)
    assert reached
    assert getattr(reached, contact) is None


@pytest.mark.parametrize(("contact", "new"), ADDRESSES)
def test_five_wrong_codes_end_it(client: ApiClient, texts: Texts, contact: str, new: Any) -> None:
    me, _ = somebody()
    token, address = token_of(me), new()
    path = f"/v1/me/{contact}"
    assert post(client, token, f"{path}/verify", {"code": "123456"}).status == 422
    assert post(client, token, path, {contact: address}).status == 202
    right = texts.code(address)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(TRIES):
        answer = post(client, token, f"{path}/verify", {"code": wrong})
        assert answer.status == 422
        assert answer.json()["errors"][0]["pointer"] == "/code"
    assert post(client, token, f"{path}/verify", {"code": right}).status == 422
    # A new one begins anew.
    assert post(client, token, path, {contact: address}).status == 202
    code = {"code": texts.code(address)}
    assert post(client, token, f"{path}/verify", code).status == 200


def test_however_many_guess_at_once_five_are_compared(
    client: ApiClient, texts: Texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, _ = somebody()
    token, phone = token_of(me), number()
    post(client, token, "/v1/me/phone", {"phone": phone})
    compared: list[str] = []
    real = secret_code.is_right

    def counted(code: str, given: str | None) -> bool:
        compared.append(str(given))
        return real(code, given)

    monkeypatch.setattr(secret_code, "is_right", counted)
    wrong = [f"{(int(texts.code(phone)) + n) % 10**6:06}" for n in range(1, 13)]
    threads = [
        threading.Thread(target=post, args=(client, token, "/v1/me/phone/verify", {"code": code}))
        for code in wrong
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(compared) == TRIES


def test_a_code_is_good_for_ten_minutes(client: ApiClient, texts: Texts, clock: TestClock) -> None:
    me, _ = somebody()
    token, phone = token_of(me), number()
    post(client, token, "/v1/me/phone", {"phone": phone})
    code = {"code": texts.code(phone)}
    clock.advance(600)
    assert post(client, token_of(me), "/v1/me/phone/verify", code).status == 422


def test_too_many_codes_are_refused_to_a_number_of_a_person_and_of_a_source(
    client: ApiClient, texts: Texts, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(86400)
    phone, statuses = number(), []
    for _ in range(3):
        token = token_of(somebody()[0])
        statuses += [post(client, token, "/v1/me/phone", {"phone": phone}).status for _ in range(2)]
    assert statuses == [202] * 5 + [429]
    token = token_of(somebody()[0])
    answers = [post(client, token, "/v1/me/phone", {"phone": number()}) for _ in range(11)]
    assert [one.status for one in answers] == [202] * 10 + [429]
    # Until midnight in Shanghai.
    assert 14 * 3600 < int(answers[-1].headers["retry-after"]) <= 15 * 3600
    monkeypatch.setattr(service, "SETTINGS", replace(SETTINGS, codes_a_source_an_hour=3))
    assert post(client, token_of(somebody()[0]), "/v1/me/phone", {"phone": number()}).status == 429


def test_an_attempt_that_comes_many_times_at_once_is_one_code(
    client: ApiClient, texts: Texts, clock: TestClock
) -> None:
    token, phone, attempt = token_of(somebody()[0]), number(), new_id()
    asked = {"phone": phone}
    with ThreadPoolExecutor(4) as threads:
        ask = lambda _: post(client, token, "/v1/me/phone", asked, attempt)  # noqa: E731 - short.
        assert {one.status for one in threads.map(ask, range(4))} == {202}
    assert len(texts.shown(phone)) == 1
    # Four more may be sent there today.
    others = [post(client, token, "/v1/me/phone", asked).status for _ in range(5)]
    assert others == [202] * 4 + [429]


@pytest.mark.parametrize("mode", ["down", "slow", "cut", "garbage", "no_money"])
def test_the_same_attempt_sends_again_what_did_not_come_through(
    client: ApiClient, texts: Texts, mode: str
) -> None:
    me, _ = somebody()
    token, phone, key = token_of(me), number(), new_id()
    texts.mode("alibaba_sms", mode)
    failed = post(client, token, "/v1/me/phone", {"phone": phone}, key)
    assert (failed.status, failed.code) == (503, "channel_unavailable")
    assert failed.headers["retry-after"] == "5"
    texts.mode("alibaba_sms", "normal")
    assert post(client, token, "/v1/me/phone", {"phone": phone}, key).status == 202
    # Whichever comes, it is the same code.
    codes = {str(one.data) for one in texts.shown(phone)}
    assert len(codes) == 1
    code = {"code": texts.code(phone)}
    assert post(client, token, "/v1/me/phone/verify", code).status == 200


@pytest.mark.parametrize(
    ("mode", "status"), [("bad_number", 422), ("bad_template", 422), ("limited", 429)]
)
def test_what_a_service_refuses_is_refused_again(
    client: ApiClient, texts: Texts, mode: str, status: int
) -> None:
    me, _ = somebody()
    token, body, key = token_of(me), {"phone": number()}, new_id()
    texts.mode("alibaba_sms", mode)
    for _ in range(2):
        assert post(client, token, "/v1/me/phone", body, key).status == status


def test_without_a_service_there_is_no_such_channel(client: ApiClient, texts: Texts) -> None:
    texts.offered.clear()
    token = token_of(somebody()[0])
    answer = post(client, token, "/v1/me/phone", {"phone": number()})
    assert (answer.status, answer.code) == (409, "channel_not_offered")


@pytest.mark.parametrize(
    ("contact", "given"),
    [("phone", one) for one in ("", "12345", "23800000000", 13912345678, None, "1391234567a")]
    + [
        ("email", one)
        for one in ("", "lin", "@x.cn", "a@b", "a b@x.cn", "a@x..cn", "a@-x.cn", "林@x.cn", 7)
    ]
    + [("email", f"{'a' * 65}@x.cn"), ("email", f"a@{'x.' * 130}cn")],
)
def test_what_is_no_address_is_refused(client: ApiClient, contact: str, given: object) -> None:
    token = token_of(somebody()[0])
    answer = post(client, token, f"/v1/me/{contact}", {contact: given})
    assert answer.status == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{contact}"


def test_addresses_are_read_as_they_are_meant(client: ApiClient, texts: Texts) -> None:
    token, phone = token_of(somebody()[0]), number()
    typed = f" +86 {phone[:3]}-{phone[3:7]} {phone[7:]}"
    prove_typed(client, texts, token, "phone", typed, phone)
    name = new_id(8)
    prove_typed(client, texts, token, "email", f" {name}@Example.COM ", f"{name}@example.com")


def prove_typed(
    client: ApiClient, texts: Texts, token: str, contact: str, typed: str, to: str
) -> None:
    assert post(client, token, f"/v1/me/{contact}", {contact: typed}).status == 202
    code = texts.code(to)
    shown = f"{code[:3]} {code[3:]}"
    assert post(client, token, f"/v1/me/{contact}/verify", {"code": shown}).status == 200


def test_another_number_is_not_proven_by_the_one_before(client: ApiClient, texts: Texts) -> None:
    me, _ = somebody()
    token, phone = token_of(me), number()
    prove(client, texts, token, "phone", phone)
    same = client.patch("/v1/me", {"phone": phone}, token=token).json()
    assert same["phone_verified"] is True
    other = client.patch("/v1/me", {"phone": number()}, token=token).json()
    assert other["phone_verified"] is False
    reached = reach.channels(me)
    assert reached
    assert reached.phone is None


def test_rules_of_a_request() -> None:
    request = CodeRequest("key", "sealed", MONDAY + domain.LIFETIME, MONDAY + domain.LEASE)
    assert request.is_good(MONDAY)
    assert not request.is_good(MONDAY + domain.LIFETIME)
    assert not request.used(()).is_good(MONDAY)
    assert not CodeRequest("key", "", request.expires_at, MONDAY, tries=TRIES).is_good(MONDAY)
    assert CodeRequest("key", "", request.expires_at, MONDAY, tries=TRIES - 1).is_good(MONDAY)
    free = MONDAY + domain.LEASE
    assert request.may_be_sent("key", free)
    assert not request.may_be_sent("other", free)
    assert not request.may_be_sent("key", free - timedelta(seconds=1))
    assert not request.may_be_sent("key", MONDAY + domain.LIFETIME)
    sent = CodeRequest("key", "", request.expires_at, MONDAY, sent=True)
    assert not sent.may_be_sent("key", free)
