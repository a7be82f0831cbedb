"""The composition root: which room adds what to which, by dotted name, imported on first use.

No module registers itself when it is imported, so that the order of imports says nothing, and a
cold process imports only what its first request needs.
"""

from collections.abc import Mapping
from typing import Final

# The modules with routes, as the API's document lists them.
ROUTE_MODULES: Final = (
    "chalicelib.core.system_api",
    "chalicelib.core.audit_api",
    "chalicelib.anchors.api.anchors",
    "chalicelib.core.statistics_api",
    "chalicelib.identity.api",
    "chalicelib.identity.consents.api",
    "chalicelib.identity.staff.api",
    "chalicelib.identity.devices.api",
    "chalicelib.identity.signing.api",
    "chalicelib.mandates.api",
    "chalicelib.notifications.api",
    "chalicelib.notifications.contacts.api",
    "chalicelib.notifications.letters.api",
    "chalicelib.notifications.preferences.api",
    "chalicelib.notifications.suggestions.api",
    "chalicelib.catalogue.api.countries",
    "chalicelib.catalogue.api.departments",
    "chalicelib.catalogue.api.offices",
    "chalicelib.catalogue.api.services",
    "chalicelib.catalogue.api.drafts",
    "chalicelib.appointments.api.availability",
    "chalicelib.appointments.api.booking",
    "chalicelib.appointments.api.citizen",
    "chalicelib.appointments.api.passes",
    "chalicelib.appointments.api.queue_position",
    "chalicelib.appointments.api.openings",
    "chalicelib.appointments.api.ratings",
    "chalicelib.appointments.api.staff",
    "chalicelib.appointments.api.hall",
    "chalicelib.appointments.api.display",
    "chalicelib.appointments.api.calendar",
    "chalicelib.appointments.api.staff_booking",
    "chalicelib.appointments.api.timetable",
    "chalicelib.appointments.api.offices",
    "chalicelib.appointments.waiting.api",
    "chalicelib.appointments.api.moves",
    "chalicelib.appointments.draws.api",
    "chalicelib.supervision.api",
    "chalicelib.subscribers.api.accounts",
    "chalicelib.certificates.api.citizen",
    "chalicelib.certificates.api.everyone",
    "chalicelib.certificates.api.presentations",
    "chalicelib.certificates.api.staff",
    "chalicelib.registers.api.citizen",
    "chalicelib.cases.api",
    "chalicelib.cases.uploads.api",
    "chalicelib.deliveries.api",
    "chalicelib.deliveries.couriers.api.accounts",
    "chalicelib.payments.api.citizen",
    "chalicelib.payments.api.reconciliation",
    "chalicelib.payments.api.staff",
    "chalicelib.payments.bills.api.citizen",
    "chalicelib.payments.bills.api.issuers",
    "chalicelib.payments.bills.api.staff",
    "chalicelib.payments.bills.api.webhook",
    "chalicelib.enquiries.api",
    "chalicelib.assistant.api",
    "chalicelib.opendata.api.datasets",
    "chalicelib.opendata.api.performance",
)

# (caller) -> whether the caller's access tokens ended before their time.
TOKEN_REVOCATIONS: Final = ("chalicelib.identity.service.revocations:is_revoked",)

# (caller, now) -> the caller whose account was joined to another since the token was issued.
JOINED_ACCOUNTS: Final = ("chalicelib.identity.service.joined_accounts:of_record",)

# (actor, actor) -> whether two accounts of staff are in one hand, and so one person.
ACCOUNTS_IN_ONE_HAND: Final = ("chalicelib.identity.staff.service.accounts:are_in_one_hand",)

# (citizen id) -> the ids of what must end before an account can be joined to another.
UNENDED: Final = (
    "chalicelib.appointments.service.personal_data:active_ids",
    "chalicelib.enquiries.service.personal_data:open_ids",
)

