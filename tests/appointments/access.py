"""Who may call what in this room, and the things that the paths name."""

from tests.appointments.world import HALL, book, new_slot
from tests.support.access import ALL, CITIZEN_ONLY, CITIZEN_WRITES, OWNER_ONLY, Table
from tests.support.client import ApiClient
from tests.support.clock import MONDAY
from tests.support.people import Citizen

DESK_WRITES = (401, 403, 403, 422, 422, 422, 403, 422)
# A booking that nobody checked in stands at the beginning of all steps.
DESK_STEPS = (401, 403, 403, 409, 404, 409, 403, 409)
WHILE_NOTHING_IS_OFFERED = (401, 409, 404, 403, 403, 403, 403, 403)
CHIEFS_WRITE = (401, 403, 403, 403, 403, 422, 403, 422)
CHIEFS_DELETE = (401, 403, 403, 403, 403, 404, 403, 404)
TOKENS = (401, 403, 403, 200, 404, 200, 403, 200)
ROUTES: Table = {
    ("GET", "/v1/offices/{office_id}/availability"): ALL,
    ("POST", "/v1/waiting-list"): CITIZEN_WRITES,
    ("GET", "/v1/waiting-list"): CITIZEN_ONLY,
    ("GET", "/v1/waiting-list/{entry_id}"): OWNER_ONLY,
    # Nothing is offered yet.
    ("POST", "/v1/waiting-list/{entry_id}/accept"): WHILE_NOTHING_IS_OFFERED,
    ("POST", "/v1/waiting-list/{entry_id}/decline"): WHILE_NOTHING_IS_OFFERED,
    ("DELETE", "/v1/waiting-list/{entry_id}"): OWNER_ONLY,
    ("GET", "/v1/openings"): (401, 400, 400, 403, 403, 403, 403, 403),
    ("GET", "/v1/draws"): ALL,
    # The draw that the paths name is none.
    ("GET", "/v1/draws/{draw_id}"): (404,) * 8,
    ("GET", "/v1/draws/{draw_id}/file"): (404,) * 8,
    ("POST", "/v1/draws/{draw_id}/entries"): (401, 404, 404, 403, 403, 403, 403, 403),
    ("GET", "/v1/draws/{draw_id}/entries"): (401, 404, 404, 403, 403, 403, 403, 403),
    ("GET", "/v1/draws/{draw_id}/entries/{entry_id}"): (401, 404, 404, 403, 403, 403, 403, 403),
    ("GET", "/v1/offices/{office_id}/display"): ALL,
    ("POST", "/v1/appointments"): CITIZEN_WRITES,
    ("GET", "/v1/appointments"): CITIZEN_ONLY,
    ("GET", "/v1/appointments/{appointment_id}"): OWNER_ONLY,
    ("GET", "/v1/appointments/{appointment_id}/pass"): OWNER_ONLY,
    ("GET", "/v1/appointments/{appointment_id}/calendar.ics"): OWNER_ONLY,
    ("POST", "/v1/appointments/{appointment_id}/reschedule"): CITIZEN_WRITES,
    ("POST", "/v1/appointments/{appointment_id}/cancel"): OWNER_ONLY,
    ("POST", "/v1/appointments/{appointment_id}/rating"): CITIZEN_WRITES,
    ("GET", "/v1/admin/offices/{office_id}/appointments"): (401, 403, 403, 200, 404, 200, 200, 200),
    ("GET", "/v1/appointments/{appointment_id}/queue"): OWNER_ONLY,
    ("GET", "/v1/admin/offices/{office_id}/queue"): (401, 403, 403, 200, 404, 200, 200, 200),
    ("POST", "/v1/admin/offices/{office_id}/tickets"): DESK_WRITES,
    ("POST", "/v1/admin/offices/{office_id}/queue/next"): DESK_WRITES,
    **{
        ("POST", f"/v1/admin/appointments/{{appointment_id}}/{step}"): DESK_STEPS
        for step in ("recall", "start", "fulfil", "no-show", "undo", "park")
    },
    ("POST", "/v1/admin/appointments/{appointment_id}/transfer"): DESK_WRITES,
    ("GET", "/v1/admin/offices/{office_id}/counters"): (401, 403, 403, 200, 404, 200, 200, 200),
    ("PUT", "/v1/admin/offices/{office_id}/counters/{counter}"): DESK_WRITES,
    ("POST", "/v1/admin/appointments/{appointment_id}/void"): DESK_WRITES,
    ("POST", "/v1/admin/appointments/{appointment_id}/excuse"): CHIEFS_WRITE,
    ("GET", "/v1/admin/offices/{office_id}/new-times"): (401, 403, 403, 403, 403, 200, 403, 200),
    ("POST", "/v1/admin/appointments/{appointment_id}/phoned"): (
        401,
        403,
        403,
        404,
        404,
        404,
        403,
        404,
    ),
    ("POST", "/v1/admin/offices/{office_id}/appointments"): DESK_WRITES,
    ("POST", "/v1/admin/appointments/{appointment_id}/reschedule"): DESK_WRITES,
    ("POST", "/v1/admin/appointments/{appointment_id}/cancel"): DESK_WRITES,
    # Without a token.
    ("GET", "/v1/admin/offices/{office_id}/calendar.ics"): (404,) * 8,
    ("GET", "/v1/admin/offices/{office_id}/calendar-tokens"): TOKENS,
    ("POST", "/v1/admin/offices/{office_id}/calendar-tokens"): (
        401,
        403,
        403,
        201,
        404,
        201,
        403,
        201,
    ),
    ("DELETE", "/v1/admin/offices/{office_id}/calendar-tokens/{token_id}"): (
        401,
        403,
        403,
        404,
        404,
        404,
        403,
        404,
    ),
    ("GET", "/v1/admin/offices/{office_id}/schedule"): (401, 403, 403, 200, 404, 200, 200, 200),
    ("PUT", "/v1/admin/offices/{office_id}/schedule"): CHIEFS_WRITE,
    ("GET", "/v1/admin/offices/{office_id}"): (401, 403, 403, 200, 404, 200, 200, 200),
    ("PUT", "/v1/admin/offices/{office_id}"): (401, 403, 403, 403, 403, 200, 403, 200),
    ("POST", "/v1/admin/offices/{office_id}/closures"): CHIEFS_WRITE,
    ("DELETE", "/v1/admin/offices/{office_id}/closures/{closure_id}"): CHIEFS_DELETE,
    ("POST", "/v1/admin/checkins"): DESK_WRITES,
    ("GET", "/v1/admin/appointments/{appointment_id}"): (401, 403, 403, 200, 404, 200, 403, 200),
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    made = book(client, owner, new_slot()).json()
    day = str(MONDAY.date())
    wish = {"service_id": "elder-card", "office_ids": [HALL], "from": day, "until": day}
    waits = client.post("/v1/waiting-list", wish, token=owner.token).json()
    return {
        "appointment_id": made["appointment_id"],
        "closure_id": "none",
        "counter": "3",
        "draw_id": "none",
        "entry_id": waits["entry_id"],
        "token_id": "none",
    }
