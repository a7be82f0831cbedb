"""Whatever is redelivered, reordered or cut off: each event is one notice and one message."""

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pynamodb.exceptions import PynamoDBException

from chalicelib.core.errors import Problem
from chalicelib.core.events import Event
from chalicelib.notifications import service, storage
from chalicelib.notifications.domain import LEASE, PushState
from tests.notifications.world import Platforms, paid, remaining, somebody, subscribe
from tests.support.client import ApiClient
from tests.support.clock import MONDAY
from tests.support.faults import Crash, crash_after_writes, every_second_call_fails
from tests.support.meter import metered

_MODES = ("normal", "normal", "busy", "http_500", "token_over")


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    deliveries=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(_MODES)), max_size=14),
    consents=st.integers(1, 6),
)
def test_any_order_and_number_of_deliveries_is_the_same(
    client: ApiClient, phones: Platforms, deliveries: list[tuple[int, str]], consents: int
) -> None:
    me, account = somebody()
    subscribe(client, me, "payment", consents)
    # Each event has been delivered well at least once in the end, as a queue sees to.
    rest = [(seq, "normal") for seq in range(4)]
    for seq, mode in [*deliveries, *rest]:
        phones.mode("wechat", mode)
        with suppress(Problem):
            service.on_event(paid(me, seq), MONDAY)
    notices = storage.list_notices(me, None, 50).items
    assert Counter(notice.event_id[-1] for notice in notices) == Counter("0123")
    states = Counter(notice.push_state for notice in notices)
    assert states[PushState.SENT] == min(4, consents) == len(phones.shown(account))
    assert states[PushState.NO_CONSENT] == 4 - states[PushState.SENT]
    assert remaining(me, "payment") == consents - states[PushState.SENT]
    assert storage.load_consents(me, "payment").reserved == frozenset()


def test_crashes_after_any_write_end_in_one_notice(client: ApiClient, phones: Platforms) -> None:
    sent_twice = []
    for writes in range(8):
        me, account = somebody()
        subscribe(client, me, "payment", 5)
        with suppress(Crash), crash_after_writes(writes):
            service.on_event(paid(me), MONDAY)
        asked_before = len(phones.shown(account))
        later = MONDAY + LEASE + timedelta(seconds=1)
        service.on_event(paid(me), later)
        service.on_event(paid(me), later)
        [notice] = storage.list_notices(me, None, 5).items
        assert notice.push_state is PushState.SENT
        assert remaining(me, "payment") == 4
        shown = len(phones.shown(account))
        assert shown - asked_before in (0, 1)
        if shown == 2:
            sent_twice.append(writes)
    # The platform was asked and the note of its answer was lost: nobody can tell from outside.
    assert len(sent_twice) == 1


def test_a_failing_table_loses_and_doubles_nothing(client: ApiClient, phones: Platforms) -> None:
    me, account = somebody()
    subscribe(client, me, "payment", 20)
    choose, waiting = random.Random(7), [paid(me, seq) for seq in range(6)]
    with every_second_call_fails():
        for turn in range(60):
            if not waiting:
                break
            event = choose.choice(waiting)
            with suppress(Problem, PynamoDBException):
                service.on_event(event, MONDAY + turn * LEASE)
                waiting.remove(event)
    for event in waiting:
        service.on_event(event, MONDAY + 61 * LEASE)
    notices = storage.list_notices(me, None, 50).items
    assert len({notice.event_id for notice in notices}) == len(notices) == 6
    assert all(notice.push_state is PushState.SENT for notice in notices)
    assert remaining(me, "payment") == 14
    assert len(phones.shown(account)) >= 6


@pytest.mark.parametrize(("seq", "trips"), [(1, 5), (2, 5)])
def test_a_message_costs_few_trips(
    client: ApiClient, phones: Platforms, seq: int, trips: int
) -> None:
    me, _ = somebody()
    subscribe(client, me, "payment", 5)
    service.on_event(paid(me, 9), MONDAY)
    with metered() as cost:
        service.on_event(paid(me, seq), MONDAY)
    assert cost.trips <= trips
    assert cost.wcu <= 4
    assert cost.rcu <= 1
    with metered() as again:
        service.on_event(paid(me, seq), MONDAY)
    assert again.trips <= 3


def test_an_event_of_no_concern_costs_nothing(client: ApiClient) -> None:
    me, _ = somebody()
    with metered() as cost:
        service.on_event(Event(me, 1, "case.claimed", MONDAY.isoformat(), "x", {}), MONDAY)
    assert cost.trips == 0


def test_the_inbox_is_one_trip(client: ApiClient) -> None:
    me, _ = somebody()
    for seq in range(20):
        service.on_event(paid(me, seq), MONDAY)
    with metered() as cost:
        assert len(service.inbox(me, None, 20).items) == 20
    assert (cost.trips, cost.wcu) == (1, 0)
    assert cost.rcu <= 2
