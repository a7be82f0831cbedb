"""Cases, couriers and parcels for tests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks import Webhook

from chalicelib.cases import storage as cases_storage
from chalicelib.cases.domain import Address, Body, Case, CaseStatus
from chalicelib.cases.service import encryption
from chalicelib.core import history
from chalicelib.core.auth import Role
from chalicelib.core.ids import new_id
from chalicelib.deliveries import storage
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.couriers.service.sending import SENDER
from chalicelib.deliveries.domain.delivery import Delivery
from chalicelib.identity.staff import service as staff
from chalicelib.webhooks.service import dispatcher
from chalicelib.webhooks.service.attempt import ticking
from chalicelib.webhooks.service.dispatcher import SendCounts
from tests.appointments.world import HALL
from tests.support.client import Answer, ApiClient
from tests.support.effects import check_facts
from tests.support.people import Citizen, log_in_staff, new_code
from tests.webhooks.receiver import Inbox, Receiver

ADDRESS = {
    "name": "张小明",
    "phone": "13800001234",
    "division_code": "330203",
    "detail": "中山西路 12 弄 3 号 401 室",
}


@dataclass
class Hired:
    """A courier that serves an area of its own."""

    courier_id: str
    secret: str
    area: str
    inbox: Inbox

    @property
    def address(self) -> dict[str, str]:
        return {**ADDRESS, "division_code": self.area}


def new_area() -> str:
    """Return a division code that no other test uses."""
    number = int.from_bytes(new_id(6).encode()) % 10**11
    return f"7{number:011}"


def hire(client: ApiClient, receiver: Receiver, token: str, **changes: Any) -> Hired:
    area, name = new_area(), f"c{new_id(10).lower()}"
    body = {
        "courier_id": name,
        "name": "快递",
        "endpoint": f"{receiver.origin}/{name}",
        "division_codes": [area],
        "services": ["to_citizen", "to_office"],
        **changes,
    }
    inbox = receiver.inboxes[name] = Inbox()
    answer = client.post("/v1/admin/couriers", body, token=token)
    assert answer.status == 201, answer.body
    inbox.secret = answer.json()["secret"]
    return Hired(name, inbox.secret, area, inbox)


def new_case(
    who: Citizen,
    status: CaseStatus = CaseStatus.ISSUED,
    service_id: str = "driving-licence-renewal",
    delivery: Mapping[str, str] | None = None,
) -> str:
    """Return a case in this status."""
    now = datetime.now(UTC)
    case_id = who.citizen_id + new_id(12)
    entry = history.append(
        case_id, history.Head(), type_="case.submitted", at=now, actor="test", data={}
    )
    case = Case(
        case_id=case_id,
        person=who.citizen_id,
        service_id=service_id,
        office_id=HALL,
        status=status,
        lodged_at=now,
        promised_at=now + timedelta(days=5),
        due_at=now + timedelta(days=20),
        head=entry.head,
    )
    sealed = encryption.seal_address(case_id, Address(**delivery)) if delivery else None
    assert cases_storage.create(case, Body(None, (), sealed), entry)
    return case_id


def ask(
    client: ApiClient,
    who: Citizen,
    case_id: str,
    hired: Hired,
    key: str | None = None,
    **extra: Any,
) -> Answer:
    body = {"case_id": case_id, "direction": "to_citizen", "address": hired.address, **extra}
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/deliveries", body, token=who.token, headers=headers)


def parcel(
    client: ApiClient, who: Citizen, hired: Hired, courier: Hired | None = None, **case: Any
) -> Delivery:
    """Return a fresh delivery of which the courier was not told yet."""
    chosen = {"courier_id": courier.courier_id} if courier else {}
    answer = ask(client, who, new_case(who, **case), hired, **chosen)
    assert answer.status == 201, answer.body
    return stored(answer.json()["delivery_id"])


def stored(delivery_id: str) -> Delivery:
    found = storage.load(delivery_id)
    assert found
    assert history.check(delivery_id, storage.load_entries(delivery_id)) is None
    check_facts(storage.load_entries(delivery_id))
    assert storage.load_entries(delivery_id)[-1].head == found.head
    return found


def send(hired: Hired, now: datetime | None = None, *, patient: bool = False) -> SendCounts:
    """Send all that is due for a courier."""
    tick = ticking(now or datetime.now(UTC))
    directory.forget()
    until = tick() + timedelta(seconds=60)
    return dispatcher.send_endpoint(SENDER, hired.courier_id, tick, until, patient=patient)


def report(
    client: ApiClient,
    hired: Hired,
    delivery_id: str,
    status: str,
    at: datetime | None = None,
    message_id: str | None = None,
    **data: Any,
) -> Answer:
    """Report as a courier does with the official package."""
    moment = (at or datetime.now(UTC)).isoformat()
    given = {"delivery_id": delivery_id, "status": status, "occurred_at": moment, **data}
    body = {"type": "delivery.updated", "timestamp": moment, "data": given}
    return post_signed(client, hired, json.dumps(body), message_id)


def post_signed(
    client: ApiClient,
    hired: Hired,
    body: str,
    message_id: str | None = None,
    secret: str | None = None,
    stamped: datetime | None = None,
) -> Answer:
    message_id = message_id or f"msg_{new_id()}"
    stamped = stamped or datetime.now(UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(stamped.timestamp())),
        "webhook-signature": Webhook(secret or hired.secret).sign(message_id, stamped, body),
    }
    path = f"/v1/webhooks/couriers/{hired.courier_id}"
    return client.send("POST", path, body.encode(), headers=headers)


def keeper(client: ApiClient, role: Role, office_id: str = HALL) -> str:
    """Return the token of one of a hall's staff."""
    name = new_code()
    staff.add_staff(name, "onetrip-demo", frozenset({role}), frozenset({office_id}))
    return log_in_staff(client, name)
