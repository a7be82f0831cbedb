"""Who may call what in this room, and the things that the paths name."""

from tests.support.access import CITIZEN_ONLY, CITIZEN_WRITES, OWNER_ONLY, Answers, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen, id_number

# The owner is the agent; an answer is the principal's.
PRINCIPAL_ONLY: Answers = (401, 403, 404, 403, 403, 403, 403, 403)
PATH = "/v1/me/mandates/{mandate_id}"
ROUTES: Table = {
    # Who is not verified has no code to show.
    ("POST", "/v1/me/agent-codes"): (401, 403, 403, 403, 403, 403, 403, 403),
    ("GET", "/v1/me/mandates"): CITIZEN_ONLY,
    ("POST", "/v1/me/mandates"): CITIZEN_WRITES,
    ("GET", PATH): OWNER_ONLY,
    ("POST", f"{PATH}/accept"): PRINCIPAL_ONLY,
    ("POST", f"{PATH}/decline"): PRINCIPAL_ONLY,
    ("POST", f"{PATH}/dispute"): PRINCIPAL_ONLY,
    ("POST", f"{PATH}/revoke"): OWNER_ONLY,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    body = {"name": "王大明", "id_number": id_number(), "relation": "parent"}
    member = client.post("/v1/me/family", body, token=owner.token).json()["member_id"]
    return {"mandate_id": owner.citizen_id + member}
