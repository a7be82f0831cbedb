"""One notice over one channel: a platform that needs a consent, or a service that sends texts.

What a channel makes of it is a state of the notice. Of a service that was asked before and whose
answer nobody noted, it is looked up first whether it has the message: that is how a time-out or a
crash sends nothing twice where the service can tell (Alibaba Cloud by our reference). What stays is
the window of `sending`.
"""

from datetime import datetime
from typing import Final

from chalicelib.core.clock import office_time
from chalicelib.core.errors import TryAgain
from chalicelib.identity.service.reach import Channels
from chalicelib.notifications import channels, storage
from chalicelib.notifications.channels.base import TextService
from chalicelib.notifications.domain import (
    Arrival,
    Message,
    Notice,
    PushState,
    SendResult,
    Sent,
)
from chalicelib.notifications.domain.templates import TEMPLATES
from chalicelib.notifications.preferences import service as preferences
from chalicelib.notifications.preferences.domain import TEXTS, ChannelName, Preferences
from chalicelib.notifications.service import wording

# Of short texts in Chinese: one part of 70 characters, or several of 67 (3GPP TS 23.040, UCS-2).
_ONE_PART: Final = 70
_OF_SEVERAL: Final = 67
# What a sign name in its brackets and the words of a template take beside the values.
_TEMPLATE_CHARACTERS: Final = 40
_REPORTED: Final = {
    Arrival.PENDING: PushState.SENT,
    Arrival.ARRIVED: PushState.ARRIVED,
    Arrival.FAILED: PushState.UNDELIVERED,
    Arrival.UNREACHABLE: PushState.UNDELIVERED,
}


def route_of(event: str, recipient: Channels, wanted: Preferences) -> tuple[str, ...]:
    """Return by which channels a person can be told of an event, in their own order."""
    subscription = TEMPLATES[event].subscription
    if not subscription:
        return ()
    return tuple(
        channel
        for channel in wanted.order(subscription)
        if _is_open(channel, subscription, recipient, wanted)
    )


def is_reached(event: str, recipient: Channels) -> bool:
    """Tell whether there is any channel for an event, whatever the person wants of it."""
    return bool(route_of(event, recipient, Preferences()))


def address_of(channel: str, recipient: Channels) -> str | None:
    """Return the number or mail address of a person."""
    return recipient.email if channel == "email" else recipient.phone


def over(notice: Notice, recipient: Channels, now: datetime) -> tuple[PushState, str]:
    """Ask the notice's channel; return what became of it and the service's id of the message.

    Raises NothingSent or ChannelUnavailable when it may be asked again.
    """
    if notice.channel in TEXTS:
        return _over_text(notice, recipient, now)
    return _over_platform(notice, recipient, now), ""


def arrival_of(notice: Notice, recipient: Channels, now: datetime) -> Arrival:
    """Ask the service of a notice's channel what became of it; raises ChannelUnavailable."""
    service = channels.text_service(notice.channel)
    address = address_of(notice.channel, recipient)
    if service is None or address is None or notice.asked_at is None:
        return Arrival.UNKNOWN
    sent = Sent(address, notice.notification_id, notice.message_id, notice.asked_at)
    return service.arrival(sent, now)


def note_reported(notice: Notice, recipient: Channels, arrival: Arrival) -> None:
    """Note that an address is nobody's where a service reports so of the one that was asked.

    The person may have proven another since, of which the report says nothing.
    """
    address = address_of(notice.channel, recipient)
    if arrival is not Arrival.UNREACHABLE or address is None:
        return
    if notice.asked_of in ("", preferences.hash_of(notice.channel, address)):
        preferences.note_dead(notice.citizen_id, notice.channel, address)


