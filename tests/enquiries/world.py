"""Enquiries for tests: people who ask, staff who answer, and the events carried on."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.core import dependencies, events
from chalicelib.core.ids import new_id
from chalicelib.enquiries import handlers, storage
from tests.support import cases
from tests.support.cases import HALL, worker
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen

__all__ = ["HALL", "worker"]

FAR = "hall-330203"
# A Monday morning in the week before a holiday; Thursday 2026-10-01 to Wednesday 10-07 are off,
# and Saturday 2026-10-10 is worked.
MONDAY = datetime(2026, 9, 28, 2, 0, tzinfo=UTC)


def submit(client: ApiClient, who: Citizen | None, key: str | None = None, **given: Any) -> Answer:
    body = {"kind": "question", "text": "办理身份证要多久？", "office_id": HALL, **given}
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/enquiries", body, token=who.token if who else None, headers=headers)


def asked(client: ApiClient, who: Citizen, **given: Any) -> dict[str, Any]:
    answer = submit(client, who, **given)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.json()
    return found


def say(
    client: ApiClient, who: Citizen, enquiry_id: str, step: str, key: str = "", **body: Any
) -> Answer:
    headers = {"Idempotency-Key": key or new_id()}
    path = f"/v1/enquiries/{enquiry_id}/{step}"
    return client.post(path, body, token=who.token, headers=headers)


def take(
    client: ApiClient, token: str, enquiry_id: str, step: str, key: str = "", **body: Any
) -> Answer:
    headers = {"Idempotency-Key": key or new_id()}
    path = f"/v1/admin/enquiries/{enquiry_id}/{step}"
    return client.post(path, body, token=token, headers=headers)


def listed(client: ApiClient, token: str, query: str = "") -> list[str]:
    """Return the ids of the whole list, page by page."""
    found: list[str] = []
    cursor = ""
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        path = f"/v1/admin/enquiries?limit=100{query}{more}"
        page = client.get(path, token=token).json()
        found += [one["enquiry_id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            return found


def rated(
    client: ApiClient, who: Citizen, desk: str, score: int, comment: str | None = None
) -> str:
    """Return the id of a case that a desk declined and its citizen rated."""
    case_id: str = cases.lodge(client, who).json()["case_id"]
    cases.walk(client, desk, case_id, "decline")
    body = {"score": score, **({"comment": comment} if comment else {})}
    path = f"/v1/cases/{case_id}/rating"
    assert client.post(path, body, token=who.token).status == 200
    return case_id


def follow(case_id: str) -> None:
    """Carry the events of a case to the enquiries."""
    from chalicelib.cases import storage as of_cases

    for entry in of_cases.load_entries(case_id):
        handlers.follow_up(events.of_entry(entry), dependencies.clock().now())


def entries(enquiry_id: str) -> list[Any]:
    return storage.load_entries(enquiry_id[8:])
