"""One notice for an event: in the inbox at once, and over one channel at a time until one takes it.

The steps, each conditional, so that whoever comes second or again finds what was done:

1. the notice is kept under the event's id, with a lease for the one who sends it, the channel that
   is tried first and those that are tried after it;
2. what the channel needs is taken: a consent, noted under the notice's id, so that it is taken
   once; of a service that sends texts, that it is asked now, and when to ask for its report;
3. the platform or service is asked;
4. what it said is noted on the notice, which ends the lease, and on the consents; or the notice
   goes on to the next channel, in the hands of the same sender.

A crash before 3 sends nothing: once the lease is over, the event's next delivery goes on from
there. A crash between 3 and 4 cannot be told from one before 3. Alibaba Cloud is asked whether it
has the message; the platforms, Tencent Cloud and SES cannot tell, and know no key by which they
would refuse a second message: the next delivery sends it again. That window, the milliseconds
between the answer and our note of it, and an answer that never came, are the only ones in which a
phone may ring twice for one event; the inbox never shows it twice.

A service that says that it sent nothing hands over to the next channel; one that gives no answer is
asked again, because it may have sent. What it later reports as not arrived goes over the next
channel then (`follow_ups`). In quiet hours a notice waits on its channel. Whoever wants no more of
a channel by the time that it would be asked is not told over it, whatever they wanted before.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core.errors import TryAgain
from chalicelib.core.events import Event
from chalicelib.core.ids import base62, derived_id
from chalicelib.identity.service.reach import Channels
from chalicelib.notifications import storage
from chalicelib.notifications.channels.base import ChannelUnavailable, NothingSent
from chalicelib.notifications.domain import (
    FIRST_REPORT,
    LEASE,
    Due,
    FollowUp,
    Notice,
    PushState,
)
from chalicelib.notifications.domain.templates import TEMPLATES
from chalicelib.notifications.preferences import service as preferences
from chalicelib.notifications.preferences.domain import TEXTS, Preferences, can_wait
from chalicelib.notifications.service import dispatch

_TIME_LENGTH: Final = 6
_RANDOM_LENGTH: Final = 10
# After quiet hours a city's notices do not all go out in one minute.
_SPREAD_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Occasion:
    """What makes a notice, as JSON, to be processed again; `awake` is who is told by their own act.

    Without an origin nothing is followed up, and nothing waits.
    """

    origin: str = ""
    awake: bool = False

    @classmethod
    def of_event(cls, event: Event, *, awake: bool) -> "Occasion":
        """Return the occasion that an event is."""
        return cls(json.dumps({"event": json.loads(event.to_json())}, ensure_ascii=False), awake)

    @classmethod
    def of_reminder(cls, due: Due) -> "Occasion":
        """Return the occasion that a reminder is."""
        at = due.due_at.isoformat()
        facts = [due.citizen_id, due.appointment_id, due.reminder, at]
        return cls(json.dumps({"reminder": facts}))


def notice_of(  # noqa: PLR0913 - a notice has these facts.
    citizen_id: str,
    event: str,
    event_id: str,
    subject_id: str,
    facts: Mapping[str, str],
    at: datetime,
) -> Notice:
    """Return the one notice that an event makes."""
    version = TEMPLATES[event].version
    notification_id = id_of(event, event_id, at)
    return Notice(notification_id, citizen_id, event, event_id, version, subject_id, facts, at)


def id_of(event: str, event_id: str, at: datetime) -> str:
    """Return the id of the one notice that an event makes."""
    # The time comes first, so that ids sort by it; the same event has the same time.
    began = base62(int(at.timestamp()), _TIME_LENGTH)
    return began + derived_id("notice", event, event_id, length=_RANDOM_LENGTH)


def tell(
    notice: Notice,
    recipient: Channels,
    now: datetime,
    *,
    current: bool,
    occasion: Occasion = Occasion(),
) -> bool:
    """Keep a notice and send it out; tells whether it was new.

    `current` says that it is still true. Raises ChannelUnavailable when the platform could not be
    asked, and TryAgain while another sends the same notice.
    """
    is_news = current and now <= notice.created_at + TEMPLATES[notice.event].fresh_for
    wanted, route = Preferences(), tuple[str, ...]()
    if is_news and dispatch.is_reached(notice.event, recipient):
        if recipient.chooses or recipient.phone or recipient.email:
            wanted = preferences.preferences_of(notice.citizen_id)
        route = dispatch.route_of(notice.event, recipient, wanted)
    sender = _Sender(recipient, wanted, occasion, now)
    if not route:
        fresh = notice
    else:
        fresh = replace(
            notice,
            push_state=PushState.DUE,
            lease_until=now + LEASE,
            channel=route[0],
            route=route[1:],
        )
    if storage.add_notice(fresh):
        if route:
            sender.send(fresh)
        return True
    _resume(notice, sender, is_news=is_news)
    return False


def _resume(notice: Notice, sender: "_Sender", *, is_news: bool) -> None:
    stored, now = storage.load_notice(notice.citizen_id, notice.notification_id), sender.now
    if stored is None or not stored.waits:
        return
    if stored.push_state is PushState.LATER and is_news and sender.quiet_until(stored):
        return
    if stored.lease_until and stored.lease_until > now:
        raise TryAgain(retry_after=int((stored.lease_until - now).total_seconds()) + 1)
    if not storage.claim(stored, now + LEASE):
        raise TryAgain(retry_after=1)
    claimed = replace(stored, push_state=PushState.DUE, lease_until=now + LEASE)
    if not is_news:
        # It was true when it was first tried.
        dispatch.give_consent_back(claimed)
        storage.settle(claimed, PushState.NONE)
        return
    sender.send(claimed)


@dataclass(frozen=True, slots=True)
class _Sender:
    recipient: Channels
    wanted: Preferences
    occasion: Occasion
    now: datetime

    def send(self, notice: Notice) -> None:
        """Try one channel after the other, holding the notice's lease."""
        while True:
            until = self.quiet_until(notice)
            if until:
                self._follow_up(notice, until + _spread(notice))
                storage.postpone(notice)
                return
            state, message_id = self._try(notice)
            if state in (PushState.SENT, PushState.ARRIVED) or not notice.route:
                self._settle(notice, state, message_id)
                return
            if not storage.advance(notice):
                raise TryAgain(retry_after=1)
            notice = notice.on_next_channel()

    def quiet_until(self, notice: Notice) -> datetime | None:
        """Return until when a notice waits for the end of quiet hours."""
        until = self.wanted.quiet_until(self.now, is_text=notice.channel in TEXTS)
        if until is None or self.occasion.awake or not self.occasion.origin:
            return None
        start = notice.facts.get("start")
        useful_until = notice.created_at + TEMPLATES[notice.event].fresh_for
        begins = datetime.fromisoformat(start) if start else None
        return until if can_wait(until, self.now, useful_until, begins) else None

    def _try(self, notice: Notice) -> tuple[PushState, str]:
        if not self._may_ask(notice):
            dispatch.give_consent_back(notice)
            return PushState.NONE, ""
        if notice.channel in TEXTS:
            # Kept before the service is asked: a crash leaves nothing that nobody asks after.
            self._follow_up(notice, self.now + FIRST_REPORT)
        try:
            return dispatch.over(notice, self.recipient, self.now)
        except NothingSent:
            if notice.route:
                return PushState.REFUSED, ""
            storage.release(notice)
            raise
        except ChannelUnavailable:
            storage.release(notice)
            raise

    def _may_ask(self, notice: Notice) -> bool:
        """Tell whether a notice's channel is still one of its person's, or was asked before."""
        route = dispatch.route_of(notice.event, self.recipient, self.wanted)
        return notice.channel in route or notice.asked_at is not None

    def _settle(self, notice: Notice, state: PushState, message_id: str) -> None:
        is_first = storage.settle(notice, state, message_id)
        if state is PushState.SENT:
            dispatch.use_consent(notice)
        if is_first and state in (PushState.SENT, PushState.ARRIVED):
            dispatch.count(notice, self.recipient, self.now)

    def _follow_up(self, notice: Notice, at: datetime) -> None:
        if self.occasion.origin:
            storage.plan_follow_up(
                FollowUp(notice.citizen_id, notice.notification_id, at, self.occasion.origin)
            )


def _spread(notice: Notice) -> timedelta:
    return timedelta(seconds=sum(notice.notification_id.encode()) % _SPREAD_SECONDS)
