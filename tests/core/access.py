"""Who may call what in this room, and the things that the paths name."""

from tests.support.access import ALL, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

ROUTES: Table = {
    ("GET", "/v1/health"): ALL,
    ("GET", "/v1/ready"): ALL,
    ("GET", "/v1/openapi.json"): ALL,
    ("GET", "/v1/keys"): ALL,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    return {}