def count(notice: Notice, recipient: Channels, now: datetime) -> None:
    """Count a message that a service took, by the parts that it costs."""
    if notice.channel not in TEXTS:
        return
    message = _text(notice, recipient)
    length = _TEMPLATE_CHARACTERS + sum(map(len, message.values.values()))
    parts = 1 if length <= _ONE_PART else -(-length // _OF_SEVERAL)
    day = office_time(now).date()
    parts = 1 if notice.channel == "email" else parts
    storage.count_sent(day, notice.channel, parts, notice.notification_id)


def _is_open(
    channel: ChannelName, subscription: str, recipient: Channels, wanted: Preferences
) -> bool:
    if channel in TEXTS:
        address = address_of(channel, recipient)
        return (
            address is not None
            and channels.text_template(channel, subscription) is not None
            and not preferences.is_dead(wanted, channel, address)
        )
    is_own = channels.platform_of(recipient.platform) == channel
    return is_own and channels.registered(recipient.platform, subscription) is not None


def _over_platform(notice: Notice, recipient: Channels, now: datetime) -> PushState:
    citizen_id, notification_id = notice.citizen_id, notice.notification_id
    subscription = TEMPLATES[notice.event].subscription
    registered = channels.registered(recipient.platform, subscription)
    if registered is None:
        return PushState.REFUSED
    if not storage.take_consent(citizen_id, subscription, notification_id):
        return PushState.NO_CONSENT
    message = Message(
        recipient.account or "",
        registered.template_id,
        registered.page.format(subject=notice.subject_id),
        wording.fields(notice, registered.fields, recipient.locale),
        recipient.locale,
    )
    result = channels.channel(notice.channel).send(message, now)
    if result is SendResult.TAKEN:
        return PushState.SENT
    if result is SendResult.NO_CONSENT:
        storage.clear_consents(citizen_id, subscription, notification_id)
        return PushState.NO_CONSENT
    give_consent_back(notice)
    return PushState.REFUSED


def use_consent(notice: Notice) -> None:
    """Note that a platform used the consent that was taken for a notice. Idempotent."""
    if notice.channel not in TEXTS:
        subscription = TEMPLATES[notice.event].subscription
        storage.use_consent(notice.citizen_id, subscription, notice.notification_id)


def give_consent_back(notice: Notice) -> None:
    """Give back what was taken and not used. Idempotent."""
    subscription = TEMPLATES[notice.event].subscription
    storage.return_consent(notice.citizen_id, subscription, notice.notification_id)


def _over_text(notice: Notice, recipient: Channels, now: datetime) -> tuple[PushState, str]:
    service = channels.text_service(notice.channel)
    address = address_of(notice.channel, recipient)
    if service is None or address is None:
        return PushState.REFUSED, ""
    if notice.asked_at is not None:
        arrival = arrival_of(notice, recipient, now)
        if arrival is not Arrival.UNKNOWN:
            note_reported(notice, recipient, arrival)
            return _REPORTED[arrival], ""
    if not storage.note_asked(notice, preferences.hash_of(notice.channel, address), now):
        raise TryAgain(retry_after=1)
    return _asked(notice, recipient, service, now)


def _asked(
    notice: Notice, recipient: Channels, service: TextService, now: datetime
) -> tuple[PushState, str]:
    message = _text(notice, recipient)
    dispatch = service.send(message, now)
    if dispatch.result is SendResult.UNREACHABLE:
        preferences.note_dead(notice.citizen_id, notice.channel, message.to)
    taken = dispatch.result is SendResult.TAKEN
    return PushState.SENT if taken else PushState.REFUSED, dispatch.message_id


def _text(notice: Notice, recipient: Channels) -> Message:
    channel, lang = notice.channel, recipient.locale
    template = channels.text_template(channel, TEMPLATES[notice.event].subscription)
    if channel == "email" or template is None:
        words = wording.worded(notice, lang)
        values = {"title": words.title, "body": words.body}
    else:
        values = wording.fields(notice, template.fields, lang)
    return Message(
        address_of(channel, recipient) or "",
        template.template_id if template else "",
        "",
        values,
        lang,
        notice.notification_id,
    )
