"""Who may call what in this room, and the things that the paths name."""

from datetime import UTC, datetime

from chalicelib.core.i18n import DEFAULT_LANG
from chalicelib.identity.service.reach import Channels
from chalicelib.notifications.service import sending
from tests.support.access import CITIZEN_ONLY, CITIZEN_WRITES, OWNER_ONLY, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

_CITIZEN_ENDS = (401, 204, 204, 403, 403, 403, 403, 403)
ROUTES: Table = {
    ("GET", "/v1/notifications"): CITIZEN_ONLY,
    ("POST", "/v1/notifications/{notification_id}/read"): OWNER_ONLY,
    ("GET", "/v1/me/subscriptions"): CITIZEN_ONLY,
    ("POST", "/v1/me/subscriptions"): CITIZEN_WRITES,
    ("POST", "/v1/me/phone"): CITIZEN_WRITES,
    ("POST", "/v1/me/phone/verify"): CITIZEN_WRITES,
    ("DELETE", "/v1/me/phone"): _CITIZEN_ENDS,
    ("POST", "/v1/me/email"): CITIZEN_WRITES,
    ("POST", "/v1/me/email/verify"): CITIZEN_WRITES,
    ("DELETE", "/v1/me/email"): _CITIZEN_ENDS,
    ("GET", "/v1/admin/letters"): (401, 403, 403, 400, 400, 400, 403, 400),
    ("POST", "/v1/admin/cases/{case_id}/letter/posted"): (401, 403, 403, 422, 422, 422, 403, 422),
    # Who has a log-in is told by it.
    ("GET", "/v1/admin/cases/{case_id}/letter"): (401, 403, 403, 404, 404, 404, 403, 404),
    ("GET", "/v1/me/notice-preferences"): CITIZEN_ONLY,
    ("PUT", "/v1/me/notice-preferences"): CITIZEN_ONLY,
    ("GET", "/v1/me/suggestions"): CITIZEN_ONLY,
    ("DELETE", "/v1/me/suggestions/{suggestion_kind}"): _CITIZEN_ENDS,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    at = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
    case_id = f"{owner.citizen_id}a-case"
    notice = sending.notice_of(owner.citizen_id, "case.submitted", f"{case_id}.1", case_id, {}, at)
    sending.tell(notice, Channels(DEFAULT_LANG, None, None), at, current=True)
    return {"notification_id": notice.notification_id, "suggestion_kind": "age"}
