"""Who may call what in this room, and the things that the paths name."""

from typing import get_args

from chalicelib.cases.domain import STEPS, PartStepName
from tests.support.access import CITIZEN_ONLY, CITIZEN_WRITES, OWNER_ONLY, Answers, Table
from tests.support.cases import lodge, verify
from tests.support.client import ApiClient
from tests.support.people import Citizen

# Everyone may look and nobody has the code; who comes sixth, and the owner last, is slowed.
_GUESSED: Answers = (404, 429, 404, 404, 404, 404, 429, 429)
_OWN_HALL: Answers = (401, 403, 403, 200, 404, 200, 200, 200)
_LIST: Answers = (401, 403, 403, 200, 200, 200, 200, 200)
_OPEN: Answers = (401, 403, 403, 200, 404, 200, 403, 200)
_FIRST_ONE: Answers = (401, 403, 403, 200, 404, 409, 403, 409)
_NOT_YET: Answers = (401, 403, 403, 409, 404, 409, 403, 409)
# A part is decided by its department's staff alone.
_NOT_THEIRS: Answers = (401, 403, 403, 404, 404, 404, 404, 404)
_NEEDS_WORDS: Answers = (401, 403, 403, 422, 404, 422, 403, 422)
_STEPS: dict[str, Answers] = {
    "claim": _OPEN,
    "release": _OPEN,
    "accept": _FIRST_ONE,
    "precheck": _FIRST_ONE,
    "decline": _NEEDS_WORDS,
    "request-correction": _NEEDS_WORDS,
}

ROUTES: Table = {
    ("GET", "/v1/cases/{case_id}/history"): OWNER_ONLY,
    ("POST", "/v1/cases"): CITIZEN_WRITES,
    ("GET", "/v1/services/{service_id}/prefill"): CITIZEN_ONLY,
    ("POST", "/v1/services/{service_id}/checks"): (422, 422, 422, 403, 403, 403, 403, 403),
    ("POST", "/v1/cases/{case_id}/review-requests"): CITIZEN_WRITES,
    ("GET", "/v1/admin/decisions"): _LIST,
    ("GET", "/v1/admin/decisions/{case_id}"): (401, 403, 403, 404, 404, 404, 404, 404),
    ("POST", "/v1/admin/decisions/{case_id}/verdict"): (401, 403, 403, 422, 422, 422, 403, 422),
    ("GET", "/v1/admin/machines"): _LIST,
    ("PUT", "/v1/admin/services/{service_id}/machine"): (401, 403, 403, 403, 403, 422, 403, 422),
    ("GET", "/v1/cases"): CITIZEN_ONLY,
    ("GET", "/v1/cases/{case_id}"): OWNER_ONLY,
    ("POST", "/v1/uploads"): CITIZEN_WRITES,
    ("GET", "/v1/uploads/{upload_id}"): OWNER_ONLY,
    ("GET", "/v1/me/materials"): CITIZEN_ONLY,
    ("GET", "/v1/me/drafts"): CITIZEN_ONLY,
    ("GET", "/v1/me/drafts/{service_id}"): (401, 404, 404, 403, 403, 403, 403, 403),
    ("PUT", "/v1/me/drafts/{service_id}"): CITIZEN_ONLY,
    ("DELETE", "/v1/me/drafts/{service_id}"): (401, 204, 204, 403, 403, 403, 403, 403),
    ("POST", "/v1/admin/uploads"): (401, 403, 403, 422, 422, 422, 403, 422),
    # A citizen's is no scan.
    ("GET", "/v1/admin/uploads/{upload_id}"): (401, 403, 403, 404, 404, 404, 404, 404),
    ("GET", "/v1/admin/cases/{case_id}/materials/{material_id}"): _OWN_HALL,
    ("POST", "/v1/cases/{case_id}/corrections"): (401, 409, 404, 403, 403, 403, 403, 403),
    ("POST", "/v1/cases/{case_id}/withdraw"): OWNER_ONLY,
    ("POST", "/v1/cases/{case_id}/rating"): CITIZEN_WRITES,
    ("GET", "/v1/progress/{receipt_number}"): _GUESSED,
    ("GET", "/v1/admin/cases"): _LIST,
    ("POST", "/v1/admin/cases"): (401, 403, 403, 422, 422, 422, 403, 422),
    ("POST", "/v1/admin/cases/find"): (401, 403, 403, 422, 422, 422, 403, 422),
    ("GET", "/v1/admin/cases/{case_id}/receipt"): _OWN_HALL,
    ("POST", "/v1/admin/cases/{case_id}/transfer"): (401, 403, 403, 422, 422, 422, 422, 422),
    ("GET", "/v1/admin/offices/{office_id}/handovers"): _OWN_HALL,
    ("GET", "/v1/admin/cases/{case_id}"): _OWN_HALL,
    ("POST", "/v1/admin/cases/{case_id}/originals"): (401, 403, 403, 422, 422, 422, 422, 422),
    **{
        ("POST", f"/v1/admin/cases/{{case_id}}/parts/{{part_id}}/{step}"): _NOT_THEIRS
        for step in get_args(PartStepName)
    },
    **{("POST", f"/v1/admin/cases/{{case_id}}/{s}"): _STEPS.get(s, _NOT_YET) for s in STEPS},
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    verify(client, owner)
    made = lodge(client, owner).json()
    material = made["materials"][0]
    return {
        **material,
        "case_id": made["case_id"],
        "part_id": "business-licence",
        "receipt_number": made["receipt_number"],
    }
