"""A room that is no courier sends: what webhooks ask of it, and what it need not know."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.crypto import SubjectKey
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import new_id
from chalicelib.core.tables import transaction
from chalicelib.deliveries.storage import TABLE
from chalicelib.webhooks.domain.circuit_breaker import TROUBLE_AFTER
from chalicelib.webhooks.domain.endpoint import Endpoint, Payload
from chalicelib.webhooks.domain.message import Message, MessageState
from chalicelib.webhooks.service import dispatcher, replay, signing
from chalicelib.webhooks.service.sender import Outbox, Sender, compose
from tests.webhooks.receiver import Inbox, Receiver, answers

KEY = SubjectKey("bill", b"k" * 32)
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
PARTITIONS = "B#"


class Issuers:
    """One issuer of bills, as the owner of its endpoint; `told` is what it heard of it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.erased = False
        self.told: list[object] = []

    def list_active(self) -> Sequence[str]:
        return [self.endpoint.endpoint_id]

    def is_active(self, endpoint_id: str) -> bool:
        return endpoint_id == self.endpoint.endpoint_id

    def load(self, endpoint_id: str, now: datetime) -> Endpoint:
        if not self.is_active(endpoint_id):
            raise NotFound
        return self.endpoint

    def open(self, message: Message) -> Payload | None:
        if self.erased:
            return None
        return Payload(json.loads(KEY.open(message.message_id, message.sealed)), ("Ada",))

    def disable(self, endpoint_id: str, reason: str, now: datetime) -> None:
        self.told.append(reason)

    def note_health(self, endpoint_id: str, *, troubled: bool, now: datetime) -> None:
        self.told.append(troubled)


class Issuer:
    """An issuer with a sender of its own, and the inbox that its endpoint fills."""

    def __init__(self, receiver: Receiver) -> None:
        self.name, secret = f"i{new_id(10).lower()}", signing.new_secret()
        self.inbox = receiver.inboxes[self.name] = Inbox(secret)
        url = f"{receiver.origin}/{self.name}"
        self.owner = Issuers(Endpoint(self.name, url, (secret,), active=True))
        outbox = Outbox(TABLE, lambda subject: f"{PARTITIONS}{subject}")
        self.sender = Sender("send_bills", outbox, self.owner)

    def bill(self, numbers: range, subject: str | None = None) -> str:
        subject = subject or new_id(20)
        bills = [
            compose(subject, number, self.name, "bill.issued", {"fee": number}, KEY, NOW)
            for number in numbers
        ]
        with transaction() as write:
            self.sender.outbox.enqueue(bills)(write)
        return subject

    def send(self, at: datetime = NOW) -> dispatcher.SendCounts:
        return dispatcher.send_due(self.sender, at)


@pytest.fixture
def issuer(receiver: Receiver) -> Issuer:
    return Issuer(receiver)


def test_bills_go_in_order_signed_and_once(issuer: Issuer) -> None:
    subject = issuer.bill(range(1, 4))
    assert issuer.send() == dispatcher.SendCounts(good=3)
    assert issuer.send() == dispatcher.SendCounts()
    assert [got.verified for got in issuer.inbox.got] == [True] * 3
    assert [got.body["data"]["fee"] for got in issuer.inbox.got] == [1, 2, 3]
    assert [got.message_id for got in issuer.inbox.got] == [f"msg_{subject}_{n}" for n in (1, 2, 3)]


def test_what_fails_is_told_to_its_owner_held_back_and_sent_again(issuer: Issuer) -> None:
    issuer.inbox.play = answers(500)
    for _ in range(TROUBLE_AFTER):
        issuer.bill(range(1, 2))
    assert issuer.send().failed == TROUBLE_AFTER
    assert issuer.owner.told == [True]
    assert issuer.send(NOW + timedelta(seconds=30)) == dispatcher.SendCounts()
    outbox = issuer.sender.outbox
    assert replay.count_failed(outbox, issuer.name, NOW) == TROUBLE_AFTER
    issuer.inbox.play = Inbox().play
    assert replay.recover(outbox, issuer.name, NOW, NOW).recovered == TROUBLE_AFTER
    assert issuer.send(NOW + timedelta(minutes=2)).good == TROUBLE_AFTER


def test_one_that_is_gone_is_given_up(issuer: Issuer) -> None:
    issuer.inbox.play = answers(410)
    issuer.bill(range(1, 2))
    issuer.send()
    assert issuer.owner.told == ["gone"]


def test_what_was_erased_is_not_sent_and_no_answer_repeats_what_is_private(issuer: Issuer) -> None:
    issuer.inbox.play = lambda _number: (500, {}, b"no Ada here")
    subject = issuer.bill(range(1, 2))
    issuer.send()
    issuer.owner.erased = True
    issuer.send(NOW + timedelta(hours=1))
    [message] = issuer.sender.outbox.load_all(subject)
    assert message.state is MessageState.FAILED
    assert [one.answer for one in message.attempts] == ["no *** here", "the data was erased"]
    assert len(issuer.inbox.got) == 1


def test_no_endpoint_is_blamed_for_what_was_erased(issuer: Issuer) -> None:
    issuer.owner.erased = True
    subjects = [issuer.bill(range(1, 3)) for _ in range(TROUBLE_AFTER)]
    assert issuer.send().failed == TROUBLE_AFTER
    issuer.owner.erased = False
    assert issuer.sender.outbox.load_health(issuer.name).failures == 0
    assert issuer.owner.told == []
    for subject in subjects:
        messages = issuer.sender.outbox.load_all(subject)
        assert {one.state for one in messages} == {MessageState.FAILED}
    issuer.bill(range(1, 2))
    assert issuer.send(NOW + timedelta(hours=1)).good == 1
