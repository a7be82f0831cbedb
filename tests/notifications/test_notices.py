"""What an event makes: one notice, in the inbox and on the phone."""

import threading
from datetime import timedelta

import pytest

from chalicelib.core.errors import TryAgain
from chalicelib.core.ids import new_id
from chalicelib.notifications import service, storage
from chalicelib.notifications.channels.base import ChannelUnavailable
from chalicelib.notifications.domain import LEASE, Notice
from chalicelib.notifications.storage import notices
from tests.notifications.world import (
    Platforms,
    inbox,
    paid,
    remaining,
    somebody,
    subscribe,
    token_of,
)
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock


@pytest.mark.parametrize("platform", ["wechat", "alipay", "demo"])
def test_one_event_is_one_notice_and_one_message(
    client: ApiClient, phones: Platforms, platform: str
) -> None:
    me, account = somebody(platform)
    assert subscribe(client, me, "payment", 2)["remaining"] == 2
    for _ in range(3):
        service.on_event(paid(me), MONDAY)
    [notice] = inbox(client, me)
    assert (notice["event"], notice["title"]) == ("payment.succeeded", "支付成功")
    assert "居民身份证换领" in notice["body"]
    assert notice["created_at"] == "2027-03-01T09:00:00+08:00"
    [shown] = phones.shown(account)
    assert shown.channel == ("alipay" if platform == "alipay" else "wechat")
    assert "居民身份证换领" in shown.data.values()
    assert remaining(me, "payment") == 1


def test_without_a_consent_there_is_the_inbox(client: ApiClient, phones: Platforms) -> None:
    me, account = somebody()
    service.on_event(paid(me), MONDAY)
    assert len(inbox(client, me)) == 1
    assert phones.shown(account) == []
    # A consent that comes later is for what comes later.
    subscribe(client, me, "payment")
    service.on_event(paid(me), MONDAY)
    assert phones.shown(account) == []
    assert remaining(me, "payment") == 1


def test_it_speaks_the_citizens_language_and_the_readers(
    client: ApiClient, phones: Platforms
) -> None:
    me, account = somebody("alipay")
    client.patch("/v1/me", {"locale": "en"}, token=token_of(me))
    subscribe(client, me, "payment")
    service.on_event(paid(me), MONDAY)
    [shown] = phones.shown(account)
    assert shown.data == {
        "keyword1": "Resident identity card renewal", "keyword2": "Paid", "keyword3": "¥20.00",
    }  # fmt: skip
    english = {"accept-language": "en"}
    answer = client.get("/v1/notifications", token=token_of(me), headers=english)
    assert answer.json()["items"][0]["title"] == "Payment received"


@pytest.mark.parametrize("platform", ["wechat", "alipay"])
def test_a_consent_taken_back_empties_the_count(
    client: ApiClient, phones: Platforms, platform: str
) -> None:
    me, account = somebody(platform)
    subscribe(client, me, "payment", 5)
    phones.mode(platform, "no_consent")
    service.on_event(paid(me), MONDAY)
    assert remaining(me, "payment") == 0
    phones.mode(platform, "normal")
    service.on_event(paid(me), MONDAY)
    assert phones.shown(account) == []
    assert len(inbox(client, me)) == 1


