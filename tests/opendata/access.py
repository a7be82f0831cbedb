"""Who may call what in this room, and the things that the paths name."""

from chalicelib.core import dependencies
from chalicelib.opendata.service import publication
from tests.support.access import ALL, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

ROUTES: Table = {
    ("GET", "/v1/datasets"): ALL,
    ("GET", "/v1/datasets/{dataset_id}"): ALL,
    ("GET", "/v1/datasets/{dataset_id}/data"): ALL,
    ("GET", "/v1/performance"): ALL,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    publication.publish(dependencies.clock().now())
    return {"dataset_id": "services"}
