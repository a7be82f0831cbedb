"""The routes of the inbox and of subscriptions."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from chalicelib.core import auth, wiring
from chalicelib.core.calls import Call, Id, Model, Query, Reply, replayed
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor
from chalicelib.core.i18n import Lang
from chalicelib.core.web import Routes
from chalicelib.notifications import service, wording
from chalicelib.notifications.domain import CONSENT_LIMIT, Notice
from chalicelib.notifications.service import Subscribed

routes: Final = Routes("notifications")


class Paging(Query):
    """Which page of the inbox."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class NotificationView(Model):
    """One notice; `event` names what happened, `subject_id` the thing that it happened to."""

    notification_id: str
    event: str
    title: str
    body: str
    subject_id: str
    created_at: str
    read_at: str | None


class NotificationList(Model):
    """Notices of one page, newest first."""

    items: list[NotificationView]
    next_cursor: str | None


class Consent(Model):
    """For what the host's dialog gave consents, and how many.

    `template` is a subscription (`appointment`, `reminder`, `queue`, `case`, `payment`, `delivery`)
    or the id of the platform's template for it.
    """

    template: Annotated[Id, StringConstraints(max_length=128)]
    count: Annotated[int, Field(ge=1, le=CONSENT_LIMIT)] = 1


class SubscriptionView(Model):
    """A subscription: which of the platform's templates to ask for, and how many are left."""

    template: str
    platform_template_id: str | None
    remaining: int


class SubscriptionList(Model):
    """All subscriptions; they are few, so always one page."""

    items: list[SubscriptionView]
    next_cursor: str | None = None


@routes.get(
    "/v1/notifications",
    auth=auth.citizen,
    takes=Paging,
    answers=NotificationList,
    problems=[InvalidCursor],
)
def list_mine(call: Call[Paging]) -> NotificationList:
    """List one's own notices, newest first."""
    asked, cursors, citizen_id = call.input, wiring.cursors(), call.citizen.citizen_id
    scope = f"notifications/{citizen_id}"
    page = service.inbox(citizen_id, cursors.open(scope, asked.cursor), asked.limit)
    names = service.names_of(citizen_id, page.items)
    items = [_view(notice, call.lang, names) for notice in page.items]
    return NotificationList(items=items, next_cursor=cursors.seal(scope, page.next_position))


@routes.post(
    "/v1/notifications/{notification_id}/read", auth=auth.citizen, answers=NotificationView
)
def mark_read(call: Call[Query], notification_id: str) -> NotificationView:
    """Note that a notice was read; again is the same."""
    found = service.mark_read(call.citizen.citizen_id, notification_id, call.now)
    return _view(found, call.lang, service.names_of(found.citizen_id, [found]))


@routes.get("/v1/me/subscriptions", auth=auth.citizen, answers=SubscriptionList)
def list_subscriptions(call: Call[Query]) -> SubscriptionList:
    """Show what can be subscribed to on one's platform, and what is left of each."""
    found = service.subscriptions(call.citizen.citizen_id)
    return SubscriptionList(items=[_subscription(one) for one in found])


@routes.post(
    "/v1/me/subscriptions",
    auth=auth.citizen,
    takes=Consent,
    answers=SubscriptionView,
    status=201,
    creates=True,
)
def subscribe(call: Call[Consent]) -> Reply:
    """Record consents that the host's dialog gave."""
    given, citizen_id = call.input, call.citizen.citizen_id
    found, again = service.subscribe(
        citizen_id, given.template, given.count, call.attempt, call.now
    )
    return replayed(_subscription(found), again=again)


def _view(notice: Notice, lang: Lang, names: Mapping[str, str]) -> NotificationView:
    words = wording.worded(notice, lang, names)
    return NotificationView(
        notification_id=notice.notification_id,
        event=notice.event,
        title=words.title,
        body=words.body,
        subject_id=notice.subject_id,
        created_at=rfc3339(notice.created_at),
        read_at=rfc3339(notice.read_at) if notice.read_at else None,
    )


def _subscription(found: Subscribed) -> SubscriptionView:
    return SubscriptionView(
        template=found.template,
        platform_template_id=found.platform_template_id,
        remaining=found.remaining,
    )
