"""Who may call what in this room, and the things that the paths name."""

from tests.appointments.world import HALL
from tests.support.access import ALL, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

AUDITORS_ONLY = (401, 403, 403, 403, 403, 403, 200, 200)
NO_CLERKS = (401, 403, 403, 403, 403, 200, 200, 200)
ROUTES: Table = {
    ("GET", "/v1/health"): ALL,
    ("GET", "/v1/ready"): ALL,
    ("GET", "/v1/openapi.json"): ALL,
    ("GET", "/v1/keys"): ALL,
    ("GET", "/v1/admin/reports/{name}"): NO_CLERKS,
    ("GET", "/v1/admin/audit/{subject_id}"): AUDITORS_ONLY,
    ("GET", "/v1/admin/audit/{subject_id}/verify"): AUDITORS_ONLY,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    return {"subject_id": HALL, "name": "bookings"}
