"""Who may call what in this room, and the things that the paths name."""

from tests.support.access import READABLE, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

ROUTES: Table = {
    ("POST", "/v1/assistant/questions"): READABLE,
    ("POST", "/v1/assistant/questions/{question_id}/feedback"): READABLE,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    asked = client.post("/v1/assistant/questions", {"text": "护照多少钱"}).json()
    return {"question_id": asked["question_id"]}