@pytest.mark.parametrize("mode", ["busy", "http_500", "slow"])
def test_trouble_at_wechat_is_tried_again(
    client: ApiClient, phones: Platforms, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, account = somebody()
    subscribe(client, me, "payment", 2)
    phones.mode("wechat", mode)
    if mode == "slow":
        phones.wechat._slow_seconds = 6
    with pytest.raises(ChannelUnavailable):
        service.on_event(paid(me), MONDAY)
    assert len(inbox(client, me)) == 1
    phones.mode("wechat", "normal")
    service.on_event(paid(me), MONDAY + timedelta(seconds=1))
    assert remaining(me, "payment") == 1
    assert storage.load_consents(me, "payment").reserved == frozenset()
    assert len(phones.shown(account)) >= 1


def test_trouble_at_alipay_is_tried_again(client: ApiClient, phones: Platforms) -> None:
    me, account = somebody("alipay")
    subscribe(client, me, "payment")
    phones.mode("alipay", "busy")
    for _ in range(2):
        with pytest.raises(ChannelUnavailable):
            service.on_event(paid(me), MONDAY)
    phones.mode("alipay", "normal")
    service.on_event(paid(me), MONDAY)
    assert len(phones.shown(account)) == 1
    assert remaining(me, "payment") == 0


def test_alipay_that_refuses_our_template_uses_no_consent(
    client: ApiClient, phones: Platforms, caplog: pytest.LogCaptureFixture
) -> None:
    me, account = somebody("alipay")
    subscribe(client, me, "payment", 2)
    phones.mode("alipay", "bad_template")
    service.on_event(paid(me), MONDAY)
    assert remaining(me, "payment") == 2
    assert "ERROR" in {record.levelname for record in caplog.records}
    asked = len(phones.asked)
    service.on_event(paid(me), MONDAY)
    assert len(phones.asked) == asked
    assert account not in caplog.text


def test_a_phone_does_not_ring_for_old_news(client: ApiClient, phones: Platforms) -> None:
    me, account = somebody()
    subscribe(client, me, "payment")
    service.on_event(paid(me), MONDAY + timedelta(days=3))
    assert len(inbox(client, me)) == 1
    assert phones.shown(account) == []
    assert remaining(me, "payment") == 1


def test_many_workers_with_one_event_send_once(client: ApiClient, phones: Platforms) -> None:
    me, account = somebody()
    subscribe(client, me, "payment", 9)
    waiting: list[Exception] = []

    def work() -> None:
        try:
            service.on_event(paid(me), MONDAY)
        except TryAgain as problem:
            waiting.append(problem)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    service.on_event(paid(me), MONDAY)
    assert len(phones.shown(account)) == 1
    assert remaining(me, "payment") == 8


def test_without_the_condition_many_workers_would_send_it_more_than_once(
    client: ApiClient, phones: Platforms, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, account = somebody()
    subscribe(client, me, "payment", 9)
    arrived = threading.Barrier(4)

    def add_unguarded(notice: Notice) -> bool:
        arrived.wait(30)
        notices.notice_record(notice).save()
        return True

    monkeypatch.setattr(storage, "add_notice", add_unguarded)
    monkeypatch.setattr(storage, "take_consent", lambda *_: True)
    threads = [threading.Thread(target=service.on_event, args=(paid(me), MONDAY)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(phones.shown(account)) > 1


def test_a_lease_keeps_others_out_until_it_is_over(client: ApiClient, phones: Platforms) -> None:
    me, account = somebody()
    subscribe(client, me, "payment")
    phones.mode("wechat", "busy")
    with pytest.raises(ChannelUnavailable):
        service.on_event(paid(me), MONDAY)
    phones.mode("wechat", "normal")
    [notice] = storage.list_notices(me, None, 10).items
    assert storage.claim(notice, MONDAY + LEASE)
    # The second way of events goes on with it.
    assert not service.arrived(paid(me))
    with pytest.raises(TryAgain):
        service.on_event(paid(me), MONDAY + LEASE / 2)
    assert phones.shown(account) == []
    service.on_event(paid(me), MONDAY + LEASE)
    assert len(phones.shown(account)) == 1
    assert service.arrived(paid(me))


def test_events_that_tell_nothing_and_nobody_leave_nothing(client: ApiClient) -> None:
    me, _ = somebody()
    nobody = paid("nobody00")
    service.on_event(nobody, MONDAY)
    assert storage.list_notices("nobody00", None, 5).items == ()
    claimed = paid(me)
    service.on_event(type(claimed)(me, 1, "case.claimed", claimed.at, "x", {}), MONDAY)
    assert inbox(client, me) == []


def test_reading_is_noted_once(client: ApiClient, clock: TestClock) -> None:
    clock.set(MONDAY)
    me, _ = somebody()
    for seq in range(3):
        service.on_event(paid(me, seq, MONDAY + timedelta(minutes=seq)), MONDAY)
    items = inbox(client, me)
    assert [item["created_at"][11:16] for item in items] == ["09:02", "09:01", "09:00"]
    path = f"/v1/notifications/{items[1]['notification_id']}/read"
    first = client.post(path, {}, token=token_of(me)).json()
    clock.advance(60)
    assert client.post(path, {}, token=token_of(me)).json() == first
    assert first["read_at"]
    assert [bool(item["read_at"]) for item in inbox(client, me)] == [False, True, False]


def test_pages_of_the_inbox_hold_each_notice_once(client: ApiClient) -> None:
    me, _ = somebody()
    for seq in range(7):
        service.on_event(paid(me, seq, MONDAY + timedelta(seconds=seq // 2)), MONDAY)
    seen, cursor = [], ""
    while True:
        page = client.get(f"/v1/notifications?limit=3{cursor}", token=token_of(me)).json()
        seen += [item["notification_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 7
    seconds = [one[:6] for one in seen]
    assert seconds == sorted(seconds, reverse=True)


def test_what_happens_in_one_second_is_told_in_its_order(client: ApiClient) -> None:
    me, _ = somebody()
    for seq in (3, 12, 1, 2, 11):
        service.on_event(paid(me, seq), MONDAY)
    found = [storage.load_notice(me, one["notification_id"]) for one in inbox(client, me)]
    assert [one.event_id.rpartition(".")[2] for one in found if one] == ["12", "11", "3", "2", "1"]


def test_consents_are_counted_once_and_bounded(client: ApiClient) -> None:
    me, _ = somebody()
    body, key = {"template": "reminder", "count": 3}, {"Idempotency-Key": new_id()}
    first = client.post("/v1/me/subscriptions", body, token=token_of(me), headers=key)
    again = client.post("/v1/me/subscriptions", body, token=token_of(me), headers=key)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert first.json()["remaining"] == 3
    assert subscribe(client, me, "stand-in-wechat-reminder", 20)["remaining"] == 20
    other = client.post(
        "/v1/me/subscriptions", {"template": "none"}, token=token_of(me), headers=key
    )
    assert (other.status, other.json()["errors"][0]["pointer"]) == (422, "/template")
    another = {**body, "template": "payment"}
    reused = client.post("/v1/me/subscriptions", another, token=token_of(me), headers=key)
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")
    listed = client.get("/v1/me/subscriptions", token=token_of(me)).json()["items"]
    assert {one["template"]: one["remaining"] for one in listed}["reminder"] == 20
    assert listed[1]["platform_template_id"] == "stand-in-wechat-reminder"
    for count in (0, 21, "1", -1):
        bad = {"template": "reminder", "count": count}
        answer = client.post("/v1/me/subscriptions", bad, token=token_of(me))
        assert answer.status == 422


def test_all_that_is_held_is_given_out_and_erased(
    client: ApiClient, phones: Platforms, clock: TestClock
) -> None:
    me, _ = somebody()
    subscribe(client, me, "payment", 2)
    service.on_event(paid(me), MONDAY)
    held = client.get("/v1/me/export", token=token_of(me)).json()["notifications"]
    assert held["consents"] == {"payment": 1}
    assert held["inbox"][0]["title"] == "支付成功"
    assert client.delete("/v1/me", token=token_of(me)).status == 204
    assert storage.list_notices(me, None, 5).items == ()
    assert storage.list_consents(me) == {}
    service.on_event(paid(me, 2), MONDAY)
    assert storage.list_notices(me, None, 5).items == ()
