"""The routes of the inbox and of subscriptions."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from chalicelib.core import auth, dependencies
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Request,
    Response,
    WholeList,
    replayed,
)
from chalicelib.core.i18n import Lang
from chalicelib.core.routes import Routes
from chalicelib.notifications import service
from chalicelib.notifications.domain import CONSENT_LIMIT, Notice
from chalicelib.notifications.service import Subscribed, wording

routes: Final = Routes("notifications")


class Paging(QueryModel):
    """Which page of the inbox."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class NotificationView(BodyModel):
    """One notice; `event` names what happened, `subject_id` the thing that it happened to."""

    notification_id: str
    event: str
    title: str
    body: str
    subject_id: str
    created_at: str
    read_at: str | None


class NotificationList(BodyModel):
    """Notices of one page, newest first."""

    items: list[NotificationView]
    next_cursor: str | None


class Consent(BodyModel):
    """For what the host's dialog gave consents, and how many.

    `template` is a subscription (`appointment`, `reminder`, `queue`, `case`, `payment`, `delivery`,
    `enquiry`) or the id of the platform's template for it.
    """

    template: Annotated[Id, StringConstraints(max_length=128)]
    count: Annotated[int, Field(ge=1, le=CONSENT_LIMIT)] = 1


class SubscriptionView(BodyModel):
    """A subscription: which of the platform's templates to ask for, and how many are left."""

    template: str
    platform_template_id: str | None
    remaining: int


class SubscriptionList(WholeList):
    """All subscriptions; they are few, so always one page."""

    items: list[SubscriptionView]


@routes.get(
    "/v1/notifications",
    auth=auth.citizen,
    body=Paging,
    response=NotificationList,
    errors=[InvalidCursor],
)
def list_mine(request: Request[Paging]) -> NotificationList:
    """List one's own notices, newest first."""
    asked, citizen_id = request.input, request.citizen.citizen_id
    scope = f"notifications/{citizen_id}"
    page = dependencies.cursors().page(
        scope, asked.cursor, lambda position: service.inbox(citizen_id, position, asked.limit)
    )
    names = service.names_of(citizen_id, page.items)
    items = [_view(notice, request.lang, names) for notice in page.items]
    return NotificationList(items=items, next_cursor=page.next_cursor)


@routes.post(
    "/v1/notifications/{notification_id}/read", auth=auth.citizen, response=NotificationView
)
def mark_read(request: Request[QueryModel], notification_id: str) -> NotificationView:
    """Note that a notice was read; idempotent."""
    found = service.mark_read(request.citizen.citizen_id, notification_id, request.now)
    return _view(found, request.lang, service.names_of(found.citizen_id, [found]))


@routes.get("/v1/me/subscriptions", auth=auth.citizen, response=SubscriptionList)
def list_subscriptions(request: Request[QueryModel]) -> SubscriptionList:
    """Show what can be subscribed to on one's platform, and what is left of each."""
    found = service.subscriptions(request.citizen.citizen_id)
    return SubscriptionList(items=[_subscription(one) for one in found])


@routes.post(
    "/v1/me/subscriptions",
    auth=auth.citizen,
    body=Consent,
    response=SubscriptionView,
    status=201,
    idempotent=True,
)
def subscribe(request: Request[Consent]) -> Response:
    """Record consents that the host's dialog gave."""
    given, citizen_id = request.input, request.citizen.citizen_id
    found, again = service.subscribe(
        citizen_id, given.template, given.count, request.attempt, request.now
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
