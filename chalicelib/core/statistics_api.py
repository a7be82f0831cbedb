"""The route of reports."""

from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.core import auth, statistics
from chalicelib.core.clock import office_time
from chalicelib.core.errors import FieldError, InvalidQuery, NotFound
from chalicelib.core.http_messages import BodyModel, Day, Id, QueryModel, Request, Response
from chalicelib.core.i18n import Text
from chalicelib.core.plugins import registered_as
from chalicelib.core.routes import Routes
from chalicelib.core.statistics import Statistic

routes: Final = Routes("admin_reports")
_LONGEST: Final = timedelta(days=92)
_USUAL: Final = timedelta(days=29)


class ReportQuery(QueryModel):
    """Which days (the last thirty without), of which of one's halls, and how."""

    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    office_id: Id | None = None
    format: Literal["json", "csv"] = "json"


class ReportView(BodyModel):
    """A report's rows, by day, hall and what else it tells apart."""

    name: str
    first: Annotated[str, Field(alias="from")]
    to: str
    columns: list[str]
    items: list[dict[str, str | int | float | None]]


@routes.get(
    "/v1/admin/reports/{name}",
    auth=auth.staff("supervisor", "auditor", "admin"),
    body=ReportQuery,
    response=ReportView,
    media=("application/json", "text/csv"),
)
def report(request: Request[ReportQuery], name: str) -> Response:
    """Show a report of one's halls: no personal data is in any."""
    statistic: Statistic | None = registered_as("STATISTICS", name.replace("_", "-"))
    if statistic is None:
        raise NotFound
    first, last = _span(request)
    offices = request.staff.office_ids
    if (office_id := request.input.office_id) is not None:
        # An empty report would say that nothing happened there.
        if office_id not in offices:
            raise NotFound
        offices = frozenset({office_id})
    rows = list(statistic.rows(offices, first, last))
    if request.input.format == "csv":
        return Response(
            statistics.as_csv(statistic, rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}-{first}-{last}.csv"'},
        )
    return Response(
        ReportView.model_validate(
            {
                "name": name,
                "from": str(first),
                "to": str(last),
                "columns": list(statistic.columns),
                "items": [dict(row) for row in rows],
            }
        )
    )


def _span(request: Request[ReportQuery]) -> tuple[date, date]:
    last = request.input.to or office_time(request.now).date()
    first = request.input.from_ or last - _USUAL
    if not timedelta(0) <= last - first < _LONGEST:
        detail = Text("日期范围应为 1 至 92 天", "The days must span 1 to 92")
        raise InvalidQuery(errors=[FieldError("/to", "out_of_range", detail)])
    return first, last
