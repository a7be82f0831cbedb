"""The routes of alerts, for supervisors, auditors and administrators."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from chalicelib.core import auth, dependencies
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor, NotFound
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request
from chalicelib.core.routes import Routes
from chalicelib.supervision import service
from chalicelib.supervision.domain import (
    EVERY_HALL,
    Alert,
    AlertFilter,
    AlertKind,
    AlertLevel,
    AlertStands,
)

routes: Final = Routes("supervision")


class AlertQuery(QueryModel):
    """Which hall's alerts (all that one sees without), of which kind, open or cleared."""

    office_id: Id | None = None
    state: Literal["open", "cleared"] = "open"
    kind: AlertKind | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class AlertSettled(BodyModel):
    """Which alert was dealt with."""

    subject_id: Annotated[Id, StringConstraints(max_length=128)]
    code: Id


class AlertView(BodyModel):
    """Something to look at; `facts` hold ids and plain facts.

    `office_id` is null where it belongs to the city, or to every hall. `cleared_by` is whose act
    cleared it: of the step that answered it, or a supervisor's own.
    """

    subject_id: str
    code: str
    kind: AlertKind
    level: AlertLevel
    office_id: str | None
    raised_at: str
    last_at: str
    times: int
    facts: dict[str, str]
    cleared_at: str | None
    cleared_by: str | None


class AlertList(BodyModel):
    """Alerts of one page: open ones with the red ones first, cleared ones newest first."""

    items: list[AlertView]
    next_cursor: str | None


@routes.get(
    "/v1/admin/alerts",
    auth=auth.staff("supervisor", "auditor", "admin"),
    body=AlertQuery,
    response=AlertList,
    errors=[InvalidCursor, NotFound],
)
def list_alerts(request: Request[AlertQuery]) -> AlertList:
    """List the alerts of one's halls: what is open, red ones first, or what was cleared."""
    query = request.input
    scope = f"alerts/{request.staff.staff_id}/{query.office_id}/{query.kind}/{query.state}"
    wanted = AlertFilter(query.office_id, query.kind, query.state == "cleared")
    page = dependencies.cursors().page(
        scope,
        query.cursor,
        lambda position: service.list_alerts(request.staff, wanted, position, query.limit),
    )
    return AlertList(items=[_view(alert) for alert in page.items], next_cursor=page.next_cursor)


@routes.post(
    "/v1/admin/alerts/clear",
    auth=auth.staff("supervisor", "admin"),
    body=AlertSettled,
    response=AlertView,
    errors=[NotFound, AlertStands],
)
def clear_alert(request: Request[AlertSettled]) -> AlertView:
    """Clear an alert that was dealt with and that no step answers. Idempotent."""
    subject, code = request.input.subject_id, request.input.code
    return _view(service.resolve_alert(request.staff, subject, code, request.now))


def _view(alert: Alert) -> AlertView:
    return AlertView(
        subject_id=alert.subject,
        code=alert.code,
        kind=alert.kind,
        level=alert.level,
        office_id=None if alert.office_id == EVERY_HALL else alert.office_id,
        raised_at=rfc3339(alert.raised_at),
        last_at=rfc3339(alert.last_raised_at),
        times=alert.times,
        facts=dict(alert.facts),
        cleared_at=rfc3339(alert.cleared_at) if alert.cleared_at else None,
        cleared_by=alert.cleared_by,
    )
