"""Who may call what in this room."""

from tests.support.access import ALL, CITIZEN_ONLY, CITIZEN_WRITES, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

ROUTES: Table = {
    ("GET", "/v1/registers"): ALL,
    ("POST", "/v1/me/lookups"): CITIZEN_WRITES,
    ("GET", "/v1/me/lookups"): CITIZEN_ONLY,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    return {}
