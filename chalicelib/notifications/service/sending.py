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
from chalicelib.notifications.domain import LEASE, Message, Notice, Outer, Sent
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


def tell(notice: Notice, reach: Channels, now: datetime, *, current: bool) -> bool:
    """Keep a notice and send it out; tells whether it was new.

    `current` says that it is still true. Raises ChannelUnavailable when the platform could not be
    asked, and TryAgain while another sends the same notice.
    """
    template = TEMPLATES[notice.event]
    found = channels.registered(reach.platform, template.subscription)
    is_news = current and now <= notice.created_at + template.fresh_for
    if found and is_news:
        fresh = replace(notice, outer=Outer.DUE, lease_until=now + LEASE)
    else:
        fresh = notice
    if storage.add_notice(fresh):
        if found and is_news:
            _send(fresh, found, reach, now)
        return True
    _go_on(notice, found if is_news else None, reach, now)
    return False


def _go_on(notice: Notice, found: Registered | None, reach: Channels, now: datetime) -> None:
    kept = storage.load_notice(notice.citizen_id, notice.notification_id)
    if kept is None or kept.outer is not Outer.DUE:
        return
    if kept.lease_until and kept.lease_until > now:
        raise TryAgain(retry_after=int((kept.lease_until - now).total_seconds()) + 1)
    if not storage.claim(kept, now + LEASE):
        raise TryAgain(retry_after=1)
    claimed = replace(kept, lease_until=now + LEASE)
    if found is None:
        # It was true when it was first tried.
        _give_consent_back(claimed)
        storage.settle(claimed, Outer.NONE)
        return
    _send(claimed, found, reach, now)


def _send(notice: Notice, found: Registered, reach: Channels, now: datetime) -> None:
    citizen_id, notification_id = notice.citizen_id, notice.notification_id
    subscription = TEMPLATES[notice.event].subscription
    if not storage.take_consent(citizen_id, subscription, notification_id):
        storage.settle(notice, Outer.NO_CONSENT)
        return
    platform = channels.platform_of(reach.platform) or ""
    message = Message(
        reach.account or "",
        found.template_id,
        found.page.format(subject=notice.subject_id),
        wording.fields(notice, found.fields, reach.locale),
        reach.locale,
    )
    try:
        said = channels.channel(platform).send(message, now)
    except ChannelUnavailable:
        storage.release(notice)
        raise
    if said is Sent.TAKEN:
        storage.settle(notice, Outer.SENT)
        storage.use_consent(citizen_id, subscription, notification_id)
    elif said is Sent.NO_CONSENT:
        storage.clear_consents(citizen_id, subscription, notification_id)
        storage.settle(notice, Outer.NO_CONSENT)
    else:
        _give_consent_back(notice)
        storage.settle(notice, Outer.REFUSED)


def _give_consent_back(notice: Notice) -> None:
    subscription = TEMPLATES[notice.event].subscription
    storage.return_consent(notice.citizen_id, subscription, notice.notification_id)