# (subject id) -> core.audit.Kept of the room that knows the subject, or None.
AUDIT_SOURCES: Final = (
    "chalicelib.anchors.service.access_log_chain:history_of",
    # An organisation has a key among the profiles, and its history here.
    "chalicelib.mandates.service.personal_data:history_of",
    "chalicelib.identity.service.profiles:history_of",
    "chalicelib.identity.staff.service:history_of",
    "chalicelib.identity.devices.service:history_of",
    "chalicelib.catalogue.service.drafts:history_of",
    "chalicelib.catalogue.service.timetable:history_of",
    "chalicelib.appointments.service.personal_data:history_of",
    "chalicelib.appointments.waiting.service.personal_data:history_of",
    "chalicelib.appointments.draws.service.personal_data:history_of",
    "chalicelib.certificates.service.personal_data:history_of",
    "chalicelib.registers.service.personal_data:history_of",
    "chalicelib.cases.service.personal_data:history_of",
    "chalicelib.cases.service.machine_switch:history_of",
    "chalicelib.payments.service.personal_data:history_of",
    "chalicelib.payments.bills.service.bills:history_of",
    "chalicelib.payments.bills.service.issuers:history_of",
    "chalicelib.deliveries.service.personal_data:history_of",
    "chalicelib.deliveries.couriers.service.accounts:history_of",
    "chalicelib.enquiries.service.personal_data:history_of",
    "chalicelib.subscribers.service.accounts:history_of",
)

# (what people call a thing) -> the subject's id, or None where it is no such name.
AUDIT_NAMES: Final = ("chalicelib.cases.service.personal_data:subject_of_receipt",)

# (subject id, core.audit.SubjectHistory) -> the first entry that is not as it was anchored.
ANCHOR_CHECKS: Final = (
    "chalicelib.anchors.service.proofs:find",
    "chalicelib.identity.service.access_log_checks:find_changed",
)

# (subject id) -> all anchors that cover a part of the subject's history, for an export.
ANCHORS: Final = ("chalicelib.anchors.service.proofs:exported",)

# () -> the ids of all halls of the city.
HALLS_OF_THE_CITY: Final = ("chalicelib.catalogue.service.timetable:office_ids",)

# () -> the ids of all departments for which staff may work.
DEPARTMENT_IDS: Final = ("chalicelib.catalogue.service.guide:department_ids",)

# (beginning of a division code) -> the ids of the halls there.
HALLS_OF_A_DIVISION: Final = ("chalicelib.catalogue.service.timetable:office_ids_of_division",)

# (citizen id) -> the ids of the halls that the citizen has or had something to do with.
HALLS_OF_A_CITIZEN: Final = (
    "chalicelib.appointments.service.personal_data:office_ids_of",
    "chalicelib.cases.service.personal_data:office_ids_of",
    "chalicelib.enquiries.service.personal_data:office_ids_of",
)

# (citizen id, staff id, purpose, what, now): record that staff looked at a citizen's data.
ACCESS_LOGS: Final = ("chalicelib.identity.service.access_log:record_access",)

# identity.service.personal_data_requests.Holder: what a room has of a citizen, exported and erased.
PERSONAL_DATA: Final = (
    "chalicelib.appointments.waiting.service.personal_data:PERSONAL_DATA",
    "chalicelib.appointments.service.personal_data:PERSONAL_DATA",
    # After the bar on bookings, which lets nobody enter any more who leaves.
    "chalicelib.appointments.draws.service.personal_data:PERSONAL_DATA",
    "chalicelib.cases.service.personal_data:PERSONAL_DATA",
    "chalicelib.certificates.service.personal_data:PERSONAL_DATA",
    "chalicelib.registers.service.personal_data:PERSONAL_DATA",
    "chalicelib.cases.service.drafts:PERSONAL_DATA",
    "chalicelib.cases.uploads.service:PERSONAL_DATA",
    "chalicelib.deliveries.service.personal_data:PERSONAL_DATA",
    "chalicelib.identity.consents.service:PERSONAL_DATA",
    "chalicelib.identity.signing.service.personal_data:PERSONAL_DATA",
    "chalicelib.mandates.service.personal_data:PERSONAL_DATA",
    "chalicelib.enquiries.service.personal_data:PERSONAL_DATA",
    "chalicelib.notifications.service.notices:PERSONAL_DATA",
    "chalicelib.payments.service.personal_data:PERSONAL_DATA",
    "chalicelib.payments.bills.service.personal_data:PERSONAL_DATA",
)

# (citizen id, now): the citizen has died, and everything of theirs ends.
PERSON_DIED: Final = (
    "chalicelib.appointments.service.personal_data:end_all",
    "chalicelib.appointments.draws.service.personal_data:end_all",
    "chalicelib.mandates.service.personal_data:end_all",
)

# (citizen id, former person, person, now): a citizen's number was corrected.
PERSON_CORRECTED: Final = (
    "chalicelib.appointments.service.booking_limits:correct_person",
    "chalicelib.appointments.waiting.service.persons:correct_person",
    "chalicelib.appointments.draws.service.persons:correct_person",
    "chalicelib.cases.service.personal_data:correct_person",
    "chalicelib.certificates.service.personal_data:correct_person",
    "chalicelib.mandates.service.personal_data:end_named",
)

