"""People are reached over one channel at a time, until one took it and it arrived."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.cases.uploads.service import scans
from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.errors import TryAgain
from chalicelib.core.events import Event
from chalicelib.core.ids import new_id
from chalicelib.identity.service import contacts
from chalicelib.notifications import service, storage
from chalicelib.notifications.channels.base import ChannelUnavailable
from chalicelib.notifications.domain import FIRST_REPORT, LEASE, Notice, PushState
from tests.notifications.texts import Texts, number, post, texts_served
from tests.notifications.world import (
    events_of,
    inbox,
    paid,
    remaining,
    somebody,
    subscribe,
    token_of,
)
from tests.support import functions
from tests.support.cases import application, have_papers, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, crash_after_writes
from tests.support.people import Citizen, id_number

NIGHT = datetime.combine(MONDAY.date(), datetime.min.time(), OFFICE_ZONE) + timedelta(hours=22.5)
DAWN = NIGHT + timedelta(hours=8, minutes=40)


@pytest.fixture
def texts(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Texts]:
    with texts_served(monkeypatch) as found:
        yield found


class Person:
    """Somebody with a number and a mail address, and no consent of any platform."""

    def __init__(self, *known: str) -> None:
        self.citizen_id, _ = somebody()
        self.phone, self.email = number(), f"{new_id(8)}@example.com"
        for contact in known or ("phone", "email"):
            address = self.phone if contact == "phone" else self.email
            contacts.prove_contact(self.citizen_id, contact, address, "code", MONDAY)  # type: ignore[arg-type]
        self.seq = 0

    def event(self, at: datetime = MONDAY, actor: str = "system:x") -> Event:
        self.seq += 1
        event = paid(self.citizen_id, self.seq, at)
        return Event(event.subject, event.seq, event.type, event.at, actor, event.data)

    def notice(self) -> Notice:
        return storage.list_notices(self.citizen_id, None, 1).items[0]

    def seen(self, texts: Texts) -> tuple[int, int]:
        return len(texts.shown(self.phone)), len(texts.shown(self.email))


def follow(at: datetime) -> None:
    functions.run("follow_notices", at)


def wants(client: ApiClient, person: Person, **given: Any) -> None:
    answer = client.put("/v1/me/notice-preferences", given, token=token_of(person.citizen_id))
    assert answer.status == 200, answer.body


def test_without_a_consent_a_text_comes_once(client: ApiClient, texts: Texts) -> None:
    me = Person()
    event = me.event()
    for _ in range(3):
        service.on_event(event, MONDAY)
    assert me.seen(texts) == (1, 0)
    [shown] = texts.shown(me.phone)
    assert shown.template == "stand-in-alibaba-payment"
    assert dict(shown.data) == {"text1": "居民身份证换领", "text2": "支付成功", "text3": "¥20.00"}
    assert me.notice().push_state is PushState.SENT
    follow(MONDAY + FIRST_REPORT)
    assert me.notice().push_state is PushState.ARRIVED
    assert len(inbox(client, me.citizen_id)) == 1


def test_the_order_is_the_persons_own(client: ApiClient, texts: Texts) -> None:
    me = Person()
    wants(client, me, channels={"payment": ["email", "sms"]})
    service.on_event(me.event(), MONDAY)
    assert me.seen(texts) == (0, 1)
    assert texts.shown(me.email)[0].data["title"] == "支付成功"
    wants(client, me, channels={"payment": ["inbox"]})
    service.on_event(me.event(), MONDAY)
    assert me.seen(texts) == (0, 1)
    assert len(inbox(client, me.citizen_id)) == 2


@pytest.mark.parametrize("mode", ["bad_number", "limited", "bad_template", "no_money"])
def test_what_one_channel_refuses_goes_over_the_next(
    client: ApiClient, texts: Texts, mode: str
) -> None:
    me = Person()
    texts.mode("alibaba_sms", mode)
    event = me.event()
    for _ in range(2):
        service.on_event(event, MONDAY)
    assert me.seen(texts) == (0, 1)
    texts.mode("alibaba_sms", "normal")
    service.on_event(me.event(), MONDAY)
    # A number that is nobody's is not asked again, until a code comes back from it.
    assert me.seen(texts) == ((0, 2) if mode == "bad_number" else (1, 1))


@pytest.mark.parametrize("mode", ["down", "slow", "cut", "garbage", "no_money"])
def test_a_service_that_fails_loses_and_doubles_nothing(
    client: ApiClient, texts: Texts, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    me = Person("phone")
    texts.mode("alibaba_sms", mode)
    event = me.event()
    with pytest.raises(ChannelUnavailable):
        service.on_event(event, MONDAY)
    texts.mode("alibaba_sms", "normal")
    for seconds in (1, 70):
        service.on_event(event, MONDAY + timedelta(seconds=seconds))
    assert me.seen(texts)[0] == 1
    assert me.notice().push_state in (PushState.SENT, PushState.ARRIVED)
    assert me.phone not in caplog.text


def test_what_is_reported_late_as_lost_goes_over_the_next_channel_once(
    client: ApiClient, texts: Texts
) -> None:
    me, other = Person(), Person("phone")
    texts.mode("alibaba_sms", "not_arrived")
    for one in (me, other):
        service.on_event(one.event(), MONDAY)
        assert one.notice().push_state is PushState.SENT
    for minutes in (4, 5, 6, 50):
        follow(MONDAY + timedelta(minutes=minutes))
    assert me.seen(texts) == (0, 1)
    assert me.notice().channel == "email"
    assert me.notice().push_state is PushState.ARRIVED
    assert other.notice().push_state is PushState.UNDELIVERED


@pytest.mark.fresh_index("asks the list whether what is done has left it")
def test_a_service_that_never_reports_is_asked_for_three_days(
    client: ApiClient, texts: Texts
) -> None:
    me, at = Person(), MONDAY
    texts.mode("alibaba_sms", "silent")
    service.on_event(me.event(), MONDAY)
    for hours in (0.1, 1, 4, 17, 42, 79):
        at = MONDAY + timedelta(hours=hours)
        assert following(me, at) == 1, hours
        follow(at)
    assert following(me, at + timedelta(days=9)) == 0
    assert me.seen(texts) == (1, 0)


def following(person: Person, at: datetime) -> int:
    found = storage.list_follow_ups(at, 10_000)
    return sum(one.citizen_id == person.citizen_id for one in found)


def test_a_service_that_lies_costs_a_text_and_no_notice(client: ApiClient, texts: Texts) -> None:
    me = Person()
    texts.mode("alibaba_sms", "lies")
    service.on_event(me.event(), MONDAY)
    follow(MONDAY + FIRST_REPORT)
    assert me.seen(texts) == (0, 0)
    assert len(inbox(client, me.citizen_id)) == 1


def test_a_dead_number_is_left_alone_until_it_is_proven_again(
    client: ApiClient, texts: Texts
) -> None:
    from chalicelib.notifications.preferences import service as preferences

    me = Person()
    texts.mode("alibaba_sms", "dead")
    service.on_event(me.event(), MONDAY)
    follow(MONDAY + FIRST_REPORT)
    texts.mode("alibaba_sms", "normal")
    service.on_event(me.event(), MONDAY)
    assert me.seen(texts) == (0, 2)
    preferences.note_alive(me.citizen_id, "sms")
    service.on_event(me.event(), MONDAY)
    assert me.seen(texts) == (1, 2)


def test_what_is_reported_of_a_former_address_says_nothing_of_the_new_one(
    client: ApiClient, texts: Texts
) -> None:
    me = Person("email")
    texts.mode("ses", "dead")
    service.on_event(me.event(), MONDAY)
    me.email = f"{new_id(8)}@example.com"
    contacts.prove_contact(me.citizen_id, "email", me.email, "code", MONDAY)
    follow(MONDAY + FIRST_REPORT)
    assert me.notice().push_state is PushState.UNDELIVERED
    texts.mode("ses", "normal")
    service.on_event(me.event(), MONDAY)
    assert me.seen(texts) == (0, 1)


def test_a_crash_after_any_write_loses_and_doubles_nothing(client: ApiClient, texts: Texts) -> None:
    for writes in range(1, 8):
        me, at = Person(), MONDAY
        event = me.event()
        try:
            with crash_after_writes(writes):
                service.on_event(event, at)
        except Crash:
            # The queue brings it again once the lease is over.
            service.on_event(event, at + LEASE + timedelta(seconds=1))
        assert me.seen(texts) == (1, 0), writes
        assert me.notice().push_state in (PushState.SENT, PushState.ARRIVED)


def test_many_workers_send_one(client: ApiClient, texts: Texts) -> None:
    me = Person()
    event = me.event()

    def work() -> None:
        with contextlib.suppress(TryAgain):
            service.on_event(event, MONDAY)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert me.seen(texts) == (1, 0)


def test_at_night_what_can_wait_waits_for_the_morning(client: ApiClient, texts: Texts) -> None:
    me, awake = Person(), Person()
    texts.now = NIGHT
    event = me.event(NIGHT)
    for _ in range(2):
        service.on_event(event, NIGHT)
    service.on_event(awake.event(NIGHT, f"citizen:{awake.citizen_id}"), NIGHT)
    assert (me.seen(texts), awake.seen(texts)) == ((0, 0), (1, 0))
    assert me.notice().push_state is PushState.LATER
    # The second way of events leaves it where it is.
    assert service.arrived(event)
    follow(DAWN - timedelta(minutes=30))
    assert me.seen(texts) == (0, 0)
    assert f"{office_time(DAWN):%H:%M}" == "07:10"
    follow(DAWN)
    assert me.seen(texts) == (1, 0)
    assert following(me, DAWN) == 0


def test_what_waited_asks_no_channel_that_is_not_wanted_any_more(
    client: ApiClient, texts: Texts
) -> None:
    inbox_alone, mail, with_consent = Person(), Person(), Person()
    wants(client, with_consent, quiet_hours=True)
    subscribe(client, with_consent.citizen_id, "payment")
    texts.now = NIGHT
    for one in (inbox_alone, mail, with_consent):
        service.on_event(one.event(NIGHT), NIGHT)
        assert one.notice().push_state is PushState.LATER
    wants(client, inbox_alone, channels={"payment": ["inbox"]})
    wants(client, mail, channels={"payment": ["email"]})
    wants(client, with_consent, quiet_hours=True, channels={"payment": ["sms"]})
    follow(DAWN)
    assert [one.seen(texts) for one in (inbox_alone, mail, with_consent)] == [
        (0, 0),
        (0, 1),
        (1, 0),
    ]
    assert inbox_alone.notice().push_state is PushState.NONE
    assert remaining(with_consent.citizen_id, "payment") == 1


def test_own_hours_and_none(client: ApiClient, texts: Texts) -> None:
    never, noon = Person(), Person()
    wants(client, never, quiet_hours=False)
    wants(client, noon, quiet_hours={"from": "08:00", "to": "18:00"})
    texts.now = NIGHT
    for one, at in ((never, NIGHT), (noon, MONDAY)):
        service.on_event(one.event(at), at)
    assert (never.seen(texts), noon.seen(texts)) == ((1, 0), (0, 0))


def test_preferences_are_kept_replayed_and_checked(client: ApiClient) -> None:
    token, key = token_of(somebody()[0]), {"Idempotency-Key": new_id()}
    path = "/v1/me/notice-preferences"
    first = client.get(path, token=token).json()
    assert first["quiet_hours"] is True
    assert first["suggestions"] is False
    assert set(map(tuple, first["channels"].values())) == {
        ("wechat", "alipay", "sms", "email", "inbox")
    }
    given = {
        "quiet_hours": {"from": "21:30", "to": "08:00"},
        "channels": {"case": ["sms", "inbox"], "queue": []},
        "suggestions": True,
    }
    kept = client.put(path, given, token=token, headers=key)
    again = client.put(path, given, token=token, headers=key)
    assert kept.json() == again.json() == client.get(path, token=token).json()
    assert again.headers["idempotency-replayed"] == "true"
    assert kept.json()["channels"]["case"] == ["sms", "inbox"]
    assert kept.json()["channels"]["queue"] == ["inbox"]
    assert kept.json()["quiet_hours"] == given["quiet_hours"]
    reused = client.put(path, {"suggestions": False}, token=token, headers=key)
    assert reused.code == "idempotency_key_reused"
    for wrong in (
        {"channels": {"case": ["pigeon"]}},
        {"channels": {"gossip": ["sms"]}},
        {"channels": {"case": ["sms", "sms"]}},
        {"channels": {"case": "sms"}},
        {"quiet_hours": {"from": "25:00", "to": "07:00"}},
        {"quiet_hours": "22:00"},
        {"suggestions": "yes"},
        {"else": 1},
    ):
        assert client.put(path, wrong, token=token).status == 422, wrong


def test_a_grandmother_whose_case_a_clerk_took_in_gets_a_text(
    client: ApiClient, texts: Texts, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "adopt", lambda _staff, citizen, _ids: have(citizen))
    desk, phone = worker(client), number()
    person = {"name": "王奶奶", "id_number": id_number(), "phone": phone}
    body = {**application("elder-card"), "person": person}
    made = post(client, desk, "/v1/admin/cases", body)
    assert made.status == 201, made.body
    case_id = made.json()["case_id"]
    for event in events_of(case_id):
        functions.notify(event, event.moment)
    [shown] = texts.shown(phone)
    assert (shown.channel, shown.template) == ("sms", "stand-in-alibaba-case")
    assert "已提交" in shown.data.values()


def have(citizen_id: str) -> None:
    have_papers(Citizen(citizen_id, "", ""))
