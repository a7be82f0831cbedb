"""Who may call what in this room, and the things that the paths name."""

from tests.support.access import ALL, CITIZEN_ONLY, CITIZEN_WRITES, OWNER_ONLY, Answers, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen, be_adult

_LOOK: Answers = (401, 403, 403, 200, 404, 200, 403, 200)
# A body that is not right shows that access was granted: it is looked at only then.
_DECIDE: Answers = (401, 403, 403, 403, 403, 422, 403, 403)

ROUTES: Table = {
    ("GET", "/v1/me/certificates"): CITIZEN_ONLY,
    ("GET", "/v1/me/certificates/{certificate_id}"): OWNER_ONLY,
    # It is made by a worker, soon.
    ("GET", "/v1/me/certificates/{certificate_id}/document"): (
        *(401, 409, 404, 403, 403, 403, 403, 403),
    ),
    ("POST", "/v1/me/certificates/{certificate_id}/presentations"): CITIZEN_WRITES,
    ("GET", "/v1/certificates/{verification_code}"): ALL,
    ("GET", "/v1/status-lists/{list_id}"): ALL,
    ("POST", "/v1/admin/presentations"): (401, 403, 403, 422, 422, 422, 403, 422),
    ("GET", "/v1/admin/certificates/{certificate_id}"): _LOOK,
    ("POST", "/v1/admin/certificates/{certificate_id}/suspend"): _DECIDE,
    ("POST", "/v1/admin/certificates/{certificate_id}/resume"): _DECIDE,
    ("POST", "/v1/admin/certificates/{certificate_id}/revoke"): _DECIDE,
    ("POST", "/v1/admin/certificates/{certificate_id}/keep"): _DECIDE,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    from tests.certificates.world import issued
    from tests.support.cases import have_papers

    be_adult(client, owner)
    have_papers(owner)
    made = issued(client, owner)
    names = ("certificate_id", "verification_code")
    return {"list_id": "0", **{name: made[name] for name in names}}
