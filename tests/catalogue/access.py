"""Who may call what in this room, and the things that the paths name."""

from tests.appointments.world import HALL
from tests.support.access import ALL, Answers, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

_STAFF: Answers = (401, 403, 403, 200, 200, 200, 200, 200)
_DESK: Answers = (401, 403, 403, 403, 403, 200, 403, 200)
# Nothing is drafted that could be submitted.
_STEP: Answers = (401, 403, 403, 403, 403, 409, 403, 409)

ROUTES: Table = {
    ("GET", "/v1/admin/services"): _STAFF,
    ("GET", "/v1/admin/services/{service_id}/draft"): _STAFF,
    ("PUT", "/v1/admin/services/{service_id}/draft"): _DESK,
    ("POST", "/v1/admin/services/{service_id}/draft/submit"): _STEP,
    ("POST", "/v1/admin/services/{service_id}/draft/approve"): _STEP,
    ("POST", "/v1/admin/services/{service_id}/draft/discard"): _STEP,
    ("GET", "/v1/services"): ALL,
    ("GET", "/v1/countries"): ALL,
    ("GET", "/v1/departments"): ALL,
    ("GET", "/v1/life-events"): ALL,
    ("GET", "/v1/services/{service_id}"): ALL,
    ("GET", "/v1/services/{service_id}/rules"): ALL,
    ("GET", "/v1/offices"): ALL,
    ("GET", "/v1/offices/{office_id}"): ALL,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    return {"service_id": "id-card-renewal", "office_id": HALL}
