"""Notices, consents and reminders, and the rules that hold for them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final, Literal, get_args

from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger

# What a person can subscribe to; a city registers one template of each platform for each.
Subscription = Literal["appointment", "reminder", "queue", "case", "payment", "delivery", "enquiry"]
SUBSCRIPTIONS: Final[tuple[Subscription, ...]] = get_args(Subscription)
# Nobody subscribes to it, and no phone rings.
InboxAlone = Literal[""]
Reminder = Literal["reminder_day_before", "reminder_two_hours"]
REMINDERS: Final[tuple[Reminder, ...]] = get_args(Reminder)

CONSENT_LIMIT: Final = 20
# Longer than any function lives: who holds a lease that is over does not send any more.
LEASE: Final = timedelta(seconds=60)
KEPT_FOR: Final = timedelta(days=400)
_EVENING: Final = time(18, 0)
# The evening's reminders are spread, so that a city's do not all go out in one minute.
_SPREAD_MINUTES: Final = 30
_TWO_HOURS: Final = timedelta(hours=2)
# A report is there within a minute mostly, and within three days by the operators' rules.
FIRST_REPORT: Final = timedelta(minutes=5)
_REPORT_WAITS: Final = tuple(timedelta(hours=hours) for hours in (0.5, 2, 12, 24, 36))


class PushState(StrEnum):
    """What became of a notice outside the inbox.

    | state | means |
    |---|---|
    | none | there is no other channel for it, or it was no longer true when it was processed |
    | due | to be sent: by who holds the lease, or by the next once the lease is over |
    | later | to be sent over its channel once quiet hours are over |
    | sent | the platform took it |
    | arrived | the service that took it reported that it arrived |
    | undelivered | it did not arrive, and there is no other channel |
    | no_consent | the citizen has given no consent that is left, or took it back |
    | refused | the platform does not take this message, and would not take it again |
    """

    NONE = "none"
    DUE = "due"
    LATER = "later"
    SENT = "sent"
    ARRIVED = "arrived"
    UNDELIVERED = "undelivered"
    NO_CONSENT = "no_consent"
    REFUSED = "refused"


class SendResult(StrEnum):
    """What a platform said to a message.

    | answer | the consent is |
    |---|---|
    | taken | used |
    | no_consent | not there: none is left |
    | refused | unused |

    Services that send texts know no consents; they also say `unreachable` of a number or address
    that is none, and `limited` where it got too many.
    """

    TAKEN = "taken"
    NO_CONSENT = "no_consent"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    LIMITED = "limited"


class Arrival(StrEnum):
    """What a service reports of a message that it took; `unknown` is that it knows of none."""

    PENDING = "pending"
    ARRIVED = "arrived"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell a citizen; `facts` are ids and plain values, never personal data.

    `event` names the template and `template_version` its words at that time. `event_id` is what it
    is about: the same event makes the same notice, whenever and however often it is processed.

    `channel` is the one that it is sent over, and `route` are those that are tried after it, one at
    a time. `asked_at` is since when its service may have been asked, `message_id` what it said, and
    `asked_of` a keyed hash of the number or address that it was asked to reach.
    """

    notification_id: str
    citizen_id: str
    event: str
    event_id: str
    template_version: int
    subject_id: str
    facts: Mapping[str, str]
    created_at: datetime
    read_at: datetime | None = None
    push_state: PushState = PushState.NONE
    lease_until: datetime | None = None
    channel: str = ""
    route: tuple[str, ...] = ()
    asked_at: datetime | None = None
    message_id: str = ""
    asked_of: str = ""

    @property
    def place(self) -> tuple[datetime, int]:
        """Return its place in the inbox: by the second, then by its event's in its history."""
        seq = self.event_id.rpartition(".")[2]
        return self.created_at, int(seq) if seq.isascii() and seq.isdigit() else 0

    @property
    def waits(self) -> bool:
        """Tell whether something is still to be sent."""
        return self.push_state in (PushState.DUE, PushState.LATER)

    def on_next_channel(self) -> "Notice":
        """Return it on the channel that is tried after this one, which nobody asked yet."""
        unasked = replace(self, asked_at=None, message_id="", asked_of="")
        return replace(unasked, channel=self.route[0], route=self.route[1:])


@dataclass(frozen=True, slots=True)
class Message:
    """A notice in a person's language, as a platform is asked to show it.

    `values` are the platform's fields, cut to its limits, or the `title` and `body` of a mail;
    `page` is where a tap leads. `reference` is our own id of it, which services give back.
    """

    to: str
    template_id: str
    page: str
    values: Mapping[str, str]
    lang: Literal["zh-CN", "en"]
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What a service said to a message, and its own id of what it took."""

    result: SendResult
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to ask after: to whom it went, our id of it, the service's, and when."""

    to: str
    reference: str
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """One version: the title, the body, and the state in five Chinese characters or less."""

    title: Text
    body: Text
    state: Text


@dataclass(frozen=True, slots=True)
class Template:
    """What is told of one kind of event, and under which subscription; "" is the inbox alone.

    `fresh_for` is how long after the event a phone is still worth ringing for it.
    """

    subscription: Subscription | InboxAlone
    fresh_for: timedelta
    versions: tuple[Words, ...]

    @property
    def version(self) -> int:
        """Return the number of the version in use, from 1."""
        return len(self.versions)

    def words(self, version: int) -> Words:
        """Return a version's words."""
        return self.versions[version - 1]


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder to be sent: of which appointment, which one, and since when it is due."""

    citizen_id: str
    appointment_id: str
    reminder: Reminder
    due_at: datetime


@dataclass(frozen=True, slots=True)
class FollowUp:
    """When to look after a notice again, how often that was done, and what made the notice.

    `origin` is the event or the reminder, as JSON: it is processed again, and finds the notice.
    """

    citizen_id: str
    notification_id: str
    due_at: datetime
    origin: str
    checks: int = 0

    def after(self, now: datetime) -> "FollowUp | None":
        """Return when to ask again for a report that is not there yet; None when it is too late."""
        if self.checks >= len(_REPORT_WAITS):
            return None
        wait = _REPORT_WAITS[self.checks]
        return replace(self, due_at=now + wait, checks=self.checks + 1)


def due_at(reminder: Reminder, appointment_id: str, start: datetime) -> datetime:
    """Return when a reminder of an appointment goes out.

    The evening before, from 18:00 of the offices' clocks on, spread by the appointment's id over
    half an hour; and two hours before the start.
    """
    if reminder == "reminder_two_hours":
        return start - _TWO_HOURS
    day = office_time(start).date() - timedelta(days=1)
    spread = sum(appointment_id.encode()) % _SPREAD_MINUTES
    return datetime.combine(day, _EVENING, OFFICE_ZONE) + timedelta(minutes=spread)


def useful_until(reminder: Reminder, start: datetime) -> datetime:
    """Return until when a late reminder still helps: to the next one, or to the start."""
    return start if reminder == "reminder_two_hours" else start - _TWO_HOURS


@dataclass(frozen=True, slots=True)
class Consents:
    """How many messages of a subscription may be sent, and the attempts that added some.

    `reserved` are the ids of notices whose message is on its way, each with a consent of its own.
    """

    remaining: int = 0
    version: int = 0
    ledger: Ledger = ()
    reserved: frozenset[str] = frozenset()
