"""The route of reports."""

from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.core import auth, reports
from chalicelib.core.calls import Call, Day, Id, Model, Query, Reply
from chalicelib.core.clock import office_time
from chalicelib.core.errors import FieldError, InvalidQuery, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.reports import Report
from chalicelib.core.web import Routes

routes: Final = Routes("admin_reports")
_LONGEST: Final = timedelta(days=92)
_USUAL: Final = timedelta(days=29)


class ReportQuery(Query):
    """Which days (the last thirty without), of which of one's halls, and how."""

    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    office_id: Id | None = None
    format: Literal["json", "csv"] = "json"


class ReportView(Model):
    """A report's rows, by day, hall and what else it tells apart."""

    name: str
    first: Annotated[str, Field(alias="from")]
    to: str
    columns: list[str]
    items: list[dict[str, str | int | float | None]]


@routes.get(
    "/v1/admin/reports/{name}",
    auth=auth.staff("supervisor", "auditor", "admin"),
    takes=ReportQuery,
    answers=ReportView,
    media=("application/json", "text/csv"),
)
def report(call: Call[ReportQuery], name: str) -> Reply:
    """Show a report of one's halls: no personal data is in any."""
    found = Report.registry.get(name.replace("_", "-"))
    if found is None:
        raise NotFound
    first, last = _span(call)
    offices = call.staff.office_ids
    if call.input.office_id is not None:
        offices &= {call.input.office_id}
    rows = list(found.rows(offices, first, last))
    if call.input.format == "csv":
        return Reply(
            reports.as_csv(found, rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}-{first}-{last}.csv"'},
        )
    return Reply(
        ReportView.model_validate(
            {
                "name": name,
                "from": str(first),
                "to": str(last),
                "columns": list(found.columns),
                "items": [dict(row) for row in rows],
            }
        )
    )


def _span(call: Call[ReportQuery]) -> tuple[date, date]:
    last = call.input.to or office_time(call.now).date()
    first = call.input.from_ or last - _USUAL
    if not timedelta(0) <= last - first < _LONGEST:
        detail = Text("日期范围应为 1 至 92 天", "The days must span 1 to 92")
        raise InvalidQuery(errors=[FieldError("/to", "out_of_range", detail)])
    return first, last
