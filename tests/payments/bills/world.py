"""Issuers and bills for tests."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from chalicelib.core import dependencies, history
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from chalicelib.payments.bills.domain.bill import Bill
from chalicelib.payments.bills.domain.numbers import check_digit
from chalicelib.payments.bills.service import bills
from chalicelib.payments.bills.service.issuers import DIRECTORY
from chalicelib.payments.bills.service.sending import SENDER
from chalicelib.payments.bills.storage import bills as storage
from chalicelib.webhooks.service import dispatcher
from chalicelib.webhooks.service.attempt import ticking
from chalicelib.webhooks.service.circuit_breaker import CircuitBreaker
from chalicelib.webhooks.service.dispatcher import SendCounts
from tests.support.cases import HALL
from tests.support.client import Answer, ApiClient
from tests.support.effects import check_facts
from tests.support.people import Citizen, id_number, log_in, new_code
from tests.webhooks.receiver import Inbox, Receiver

DEPARTMENT = "public-security"


@dataclass
class Known:
    """An issuer with an endpoint of its own."""

    issuer_id: str
    secret: str
    inbox: Inbox


@dataclass(frozen=True)
class Person:
    """A verified citizen and the number by which bills know them."""

    citizen: Citizen
    id_number: str


def office_admin(number: int = 0) -> str:
    """Return a fresh token of one of two administrators of the tests' hall."""
    admin = Staff(f"bills{number}", frozenset({"admin", "supervisor"}), frozenset({HALL}))
    return dependencies.tokens().issue(admin, dependencies.clock().now())


def introduce(client: ApiClient, receiver: Receiver, **changes: Any) -> Known:
    """Make an issuer's account."""
    name = f"i{new_id(10).lower()}"
    body = {
        "issuer_id": name,
        "name": "市公安局交通警察支队",
        "department_id": DEPARTMENT,
        "endpoint": f"{receiver.origin}/{name}",
        "office_id": HALL,
        **changes,
    }
    inbox = receiver.inboxes[name] = Inbox()
    answer = client.post("/v1/admin/issuers", body, token=office_admin())
    assert answer.status == 201, answer.body
    inbox.secret = answer.json()["secret"]
    return Known(name, inbox.secret, inbox)


def person(client: ApiClient) -> Person:
    """Return a citizen who was verified, logged in anew."""
    code, number = new_code(), id_number()
    body = {"name": "王小明", "id_number": number}
    assert client.put("/v1/me/identity", body, token=log_in(client, code).token).status == 200
    return Person(log_in(client, code), number)


def new_number() -> str:
    digits = f"33{secrets.randbelow(10**17):017}"
    return digits + check_digit(digits)


def fine(number: str = "", sequence: int = 1, **changes: Any) -> dict[str, Any]:
    """Return what an issuer says of a fine of 200 yuan."""
    return {
        "bill_number": number or new_number(),
        "code": "730164",
        "kind": "fine",
        "title": "机动车违法停车",
        "items": [{"name": "罚款", "cents": 20000}],
        "due_on": "2026-12-20",
        "late_fee": {"per_day_permille": 30, "cap_cents": 20000},
        "sequence": sequence,
        **changes,
    }


def payer(who: Person) -> dict[str, Any]:
    return {"payer": {"name": "王小明", "id_number": who.id_number}}


def say(
    client: ApiClient, known: Known, data: dict[str, Any], act: str = "created", **sent: Any
) -> Answer:
    """Say something of a bill, as an issuer does with the official package."""
    stamped = sent.get("stamped") or datetime.now(UTC)
    whole = {"type": f"bill.{act}", "timestamp": stamped.isoformat(), "data": data}
    body, message_id = json.dumps(sent.get("whole", whole)), f"msg_{new_id()}"
    secret = sent.get("secret") or known.secret
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(stamped.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, stamped, body),
    }
    path = f"/v1/webhooks/issuers/{known.issuer_id}"
    return client.send("POST", path, body.encode(), headers=headers)


def said(client: ApiClient, known: Known, data: dict[str, Any], act: str = "created") -> Bill:
    """Say something of a bill that is taken, and return the bill."""
    answer = say(client, known, data, act)
    assert answer.status == 200, answer.body
    return stored(data["bill_number"])


def stored(number: str) -> Bill:
    """Return a bill, whose history is whole."""
    bill = bills.load(bills.id_of(number))
    entries = storage.load_entries(bill.bill_id)
    assert history.check(bill.bill_id, entries, bill.head) is None
    check_facts(entries)
    return bill


def send(known: Known) -> SendCounts:
    """Send all that is due to an issuer."""
    DIRECTORY.forget()
    tick = ticking(dependencies.clock().now())
    breaker = CircuitBreaker(SENDER, known.issuer_id)
    due = SENDER.outbox.list_due(known.issuer_id, tick(), 100)
    sent = (dispatcher.send_subject(SENDER, subject, breaker, tick) for subject in sorted(due))
    return sum(sent, SendCounts())
