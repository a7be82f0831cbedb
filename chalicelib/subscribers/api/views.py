"""How subscribers and the messages to them look from outside."""

from chalicelib.core.http_messages import BodyModel, WholeList
from chalicelib.subscribers.domain import Subscriber, subject_id_of
from chalicelib.subscribers.service.accounts import DIRECTORY
from chalicelib.webhooks.api.views import AttemptView, message_fields
from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.domain.message import Message, MessageState


class SubscriberView(BodyModel):
    """A subscriber's account; without `office_ids` it hears of all halls.

    With a `purpose` its messages name the person whose thing it is, who sees that they did.
    """

    subscriber_id: str
    name: str
    endpoint: str
    types: list[str]
    office_ids: list[str] | None
    purpose: str | None
    state: AccountState
    answering: bool
    version: int


class SubscriberMade(SubscriberView):
    """A subscriber's account with a fresh secret, which is told this once."""

    secret: str | None


class SubscriberList(WholeList):
    """All subscribers."""

    items: list[SubscriberView]


class SubscriberMessageView(BodyModel):
    """A message to a subscriber, with its attempts; `subject_id` is what it happened to."""

    message_id: str
    type: str
    subject_id: str | None
    sequence: int
    state: MessageState
    occurred_at: str
    next_attempt_at: str | None
    attempts: list[AttemptView]


class SubscriberMessageList(BodyModel):
    """Messages of one page: those that wait, those that failed, those that were sent."""

    items: list[SubscriberMessageView]
    next_cursor: str | None


def subscriber_view(subscriber: Subscriber) -> SubscriberView:
    """Present a subscriber's account."""
    return SubscriberView.model_validate(_fields(subscriber))


def subscriber_made(subscriber: Subscriber, secret: str | None) -> SubscriberMade:
    """Present a subscriber's account with its fresh secret."""
    return SubscriberMade.model_validate({**_fields(subscriber), "secret": secret})


def subscriber_message_view(message: Message) -> SubscriberMessageView:
    """Present a message."""
    about = subject_id_of(message)
    return SubscriberMessageView.model_validate({**message_fields(message), "subject_id": about})


def _fields(subscriber: Subscriber) -> dict[str, object]:
    health = DIRECTORY.health().get(subscriber.account_id)
    return {
        "subscriber_id": subscriber.account_id,
        "name": subscriber.name,
        "endpoint": subscriber.endpoint,
        "types": subscriber.types,
        "office_ids": subscriber.office_ids or None,
        "purpose": subscriber.purpose or None,
        "state": subscriber.state,
        "answering": not (health and health.troubled),
        "version": subscriber.version,
    }
