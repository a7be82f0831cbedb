"""Certificates for tests: cases walked to their issue, and their events carried on."""

from datetime import date
from typing import Any

from chalicelib.core import dependencies, events
from chalicelib.core.ids import new_id
from tests.support.cases import lodge, pay_fee, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.functions import work
from tests.support.people import Citizen

LICENCE = "driving-licence-renewal"
TODAY = date(2027, 3, 1)  # The day of the fixture `morning`.


def granted(client: ApiClient, who: Citizen, service: str = LICENCE, **extra: Any) -> str:
    """Return the id of a case that was issued; what that leads to has not happened yet."""
    made = lodge(client, who, service=service, **extra)
    assert made.status == 201, made.body
    case_id: str = made.json()["case_id"]
    pay_fee(case_id)
    walk(client, worker(client), case_id, "accept", "review", "approve", "issue")
    return case_id


def follow(case_id: str) -> None:
    """Carry the events of a case to the rooms that they concern."""
    from chalicelib.cases import storage

    for entry in storage.load_entries(case_id):
        work("follow_up", events.of_entry(entry), dependencies.clock().now())


def listed(client: ApiClient, who: Citizen, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/v1/me/certificates{query}", token=who.token)
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def issued(client: ApiClient, who: Citizen, service: str = LICENCE, **extra: Any) -> dict[str, Any]:
    """Return the certificate of a new case, as its holder sees it."""
    case_id = granted(client, who, service, **extra)
    follow(case_id)
    return next(one for one in listed(client, who) if one["case_id"] == case_id)


def show(client: ApiClient, who: Citizen, certificate_id: str) -> dict[str, Any]:
    answer = client.get(f"/v1/me/certificates/{certificate_id}", token=who.token)
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.json()
    return shown


def decide(
    client: ApiClient, token: str, certificate_id: str, step: str, key: str = "", **body: Any
) -> Answer:
    path = f"/v1/admin/certificates/{certificate_id}/{step}"
    headers = {"Idempotency-Key": key or new_id()}
    return client.post(path, body or {"reason": "持证人涉嫌作假"}, token=token, headers=headers)


def revoke(client: ApiClient, certificate_id: str) -> None:
    """Revoke a certificate by two supervisors."""
    for status in (202, 200):
        desk = worker(client, "supervisor")
        assert decide(client, desk, certificate_id, "revoke").status == status


def verify(client: ApiClient, code: str) -> Answer:
    return client.get(f"/v1/certificates/{code}")
