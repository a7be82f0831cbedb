"""The circuit breaker: when sending is held back, who is told, and when it is given up."""

from datetime import UTC, datetime, timedelta

from chalicelib.core.clock import rfc3339
from chalicelib.core.events import Event, of_entry
from chalicelib.deliveries import handlers, storage
from chalicelib.deliveries.couriers import storage as couriers_storage
from chalicelib.deliveries.couriers.handlers import send_messages
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.supervision import storage as supervision
from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.domain.circuit_breaker import TROUBLE_AFTER, Health
from chalicelib.webhooks.domain.message import (
    AttemptResult,
    Message,
    MessageState,
    after,
)
from tests.appointments.world import HALL
from tests.deliveries.world import Hired, ask, hire, new_case, parcel, send
from tests.support.client import ApiClient
from tests.support.people import Citizen
from tests.webhooks.receiver import Receiver, answers, takes
from tests.webhooks.world import later, only, open_alerts

SENT = MessageState.SENT


def test_retry_after_is_obeyed_for_the_whole_courier(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    first, second = parcel(client, me, hired), parcel(client, me, hired)
    hired.inbox.play = answers(429, Retry_After="900")
    send(hired)
    asked = len(hired.inbox.got)
    assert asked <= 2
    hired.inbox.play = takes
    assert send(hired, later(minutes=14)).good == 0
    assert len(hired.inbox.got) == asked
    assert send(hired, later(minutes=16)).good == 2
    assert only(first.delivery_id).state is only(second.delivery_id).state is MessageState.SENT


def test_nobody_is_asked_before_the_time_that_an_endpoint_named() -> None:
    now = datetime(2026, 12, 1, 9, 0, 0, 900_000, tzinfo=UTC)
    for seconds in (1, 2, 900):
        wait = timedelta(seconds=seconds)
        opened = Health().after(now, timedelta(), good=False, hold=wait).open_until
        message = Message("s" * 20, 1, "c", "delivery.requested", now, "", now)
        tried = AttemptResult(now, 429, "", 1)
        due_at = after(message, tried, now, good=False, wait=wait, jitter=-0.2).due_at
        for moment in filter(None, (opened, due_at)):
            assert moment >= now + wait
            assert moment.microsecond == 0


def test_an_answer_that_was_on_its_way_does_not_undo_what_the_endpoint_asked_for() -> None:
    now = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    held = Health().after(now, timedelta(), good=False, hold=timedelta(seconds=90))
    good = held.after(now, timedelta(), good=True)
    assert (good.failures, good.open_until) == (0, now + timedelta(seconds=90))
    later_on = good.after(now + timedelta(seconds=91), timedelta(), good=True)
    assert later_on == Health()


def test_a_breaker_holds_back_and_staff_are_told(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    for _ in range(7):
        parcel(client, me, hired)
    hired.inbox.play = answers(500)
    now = datetime.now(UTC)
    for minute in range(6):
        send(hired, now + timedelta(seconds=10 * minute))
    tried = len(hired.inbox.got)
    assert OUTBOX.load_health(hired.courier_id).troubled
    send(hired, now + timedelta(seconds=59))
    assert len(hired.inbox.got) == tried
    types = [entry.type for entry in couriers_storage.load_entries(hired.courier_id)]
    assert types.count("courier.troubled") == 1
    assert open_alerts(hired) == {"courier_not_answering"}
    hired.inbox.play = takes
    for minute in range(2, 40):
        send(hired, now + timedelta(minutes=minute))
    assert len(hired.inbox.effects) == 7
    assert couriers_storage.load_entries(hired.courier_id)[-1].type == "courier.recovered"
    assert open_alerts(hired) == set()


def test_a_halls_own_courier_is_that_halls_trouble_alone(
    client: ApiClient, receiver: Receiver, admin: str
) -> None:
    own = hire(client, receiver, admin, office_id=HALL)
    assert OUTBOX.store_health(own.courier_id, Health(), Health(failures=TROUBLE_AFTER))
    event = Event(own.courier_id, 2, "courier.troubled", rfc3339(datetime.now(UTC)), "test", {})
    handlers.follow_up(event, datetime.now(UTC))
    [alert] = supervision.alerts_of(f"{own.courier_id}@{HALL}")
    assert (alert.code, alert.office_id) == ("courier_not_answering", HALL)
    assert supervision.alerts_of(own.courier_id) == []


def test_gone_disables(client: ApiClient, me: Citizen, hired: Hired, admin: str) -> None:
    delivery = parcel(client, me, hired)
    hired.inbox.play = answers(410)
    send(hired)
    assert directory.find(hired.courier_id).state is AccountState.DISABLED
    hired.inbox.play = takes
    assert send(hired, later(hours=1)).good == 0
    assert ask(client, me, new_case(me), hired).code == "no_courier"
    path = f"/v1/admin/couriers/{hired.courier_id}"
    assert client.post(f"{path}/pause", {}, token=admin).code == "wrong_status"
    assert client.post(f"{path}/resume", {}, token=admin).json()["state"] == "active"
    assert send(hired, later(hours=1)).good == 1
    assert only(delivery.delivery_id).state is MessageState.SENT


def test_days_of_nothing_but_failure_disable(client: ApiClient, me: Citizen, hired: Hired) -> None:
    hired.inbox.play = answers(500)
    moment = datetime.now(UTC)
    for _ in range(6):
        parcel(client, me, hired)
        send(hired, moment)
        assert directory.find(hired.courier_id).state is AccountState.ACTIVE
        moment += timedelta(hours=23)
    moment += timedelta(hours=6)
    send(hired, moment)
    assert directory.find(hired.courier_id).state is AccountState.DISABLED


def test_a_slow_courier_is_left_to_the_timer(client: ApiClient, me: Citizen, hired: Hired) -> None:
    moment = datetime.now(UTC)
    assert OUTBOX.store_health(hired.courier_id, Health(), Health(slow_until=later(minutes=5)))
    delivery = parcel(client, me, hired)
    for entry in storage.load_entries(delivery.delivery_id):
        send_messages(of_entry(entry), moment)
    assert hired.inbox.types == []
    assert send(hired).good == 1
