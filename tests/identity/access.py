"""Who may call what in this room, and the things that the paths name."""

from tests.support.access import CITIZEN_ONLY, CITIZEN_WRITES, READABLE, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

ROUTES: Table = {
    ("POST", "/v1/login"): READABLE,
    ("POST", "/v1/login/refresh"): READABLE,
    ("POST", "/v1/logout"): READABLE,
    ("POST", "/v1/staff/login"): READABLE,
    ("POST", "/v1/staff/login/oidc"): READABLE,
    ("GET", "/v1/me"): CITIZEN_ONLY,
    ("PATCH", "/v1/me"): CITIZEN_ONLY,
    ("GET", "/v1/me/export"): CITIZEN_ONLY,
    ("DELETE", "/v1/me"): (401, 204, 204, 403, 403, 403, 403, 403),
    ("PUT", "/v1/me/identity"): CITIZEN_WRITES,
    ("GET", "/v1/me/family"): CITIZEN_ONLY,
    ("POST", "/v1/me/family"): CITIZEN_WRITES,
    ("DELETE", "/v1/me/family/{member_id}"): (401, 404, 404, 403, 403, 403, 403, 403),
    ("GET", "/v1/me/accesses"): CITIZEN_ONLY,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    return {"member_id": "nobody"}
