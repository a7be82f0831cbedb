"""The facts that events carry, by what they happen to: ids and plain values, all of them texts.

Which of them an event has depends on its type; none is personal data in clear.
"""

from collections.abc import Mapping
from typing import Final, TypedDict

from chalicelib.core import event_facts_of_halls as halls

OfficeFacts = TypedDict(
    "OfficeFacts",
    {
        "category": str,
        "closure": str,
        # What the desk changed, joined by commas.
        "changed": str,
        # Days as YYYY-MM-DD, times of day as HH:MM.
        "from": str,
        "to": str,
        "from_time": str,
        "to_time": str,
    },
    total=False,
)


class BillFacts(TypedDict, total=False):
    """Facts of a bill: its issuer's `sequence`, and sums in cents; `message` is to its issuer."""

    issuer: str
    office: str
    kind: str
    sequence: str
    amount: str
    payment: str
    settled: str
    owed: str
    message: str
    reason: str
    asked_by: str


class SignedFacts(TypedDict, total=False):
    """Facts of what was signed: the `digest` of what was shown, by which `factor`."""

    signature: str
    digest: str
    factor: str


class CaseFacts(SignedFacts, total=False):
    """Facts of a case; `note`, `items`, `before` and `facts` are encrypted.

    `until` is a time (RFC 3339). A machine decided by the version `ruleset`, and by the `rules`
    that held, or for a referral by those that did not.
    """

    service: str
    office: str
    status: str
    changed: str
    before: str
    note: str
    items: str
    part: str
    handover: str
    materials: str
    trips: str
    from_office: str
    appointment: str
    score: str
    until: str
    payment: str
    payment_status: str
    delivery: str
    delivery_status: str
    direction: str
    ruleset: str
    rules: str
    facts: str
    verdict: str


class CertificateFacts(TypedDict, total=False):
    """Facts of a certificate: its state after the event; `reason` is encrypted.

    `until` is its last day, as the moment (RFC 3339) at which that begins.
    """

    type: str
    service: str
    office: str
    status: str
    case: str
    reason: str
    asked_by: str
    replaced_by: str
    until: str


class CitizenFacts(SignedFacts, total=False):
    """Facts of an account: the names of fields that changed, never their values."""

    platform: str
    fields: str
    level: str
    member: str
    link: str
    account: str
    proof: str
    reason: str
    act: str
    asked_by: str
    look: str
    factor_id: str


class CourierFacts(TypedDict, total=False):
    """Facts of a courier's account."""

    courier: str
    state: str
    message: str
    reason: str


class DeliveryFacts(TypedDict, total=False):
    """Facts of a parcel; `area` is a division code, `seconds_…` are whole seconds."""

    case: str
    service: str
    office: str
    area: str
    direction: str
    status: str
    courier: str
    former_courier: str
    message: str
    flag: str
    answered_flag: str
    reported: str
    occurred_at: str
    seconds_on_the_way: str
    seconds_to_door: str


class EnquiryFacts(TypedDict, total=False):
    """Facts of an enquiry; `words` are encrypted, `until` is a time (RFC 3339)."""

    kind: str
    status: str
    office: str
    service: str
    words: str
    former_office: str
    until: str
    in_time: str
    further: str
    times: str
    satisfaction: str
    leave: str


class IssuerFacts(TypedDict, total=False):
    """Facts of an issuer's account."""

    issuer: str
    state: str
    message: str
    reason: str


class LookupFacts(TypedDict, total=False):
    """Facts of a look-up in a register; `answer` is encrypted, `consent` the version of a text."""

    register: str
    service: str
    claim: str
    consent: str
    member: str
    case: str
    answer: str


class MachineFacts(TypedDict, total=False):
    """Facts of a service's machine: why it was switched, or with which case somebody disagreed."""

    service: str
    reason: str
    case: str


class MandateFacts(SignedFacts, total=False):
    """Facts of a mandate: the citizens who give and have it, and the office's day that it ends.

    One that was witnessed names the hall, and the first of two persons.
    """

    principal: str
    agent: str
    ends: str
    office: str
    asked_by: str
    reason: str


class OrganisationFacts(TypedDict, total=False):
    """Facts of an organisation: which membership of whom, and why nobody acts for it."""

    member: str
    agent: str
    reason: str


class PaymentFacts(TypedDict, total=False):
    """Facts of a payment, its refunds and its provider's notifications; sums are in cents.

    What is paid for is named by `case`, `appointment` or `bill`.
    """

    case: str
    appointment: str
    bill: str
    service: str
    office: str
    from_office: str
    status: str
    method: str
    amount: str
    currency: str
    receipt: str
    provider: str
    notification: str
    payment: str
    about: str
    reason: str
    held_amount: str
    held_currency: str
    asked_by: str
    refund: str
    refund_amount: str
    refunded: str
    given_back: str
    outside: str
    returned: str
    vendor_code: str


class StaffFacts(TypedDict, total=False):
    """Facts of a member of staff's account: what it may do where, and who asked for it."""

    roles: str
    halls: str
    departments: str
    reason: str
    asked_by: str


class SubscriberFacts(TypedDict, total=False):
    """Facts of a subscriber's account: what it hears of, in which halls, and to what purpose."""

    subscriber: str
    types: str
    offices: str
    purpose: str
    state: str
    message: str
    reason: str


# By the first word of an event's type.
FACTS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(
        ("account", "citizen", "family", "identity", "profile"),
        frozenset(CitizenFacts.__annotations__),
    ),
    "appointment": frozenset(halls.AppointmentFacts.__annotations__),
    "bill": frozenset(BillFacts.__annotations__),
    "case": frozenset(CaseFacts.__annotations__),
    "certificate": frozenset(CertificateFacts.__annotations__),
    "courier": frozenset(CourierFacts.__annotations__),
    "delivery": frozenset(DeliveryFacts.__annotations__),
    "draw": frozenset(halls.DrawFacts.__annotations__),
    "device": frozenset(halls.DeviceFacts.__annotations__),
    "enquiry": frozenset(EnquiryFacts.__annotations__),
    "guide": frozenset(halls.GuideFacts.__annotations__),
    "issuer": frozenset(IssuerFacts.__annotations__),
    "lookup": frozenset(LookupFacts.__annotations__),
    "machine": frozenset(MachineFacts.__annotations__),
    "mandate": frozenset(MandateFacts.__annotations__),
    "office": frozenset(OfficeFacts.__annotations__),
    "organisation": frozenset(OrganisationFacts.__annotations__),
    "payment": frozenset(PaymentFacts.__annotations__),
    "staff": frozenset(StaffFacts.__annotations__),
    "subscriber": frozenset(SubscriberFacts.__annotations__),
    "waiting": frozenset(halls.WaitingFacts.__annotations__),
}
