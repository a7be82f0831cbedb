"""Subscribers: the accounts of systems that hear of events, on the accounts of webhooks.

Making an account, changing it and rotating its secret are one transaction each with its history: a
process that is stopped leaves all of it or nothing, and the same attempt again finds what it did.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import audit
from chalicelib.core.changes import Author
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import FieldError, InvalidRequest, Problem
from chalicelib.core.i18n import Text
from chalicelib.core.key_notes import KeyNotes
from chalicelib.subscribers.domain import Subscriber, names_something, without_repeats
from chalicelib.subscribers.service.outbox import OUTBOX
from chalicelib.subscribers.storage import TABLE
from chalicelib.webhooks.domain.account import Secret
from chalicelib.webhooks.service.accounts import AccountChanged, AccountEvents, Accounts
from chalicelib.webhooks.service.directory import AccountStore, Directory

_NO_TYPE: Final = Text("没有与之相符的事件类型", "No type of event is named so")
_NO_OFFICE: Final = Text("没有这个大厅", "There is no such hall")


class SubscriberExists(Problem):
    """Another subscriber has this id, or something else that has a history."""

    status = 409
    code = "subscriber_exists"
    title = Text("该编号已被使用", "This id is taken already")


DIRECTORY: Final[Directory[Subscriber]] = Directory(
    "subscriber", OUTBOX, AccountStore(TABLE, Subscriber)
)
ACCOUNTS: Final[Accounts[Subscriber]] = Accounts(
    DIRECTORY,
    AccountEvents(
        created="subscriber.created",
        changed="subscriber.changed",
        secret_rotated="subscriber.secret_rotated",  # noqa: S106 - the name of an event.
        paused="subscriber.paused",
        resumed="subscriber.resumed",
        pinged="subscriber.pinged",
        message_replayed="subscriber.message_replayed",
        disabled="subscriber.disabled",
        troubled="subscriber.troubled",
        recovered="subscriber.recovered",
        ping="subscriber.ping",
    ),
    SubscriberExists,
    KeyNotes(TABLE),
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is said of a subscriber; None leaves a field as it is."""

    name: str | None = None
    endpoint: str | None = None
    types: Sequence[str] | None = None
    office_ids: Sequence[str] | None = None
    purpose: str | None = None


def create(
    subscriber_id: str, asked: Subscription, author: Author, secret: str | None = None
) -> AccountChanged[Subscriber]:
    """Make an account, which hears of what happens from now on.

    Raises InvalidRequest or SubscriberExists.
    """
    _check(asked)

    def make(wrapped_key: str, sealed: Secret) -> Subscriber:
        return Subscriber(
            subscriber_id,
            asked.name or subscriber_id,
            asked.endpoint or "",
            wrapped_key,
            (sealed,),
            types=without_repeats(asked.types or ()),
            office_ids=without_repeats(asked.office_ids or ()),
            purpose=asked.purpose or "",
            since=rfc3339(author.now),
        )

    return ACCOUNTS.create(subscriber_id, make, author, secret)


def change(subscriber_id: str, asked: Subscription, author: Author) -> AccountChanged[Subscriber]:
    """Change what is given; an empty purpose ends it. Raises NotFound or InvalidRequest."""
    _check(asked)

    def decide(old: Subscriber) -> Subscriber:
        new = replace(
            old,
            name=asked.name or old.name,
            endpoint=asked.endpoint or old.endpoint,
            types=without_repeats(asked.types or old.types),
            office_ids=_given(asked.office_ids, old.office_ids),
            purpose=old.purpose if asked.purpose is None else asked.purpose,
        )
        hears_other = (new.types, new.office_ids) != (old.types, old.office_ids)
        return replace(new, since=rfc3339(author.now)) if hears_other else new

    return ACCOUNTS.change(subscriber_id, decide, author)


def history_of(subject_id: str) -> audit.SubjectHistory | None:
    """Return the history of a subscriber's account, for auditors."""
    return ACCOUNTS.history_of(subject_id)


def _given(asked: Sequence[str] | None, old: list[str]) -> list[str]:
    return old if asked is None else without_repeats(asked)


def _check(asked: Subscription) -> None:
    errors = [
        FieldError(f"/types/{at}", "unknown", _NO_TYPE)
        for at, glob in enumerate(asked.types or ())
        if not names_something(glob)
    ]
    offices = catalogue.current().offices if asked.office_ids else {}
    errors += [
        FieldError(f"/office_ids/{at}", "unknown", _NO_OFFICE)
        for at, office_id in enumerate(asked.office_ids or ())
        if office_id not in offices
    ]
    if errors:
        raise InvalidRequest(errors=errors)
