"""Who may call what in this room; its paths name nothing."""

from tests.support.access import ALL, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

ROUTES: Table = {("GET", "/v1/anchors"): ALL}


def things(_client: ApiClient, _owner: Citizen) -> dict[str, str]:
    return {}
