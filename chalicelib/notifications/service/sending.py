"""One notice for an event: in the inbox at once, and on the phone when there is a consent.

The steps, each conditional, so that whoever comes second or again finds what was done:

1. the notice is kept under the event's id, with a lease for the one who sends it;
2. one consent is taken, noted under the notice's id, so that it is taken once;
3. the platform is asked;
4. what it said is noted: on the notice, which ends the lease, and on the consents.

A crash before 3 sends nothing: once the lease is over, the event's next delivery goes on from
there. A crash between 3 and 4 cannot be told from one before 3, and the platforms know no key by
which they would refuse a second message: the next delivery sends it again. That window, the
milliseconds between the platform's answer and our note of it, is the only one in which a phone may
ring twice for one event; the inbox never shows it twice.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core.errors import TryAgain
from chalicelib.core.ids import base62, derived_id
from chalicelib.identity.service import Channels
from chalicelib.notifications import channels, storage
from chalicelib.notifications.channels import Registered
from chalicelib.notifications.channels.base import ChannelUnavailable
from chalicelib.notifications.domain import LEASE, Message, Notice, PushState, SendResult
from chalicelib.notifications.domain.templates import TEMPLATES
from chalicelib.notifications.service import wording

_TIME_LENGTH: Final = 6
_RANDOM_LENGTH: Final = 10


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


def tell(notice: Notice, recipient: Channels, now: datetime, *, current: bool) -> bool:
    """Keep a notice and send it out; tells whether it was new.

    `current` says that it is still true. Raises ChannelUnavailable when the platform could not be
    asked, and TryAgain while another sends the same notice.
    """
    template = TEMPLATES[notice.event]
    registered = channels.registered(recipient.platform, template.subscription)
    is_news = current and now <= notice.created_at + template.fresh_for
    if registered and is_news:
        fresh = replace(notice, push_state=PushState.DUE, lease_until=now + LEASE)
    else:
        fresh = notice
    if storage.add_notice(fresh):
        if registered and is_news:
            _send(fresh, registered, recipient, now)
        return True
    _resume(notice, registered if is_news else None, recipient, now)
    return False


def _resume(
    notice: Notice, registered: Registered | None, recipient: Channels, now: datetime
) -> None:
    stored = storage.load_notice(notice.citizen_id, notice.notification_id)
    if stored is None or stored.push_state is not PushState.DUE:
        return
    if stored.lease_until and stored.lease_until > now:
        raise TryAgain(retry_after=int((stored.lease_until - now).total_seconds()) + 1)
    if not storage.claim(stored, now + LEASE):
        raise TryAgain(retry_after=1)
    claimed = replace(stored, lease_until=now + LEASE)
    if registered is None:
        # It was true when it was first tried.
        _give_consent_back(claimed)
        storage.settle(claimed, PushState.NONE)
        return
    _send(claimed, registered, recipient, now)


def _send(notice: Notice, registered: Registered, recipient: Channels, now: datetime) -> None:
    citizen_id, notification_id = notice.citizen_id, notice.notification_id
    subscription = TEMPLATES[notice.event].subscription
    if not storage.take_consent(citizen_id, subscription, notification_id):
        storage.settle(notice, PushState.NO_CONSENT)
        return
    platform = channels.platform_of(recipient.platform) or ""
    message = Message(
        recipient.account or "",
        registered.template_id,
        registered.page.format(subject=notice.subject_id),
        wording.fields(notice, registered.fields, recipient.locale),
        recipient.locale,
    )
    try:
        result = channels.channel(platform).send(message, now)
    except ChannelUnavailable:
        storage.release(notice)
        raise
    if result is SendResult.TAKEN:
        storage.settle(notice, PushState.SENT)
        storage.use_consent(citizen_id, subscription, notification_id)
    elif result is SendResult.NO_CONSENT:
        storage.clear_consents(citizen_id, subscription, notification_id)
        storage.settle(notice, PushState.NO_CONSENT)
    else:
        _give_consent_back(notice)
        storage.settle(notice, PushState.REFUSED)


def _give_consent_back(notice: Notice) -> None:
    subscription = TEMPLATES[notice.event].subscription
    storage.return_consent(notice.citizen_id, subscription, notice.notification_id)