# (citizen id, person, now): an account is known to be this person from now on.
PERSON_KNOWN: Final = (
    "chalicelib.appointments.service.booking_limits:join_person",
    "chalicelib.appointments.waiting.service.persons:join_person",
    "chalicelib.identity.service.members:confirm_guardian",
)

# (citizen id, member, now) -> what is written with the removal of a member of the family, or None.
MEMBER_LEAVES: Final = (
    "chalicelib.appointments.service.booking_limits:leave_out",
    "chalicelib.cases.service.personal_data:member_leaves",
)

# (citizen id) -> the ids of what the citizen has or had, for staff who look into it.
THINGS_OF_A_CITIZEN: Final = (
    "chalicelib.appointments.service.personal_data:ids_of",
    "chalicelib.cases.service.personal_data:ids_of",
    "chalicelib.enquiries.service.personal_data:ids_of",
)

# (subject id, code, facts, now) -> what raises an alert of integrity in another room's transaction.
INTEGRITY_ALERTS: Final = ("chalicelib.supervision.service:write_integrity_alert",)

# (subject id, code, now): an alert of integrity has lost its cause.
INTEGRITY_ALERTS_CLEARED: Final = ("chalicelib.supervision.service:clear_alert",)

# (subject id, code, now, by) -> whether the subject names its open alerts, and this one was cleared
# with its name there.
ALERT_SUBJECTS: Final = ("chalicelib.cases.service.alerts:clear_named",)

# (staff, upload id) -> the id of the hall whose scan it is; raises InvalidRequest.
SCANS: Final = ("chalicelib.cases.uploads.service.scans:check",)

# (upload id): delete a scan's bytes.
SCAN_ERASURES: Final = ("chalicelib.cases.uploads.service.scans:erase",)

# (guardian's person, minor's person) -> the last day on which a clerk's word makes one the guardian
# of the other, or None.
WITNESSED_GUARDIANS: Final = ("chalicelib.mandates.service.guardians:last_day",)

# (citizen id, case id, service id): let an appointment be the visit of a case; raises NotFound,
# InvalidRequest or WrongStatus.
VISITED_CASES: Final = ("chalicelib.cases.service.visits:check_visit",)

# (appointment id) -> whether it is "coming", its citizen "came", or "none" of these.
VISITS: Final = ("chalicelib.appointments.service.visits:state_of",)

# (office id, category or None, now) -> the share of today's seats that are taken.
OCCUPANCY: Final = ("chalicelib.appointments.occupancy.service:occupancy_of",)

# (service id or None, office id or None) -> catalogue.domain.RatingSummary.
RATINGS: Final = ("chalicelib.cases.service.ratings:rated",)

# (service id, office id, YYYYMMDD, core.ratings.Rating) -> what counts it in another's transaction.
RATINGS_OF_VISITS: Final = ("chalicelib.cases.service.ratings:counting",)

# core.statistics.Statistic, by the name in its route.
STATISTICS: Final[Mapping[str, str]] = {
    "bookings": "chalicelib.appointments.service.statistics:BOOKINGS",
    "waiting": "chalicelib.appointments.service.statistics:WAITING",
    "no-shows": "chalicelib.appointments.service.statistics:NO_SHOWS",
    "case-times": "chalicelib.cases.service.statistics:CASE_TIMES",
    "ratings": "chalicelib.cases.service.statistics:RATINGS",
    "trips": "chalicelib.cases.service.trips:TRIPS",
    "once-only": "chalicelib.cases.service.once_only:ONCE_ONLY",
    "deliveries": "chalicelib.deliveries.service.statistics:DELIVERIES",
    "messages": "chalicelib.notifications.service.statistics:MESSAGES",
    "revenue": "chalicelib.payments.service.statistics:REVENUE",
    "enquiries": "chalicelib.enquiries.service.statistics:ENQUIRIES",
    "enquiry-topics": "chalicelib.enquiries.service.statistics:TOPICS",
    "search-misses": "chalicelib.catalogue.service.search_misses:SEARCH_MISSES",
    "assistant-questions": "chalicelib.assistant.service.statistics:QUESTIONS",
    "unanswered-questions": "chalicelib.assistant.service.statistics:UNANSWERED",
}
