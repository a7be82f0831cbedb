"""Who may call what in this room, and the things that the paths name."""

from tests.appointments.world import HALL
from tests.support.access import ALL, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

ROUTES: Table = {
    ("GET", "/v1/services"): ALL,
    ("GET", "/v1/departments"): ALL,
    ("GET", "/v1/life-events"): ALL,
    ("GET", "/v1/services/{service_id}"): ALL,
    ("GET", "/v1/services/{service_id}/rules"): ALL,
    ("GET", "/v1/offices"): ALL,
    ("GET", "/v1/offices/{office_id}"): ALL,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    return {"service_id": "id-card-renewal", "office_id": HALL}
