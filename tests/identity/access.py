"""Who may call what in this room, and the things that the paths name."""

from tests.support.access import CITIZEN_ONLY, CITIZEN_WRITES, READABLE, Answers, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen, new_code

ADMIN_WRITES: Answers = (401, 403, 403, 403, 403, 403, 403, 422)
ROUTES: Table = {
    ("POST", "/v1/login"): READABLE,
    ("POST", "/v1/login/refresh"): READABLE,
    ("POST", "/v1/logout"): READABLE,
    ("POST", "/v1/staff/login"): READABLE,
    ("POST", "/v1/staff/login/oidc"): READABLE,
    ("DELETE", "/v1/sessions"): (401, *(204,) * 7),
    ("GET", "/v1/me"): CITIZEN_ONLY,
    ("PATCH", "/v1/me"): CITIZEN_ONLY,
    ("GET", "/v1/me/export"): CITIZEN_ONLY,
    ("DELETE", "/v1/me"): (401, 204, 204, 403, 403, 403, 403, 403),
    ("PUT", "/v1/me/identity"): CITIZEN_WRITES,
    ("GET", "/v1/me/family"): CITIZEN_ONLY,
    ("POST", "/v1/me/family"): CITIZEN_WRITES,
    ("DELETE", "/v1/me/family/{member_id}"): (401, 404, 404, 403, 403, 403, 403, 403),
    ("GET", "/v1/me/accesses"): CITIZEN_ONLY,
    ("GET", "/v1/me/consents"): CITIZEN_ONLY,
    ("POST", "/v1/me/consents"): CITIZEN_WRITES,
    ("PUT", "/v1/me/signing-pin"): CITIZEN_WRITES,
    ("GET", "/v1/me/factors"): CITIZEN_ONLY,
    ("DELETE", "/v1/me/factors/{factor_id}"): (401, 404, 404, 403, 403, 403, 403, 403),
    ("POST", "/v1/me/factors/webauthn/options"): CITIZEN_ONLY,
    ("POST", "/v1/me/factors/webauthn"): CITIZEN_WRITES,
    # The stage of the tests has no SOTER.
    ("POST", "/v1/me/factors/soter/options"): CITIZEN_WRITES,
    ("POST", "/v1/me/factors/soter"): CITIZEN_WRITES,
    ("POST", "/v1/me/signatures/soter-options"): CITIZEN_WRITES,
    ("POST", "/v1/me/signatures"): CITIZEN_WRITES,
    ("POST", "/v1/me/signatures/options"): CITIZEN_WRITES,
    ("GET", "/v1/me/accounts"): CITIZEN_ONLY,
    ("DELETE", "/v1/me/accounts/{account_id}"): (401, 404, 404, 403, 403, 403, 403, 403),
    # By the account of record alone, which is verified.
    ("POST", "/v1/me/link-codes"): (401, 403, 403, 403, 403, 403, 403, 403),
    ("POST", "/v1/me/links/{link_id}"): CITIZEN_WRITES,
    ("POST", "/v1/me/links/{link_id}/undo"): (401, 404, 404, 403, 403, 403, 403, 403),
    ("GET", "/v1/admin/links/{link_id}"): (401, 403, 403, 404, 404, 404, 403, 404),
    ("POST", "/v1/admin/links/{link_id}/confirm"): (401, 403, 403, 422, 422, 422, 403, 422),
    ("POST", "/v1/admin/people/find"): (401, 403, 403, 422, 422, 422, 403, 422),
    ("POST", "/v1/admin/people/{person_id}/correct"): (401, 403, 403, 422, 422, 422, 403, 422),
    ("POST", "/v1/admin/people/{person_id}/death"): (401, 403, 403, 422, 422, 422, 403, 422),
    ("POST", "/v1/admin/people/{person_id}/death/undo"): (401, 403, 403, 422, 422, 422, 403, 422),
    ("POST", "/v1/admin/people/{person_id}/sign-out"): (401, 403, 403, 422, 422, 422, 403, 422),
    ("POST", "/v1/admin/people/{person_id}/reset-factors"): (
        401,
        403,
        403,
        422,
        422,
        422,
        403,
        422,
    ),
    ("POST", "/v1/devices"): READABLE,
    ("POST", "/v1/admin/offices/{office_id}/devices"): (401, 403, 403, 403, 403, 201, 403, 201),
    ("GET", "/v1/admin/offices/{office_id}/devices"): (401, 403, 403, 403, 403, 200, 403, 200),
    ("DELETE", "/v1/admin/offices/{office_id}/devices/{device_id}"): (
        401,
        403,
        403,
        403,
        403,
        404,
        403,
        404,
    ),
    ("GET", "/v1/admin/staff"): (401, 403, 403, 403, 403, 403, 403, 200),
    ("POST", "/v1/admin/staff"): ADMIN_WRITES,
    ("PATCH", "/v1/admin/staff/{username}"): (401, 403, 403, 403, 403, 403, 403, 200),
    ("DELETE", "/v1/admin/staff/{username}"): (401, 403, 403, 403, 403, 403, 403, 204),
    ("POST", "/v1/admin/staff/{username}/reset-password"): ADMIN_WRITES,
    ("POST", "/v1/admin/staff/{username}/enrol-totp"): (401, 403, 403, 403, 403, 403, 403, 200),
    ("PUT", "/v1/admin/staff/{username}/person"): ADMIN_WRITES,
    ("POST", "/v1/admin/staff/{username}/unlock"): (401, 403, 403, 403, 403, 403, 403, 200),
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    from chalicelib.identity.staff import service as staff

    username = new_code()
    staff.add_staff(username, "onetrip-demo", frozenset({"clerk"}), frozenset({"hall-330200"}))
    return {
        "member_id": "nobody",
        "account_id": "nobody",
        "link_id": "nothing",
        "factor_id": "nothing",
        "person_id": "nobody",
        "username": username,
        "device_id": "none",
    }
