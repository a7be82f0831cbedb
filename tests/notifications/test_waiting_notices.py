"""An offer of the waiting list is told aloud by day, and silently at night."""

from datetime import datetime, timedelta

import pytest

from chalicelib.core.clock import rfc3339
from chalicelib.core.events import Event
from chalicelib.notifications import service
from tests.notifications.world import Platforms, inbox, person, subscribe
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock

SLOT = "hall-330200.identity.202703031000"


def offered(citizen_id: str, at: datetime, type_: str = "waiting.offered") -> Event:
    facts = {"service": "id-card-renewal", "status": "offered"}
    if type_ == "waiting.offered":
        facts |= {"slot": SLOT, "until": rfc3339(at + timedelta(minutes=30))}
    return Event(f"{citizen_id}abcdefghijkl", 1, type_, rfc3339(at), "system:waiting", facts)


# 21:59 and 22:00, 07:59 and 08:00 of the halls' clocks; Monday begins at nine.
@pytest.mark.parametrize(
    ("minutes", "rings"), [(0, 1), (12 * 60 + 59, 1), (13 * 60, 0), (22 * 60 + 59, 0), (23 * 60, 1)]
)
def test_an_offer_stands_in_the_inbox_and_rings_by_day_alone(
    client: ApiClient, phones: Platforms, clock: TestClock, minutes: int, rings: int
) -> None:
    clock.set(MONDAY)
    me, account = person()
    subscribe(client, me.citizen_id, "appointment", 2)
    at = MONDAY + timedelta(minutes=minutes)
    for _ in range(2):
        service.on_event(offered(me.citizen_id, at), at)
    assert len(phones.shown(account)) == rings
    [notice] = inbox(client, me.citizen_id)
    assert notice["title"] == "有号了，已为您保留"
    assert "2027年3月3日 10:00" in notice["body"]
    assert "宁波市行政服务中心" in notice["body"]


def test_a_late_event_rings_no_phone_for_an_offer_that_is_over(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, account = person()
    subscribe(client, me.citizen_id, "appointment", 2)
    service.on_event(offered(me.citizen_id, MONDAY), MONDAY + timedelta(minutes=26))
    assert phones.shown(account) == []
    assert len(inbox(client, me.citizen_id)) == 1


def test_who_no_longer_waits_is_told(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, _ = person()
    service.on_event(offered(me.citizen_id, MONDAY, "waiting.expired"), MONDAY)
    service.on_event(offered(me.citizen_id, MONDAY, "waiting.declined"), MONDAY)
    assert [one["title"] for one in inbox(client, me.citizen_id)] == ["候补已结束"]
