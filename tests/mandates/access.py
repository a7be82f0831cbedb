"""Who may call what in this room, and the things that the paths name."""

from typing import Final

from tests.mandates.world import company_of
from tests.support.access import CITIZEN_ONLY, CITIZEN_WRITES, OWNER_ONLY, Answers, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen, id_number

# The owner is the agent; an answer is the principal's.
PRINCIPAL_ONLY: Answers = (401, 403, 404, 403, 403, 403, 403, 403)
_STAFF_WRITE: Answers = (401, 403, 403, 422, 422, 422, 403, 422)
PATH = "/v1/me/mandates/{mandate_id}"
ORGANISATION: Final = "/v1/me/organisations/{organisation_id}"
ROUTES: Table = {
    ("GET", "/v1/me/organisations"): CITIZEN_ONLY,
    ("POST", "/v1/me/organisations"): CITIZEN_WRITES,
    ("GET", ORGANISATION): OWNER_ONLY,
    ("POST", f"{ORGANISATION}/members"): CITIZEN_WRITES,
    ("DELETE", f"{ORGANISATION}/members/{{member_id}}"): (401, 204, 404, 403, 403, 403, 403, 403),
    # Who is not verified has no code to show.
    ("POST", "/v1/me/agent-codes"): (401, 403, 403, 403, 403, 403, 403, 403),
    ("GET", "/v1/me/mandates"): CITIZEN_ONLY,
    ("POST", "/v1/me/mandates"): CITIZEN_WRITES,
    ("GET", PATH): OWNER_ONLY,
    ("POST", f"{PATH}/accept"): PRINCIPAL_ONLY,
    ("POST", f"{PATH}/decline"): PRINCIPAL_ONLY,
    ("POST", f"{PATH}/dispute"): PRINCIPAL_ONLY,
    ("POST", f"{PATH}/revoke"): OWNER_ONLY,
    ("POST", "/v1/admin/mandates"): _STAFF_WRITE,
    ("GET", "/v1/admin/mandates"): (401, 403, 403, 400, 400, 400, 400, 400),
    ("POST", "/v1/admin/mandates/find"): _STAFF_WRITE,
    # One of a family is no clerk's.
    ("GET", "/v1/admin/mandates/{mandate_id}"): (401, 403, 403, 404, 404, 404, 404, 404),
    ("POST", "/v1/admin/mandates/{mandate_id}/revoke"): _STAFF_WRITE,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    body = {"name": "王大明", "id_number": id_number(), "relation": "parent"}
    member = client.post("/v1/me/family", body, token=owner.token).json()["member_id"]
    return {"mandate_id": owner.citizen_id + member, **company_of(owner.citizen_id)}
