"""Who may call what in this room."""

from tests.support.access import Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

ROUTES: Table = {
    ("GET", "/v1/admin/alerts"): (401, 403, 403, 403, 403, 200, 200, 200),
    ("POST", "/v1/admin/alerts/clear"): (401, 403, 403, 403, 403, 422, 403, 422),
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    return {}
