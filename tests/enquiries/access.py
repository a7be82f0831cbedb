"""Who may call what in this room, and the things that the paths name."""

from tests.support.access import ALL, CITIZEN_ONLY, OWNER_ONLY, Answers, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

# Everyone may look and nobody has the code; who comes sixth, and the owner last, is slowed.
_GUESSED: Answers = (404, 429, 404, 404, 404, 404, 429, 429)
_ANYONE: Answers = (422, 422, 422, 403, 403, 403, 403, 403)
_OWN_HALL: Answers = (401, 403, 403, 200, 404, 200, 200, 200)
_LIST: Answers = (401, 403, 403, 200, 200, 200, 200, 200)
_HANDLES: Answers = (401, 403, 403, 200, 404, 200, 403, 200)
# A body that is not right shows that access was granted: it is looked at only then.
_STEP: Answers = (401, 403, 403, 422, 422, 422, 403, 422)
_WRITES: Answers = (401, 422, 422, 403, 403, 403, 403, 403)

ROUTES: Table = {
    ("POST", "/v1/enquiries"): _ANYONE,
    ("GET", "/v1/enquiries"): CITIZEN_ONLY,
    ("GET", "/v1/enquiries/{enquiry_id}"): OWNER_ONLY,
    ("POST", "/v1/enquiries/{enquiry_id}/reply"): _WRITES,
    ("POST", "/v1/enquiries/{enquiry_id}/withdraw"): OWNER_ONLY,
    ("POST", "/v1/enquiries/{enquiry_id}/reopen"): _WRITES,
    ("POST", "/v1/enquiries/{enquiry_id}/confirm"): _WRITES,
    ("POST", "/v1/enquiries/{enquiry_id}/allow"): OWNER_ONLY,
    ("GET", "/v1/enquiry-progress/{number}"): _GUESSED,
    ("GET", "/v1/questions"): ALL,
    ("GET", "/v1/admin/enquiries"): _LIST,
    ("POST", "/v1/admin/enquiries"): _STEP,
    ("GET", "/v1/admin/enquiries/{enquiry_id}"): _OWN_HALL,
    ("GET", "/v1/admin/enquiries/{enquiry_id}/attachments/{upload_id}"): _OWN_HALL,
    # The first who claims has it; a supervisor may take it over.
    ("POST", "/v1/admin/enquiries/{enquiry_id}/claim"): _HANDLES,
    ("POST", "/v1/admin/enquiries/{enquiry_id}/transfer"): _STEP,
    ("POST", "/v1/admin/enquiries/{enquiry_id}/answer"): _STEP,
    ("POST", "/v1/admin/enquiries/{enquiry_id}/extend"): _STEP,
    ("POST", "/v1/admin/enquiries/{enquiry_id}/publish"): _STEP,
    ("POST", "/v1/admin/enquiries/{enquiry_id}/unpublish"): _HANDLES,
    ("POST", "/v1/admin/enquiries/{enquiry_id}/not-ours"): _STEP,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    from tests.enquiries.world import submit

    asked = submit(client, owner, attachments=["upload-new"]).json()
    return {
        "enquiry_id": asked["enquiry_id"],
        "number": asked["number"],
        "upload_id": "upload-new",
    }
