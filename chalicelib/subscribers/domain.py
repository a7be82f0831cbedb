"""Subscribers: accounts that say which events they hear of, in which halls, to what purpose."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from chalicelib.core.event_types import EVENT_TYPES
from chalicelib.core.events import Event
from chalicelib.core.ids import CITIZEN_ID_LENGTH, derived_id
from chalicelib.webhooks.domain.account import Account
from chalicelib.webhooks.domain.message import Message

# What happens to things of halls; what happens to accounts and persons is nobody else's.
OFFERED: Final = (
    "appointment", "bill", "case", "certificate", "delivery", "draw", "enquiry", "office",
    "payment", "waiting",
)  # fmt: skip
OFFERED_TYPES: Final = frozenset(t for t in EVENT_TYPES if t.partition(".")[0] in OFFERED)
# What is told of the facts of events, and how it is called: ids, states, times and sums. What is
# sealed and what people wrote stays.
FIELDS: Final[Mapping[str, str]] = {
    "service": "service_id",
    "slot": "slot_id",
    "freed": "freed_slot_id",
    "status": "status",
    "ticket": "ticket_number",
    "counter": "counter",
    "category": "category",
    "closure": "closure_id",
    "until": "until",
    "case": "case_id",
    "appointment": "appointment_id",
    "payment": "payment_id",
    "delivery": "delivery_id",
    "bill": "bill_id",
    "draw": "draw_id",
    "from_office": "from_office_id",
    "former_office": "from_office_id",
    "part": "part",
    "payment_status": "payment_status",
    "delivery_status": "delivery_status",
    "direction": "direction",
    "kind": "kind",
    "type": "certificate_type",
    "method": "method",
    "amount": "amount",
    "refund_amount": "refund_amount",
    "currency": "currency",
    "score": "score",
    "from": "from",
    "to": "to",
    "from_time": "from_time",
    "to_time": "to_time",
}
# Families whose ids begin with the id of the citizen whose they are.
_OF_CITIZENS: Final = frozenset(
    {"appointment", "case", "certificate", "delivery", "enquiry", "payment", "waiting"}
)
ID_LENGTH: Final = 19
_SUBJECT: Final = re.compile("[A-Za-z0-9-]{1,20}")
_DERIVED_LENGTH: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber(Account):
    """A system that hears of events; without halls of all, without a purpose of no person.

    `types` are globs of events' types, as `appointment.*`; `since` is the moment (RFC 3339) from
    which it hears of what they match.
    """

    types: list[str]
    office_ids: list[str] = field(default_factory=list)
    purpose: str = ""
    since: str = ""

    @property
    def facts(self) -> Mapping[str, str]:
        """Return what the entries of its history say of it."""
        said = {
            "types": " ".join(self.types),
            "offices": " ".join(self.office_ids),
            "purpose": self.purpose,
        }
        return {name: value for name, value in said.items() if value}

    def hears(self, event: Event) -> bool:
        """Tell whether an event is for the subscriber."""
        is_there = not self.office_ids or office_of(event) in self.office_ids
        is_asked = any(matches(one, event.type) for one in self.types)
        return event.type in OFFERED_TYPES and is_asked and is_there


def matches(glob: str, type_: str) -> bool:
    """Tell whether a glob, in which `*` stands for anything, names a type of event."""
    return fnmatchcase(type_, glob)


def names_something(glob: str) -> bool:
    """Tell whether a glob names a type of event that is told."""
    return any(matches(glob, type_) for type_ in OFFERED_TYPES)


def office_of(event: Event) -> str | None:
    """Return the hall where an event happened; None where it is of none."""
    if event.type.startswith("office."):
        return event.subject
    # A slot's id begins with its hall's.
    return event.data.get("office") or event.data.get("slot", "").partition(".")[0] or None


def citizen_of(event: Event) -> str | None:
    """Return the id of the citizen whose thing an event happened to; None where it is nobody's."""
    is_of_citizen = event.type.partition(".")[0] in _OF_CITIZENS
    return event.subject[:CITIZEN_ID_LENGTH] if is_of_citizen else None


def told(event: Event) -> dict[str, object]:
    """Return what a message says of an event: what it happened to, where, and its plain facts."""
    facts = {field_: event.data[name] for name, field_ in FIELDS.items() if name in event.data}
    return {"subject_id": event.subject, "office_id": office_of(event), **facts}


def message_subject(event_subject: str, subscriber_id: str) -> str:
    """Return what a subscriber's messages about a thing are about: each has an order of its own."""
    if _SUBJECT.fullmatch(event_subject):
        return f"{event_subject}-{subscriber_id}"
    return derived_id(event_subject, subscriber_id, length=_DERIVED_LENGTH)


def subject_id_of(message: Message) -> str | None:
    """Return the thing that a message is about, where its id tells it."""
    suffix = f"-{message.endpoint_id}"
    is_named = message.subject.endswith(suffix) and not message.is_ping
    return message.subject.removesuffix(suffix) if is_named else None


def without_repeats(values: Sequence[str]) -> list[str]:
    """Return texts once each, in their order."""
    return list(dict.fromkeys(values))
