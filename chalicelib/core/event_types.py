"""The types of all events, by what they happen to; the test beside it finds what nobody writes."""

from typing import Final, Literal, get_args

AppointmentEvent = Literal[
    "appointment.booked",
    "appointment.called",
    "appointment.cancelled",
    "appointment.checked_in",
    "appointment.excused",
    "appointment.expired",
    "appointment.fulfilled",
    "appointment.held",
    "appointment.missed",
    "appointment.new_time_needed",
    "appointment.parked",
    "appointment.rated",
    "appointment.recalled",
    "appointment.rescheduled",
    "appointment.serving",
    "appointment.time_kept",
    "appointment.transferred",
    "appointment.undone",
    "appointment.voided",
    "appointment.walked_in",
]
BillEvent = Literal[
    "bill.cancel_asked",
    "bill.cancelled",
    "bill.changed",
    "bill.created",
    "bill.differed",
    "bill.paid",
    "bill.refunded",
]
CaseEvent = Literal[
    "case.accepted",
    "case.approved",
    "case.authority_checked",
    "case.claimed",
    "case.completed",
    "case.corrected",
    "case.correction_requested",
    "case.decision_reviewed",
    "case.declined",
    "case.delivery_updated",
    "case.issued",
    "case.law_missed",
    "case.originals_arrived",
    "case.originals_checked",
    "case.originals_mismatch",
    "case.originals_received",
    "case.originals_returned",
    "case.paid",
    "case.part_approved",
    "case.part_claimed",
    "case.part_correction_requested",
    "case.part_rejected",
    "case.part_released",
    "case.payment_updated",
    "case.prechecked",
    "case.promise_missed",
    "case.rated",
    "case.referred",
    "case.refunded",
    "case.rejected",
    "case.released",
    "case.review_asked",
    "case.reviewed",
    "case.submitted",
    "case.transferred",
    "case.visit_updated",
    "case.withdrawn",
]
CertificateEvent = Literal[
    "certificate.ends_soon",
    "certificate.holder_erased",
    "certificate.issued",
    "certificate.replaced",
    "certificate.resumed",
    "certificate.revocation_asked",
    "certificate.revoked",
    "certificate.suspended",
]
CourierEvent = Literal[
    "courier.changed",
    "courier.created",
    "courier.disabled",
    "courier.message_replayed",
    "courier.paused",
    "courier.pinged",
    "courier.recovered",
    "courier.resumed",
    "courier.secret_rotated",
    "courier.troubled",
]
DeviceEvent = Literal[
    "device.announced",
    "device.paired",
    "device.removed",
]
DeliveryEvent = Literal[
    "delivery.accepted",
    "delivery.address_changed",
    "delivery.asked",
    "delivery.assigned",
    "delivery.attempt_failed",
    "delivery.available_for_pickup",
    "delivery.cancelled",
    "delivery.delivered",
    "delivery.exception",
    "delivery.flagged",
    "delivery.in_transit",
    "delivery.lost",
    "delivery.on_hold",
    "delivery.out_for_delivery",
    "delivery.picked_up",
    "delivery.pickup_scheduled",
    "delivery.refused",
    "delivery.released",
    "delivery.report_kept",
    "delivery.requested",
    "delivery.resolved",
    "delivery.returned",
]
CitizenEvent = Literal[
    "account.act_asked",
    "account.closed",
    "account.code_cancelled",
    "account.confirm_asked",
    "account.corrected",
    "account.joined",
    "account.link_requested",
    "account.linked",
    "account.reopened",
    "account.signed_out",
    "account.taken_over",
    "account.unlinked",
    "citizen.created",
    "citizen.erased",
    "citizen.signed_out",
    "family.accepted",
    "family.added",
    "family.confirmed",
    "family.declined",
    "family.disputed",
    "family.removed",
    "family.revoked",
    "family.unconfirmed",
    "identity.verified",
    "profile.changed",
]
DrawEvent = Literal[
    "draw.called_off",
    "draw.closed",
    "draw.drawn",
    "draw.not_drawn",
    "draw.opened",
    "draw.unseated",
    "draw.voided",
    "draw.won",
]
EnquiryEvent = Literal[
    "enquiry.answered",
    "enquiry.claimed",
    "enquiry.closed",
    "enquiry.extended",
    "enquiry.leave_asked",
    "enquiry.not_ours",
    "enquiry.overdue",
    "enquiry.published",
    "enquiry.received",
    "enquiry.reopened",
    "enquiry.replied",
    "enquiry.transferred",
    "enquiry.unpublished",
    "enquiry.withdrawn",
]
GuideEvent = Literal["guide.discarded", "guide.drafted", "guide.published", "guide.submitted"]
IssuerEvent = Literal[
    "issuer.changed",
    "issuer.created",
    "issuer.disabled",
    "issuer.message_replayed",
    "issuer.paused",
    "issuer.pinged",
    "issuer.recovered",
    "issuer.resumed",
    "issuer.secret_rotated",
    "issuer.troubled",
]
LookupEvent = Literal[
    "lookup.answered",
    "lookup.asked",
    "lookup.asked_again",
    "lookup.holder_erased",
]
MachineEvent = Literal[
    "machine.disagreed",
    "machine.on_asked",
    "machine.switched_off",
    "machine.switched_on",
]
MandateEvent = Literal[
    "mandate.accepted",
    "mandate.asked",
    "mandate.declined",
    "mandate.disputed",
    "mandate.given",
    "mandate.revoked",
    "mandate.witnessed",
]
OfficeEvent = Literal[
    "office.changed",
    "office.closed",
    "office.reopened",
    "office.timetable_changed",
]
OrganisationEvent = Literal[
    "organisation.created",
    "organisation.frozen",
    "organisation.member_added",
    "organisation.member_removed",
    "organisation.named",
]
PaymentEvent = Literal[
    "payment.cancelled",
    "payment.created",
    "payment.expired",
    "payment.failed",
    "payment.held",
    "payment.held_accept_asked",
    "payment.held_accepted",
    "payment.held_return_asked",
    "payment.held_returned",
    "payment.notified",
    "payment.pending",
    "payment.processing",
    "payment.received_late",
    "payment.refund_approved",
    "payment.refund_declined",
    "payment.refund_failed",
    "payment.refund_requested",
    "payment.refund_succeeded",
    "payment.refund_waits",
    "payment.succeeded",
]
StaffEvent = Literal[
    "staff.change_withdrawn",
    "staff.changed",
    "staff.changed_asked",
    "staff.created",
    "staff.created_asked",
    "staff.creation_withdrawn",
    "staff.password_changed",
    "staff.password_reset",
    "staff.person_set",
    "staff.removed",
    "staff.set",
    "staff.signed_out",
    "staff.totp_enrolled",
    "staff.unlocked",
]
WaitingEvent = Literal[
    "waiting.accepted",
    "waiting.declined",
    "waiting.expired",
    "waiting.lapsed",
    "waiting.left",
    "waiting.offered",
]
EventType = (
    AppointmentEvent
    | BillEvent
    | CaseEvent
    | CertificateEvent
    | CitizenEvent
    | CourierEvent
    | DeliveryEvent
    | DrawEvent
    | DeviceEvent
    | EnquiryEvent
    | GuideEvent
    | IssuerEvent
    | LookupEvent
    | MachineEvent
    | MandateEvent
    | OfficeEvent
    | OrganisationEvent
    | PaymentEvent
    | StaffEvent
    | WaitingEvent
)
EVENT_TYPES: Final[frozenset[str]] = frozenset(
    type_ for literal in get_args(EventType) for type_ in get_args(literal)
)
