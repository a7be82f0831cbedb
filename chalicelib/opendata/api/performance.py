"""The route of how well the offices do, for everyone and from every page."""

from dataclasses import asdict
from typing import Annotated, Final

from pydantic import Field

from chalicelib.core import auth
from chalicelib.core.errors import NotFound
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request
from chalicelib.core.routes import Routes
from chalicelib.opendata.domain.performance import Performance
from chalicelib.opendata.service import performance

routes: Final = Routes("opendata")
_CACHED_SECONDS: Final = 300
_USUAL: Final = 12


class PerformanceQuery(QueryModel):
    """Of which hall and service (all without), and of how many of the last months."""

    office_id: Id | None = None
    service_id: Id | None = None
    months: Annotated[int, Field(ge=1, le=performance.LONGEST)] = _USUAL


class Figures(BodyModel):
    """Figures; null where they would tell of fewer than five people. Shares are from 0 to 1."""

    decided: int | None
    share_in_time: float | None
    ahead_of_promise: float | None
    mean_days: float | None
    share_online: float | None
    trips_promised: float | None
    trips_counted: float | None
    trips_made: float | None
    satisfaction: float | None
    waiting_minutes: float | None
    complaints_in_time: float | None


class MonthView(Figures):
    """A month's figures."""

    month: str


class PerformanceView(BodyModel):
    """The figures of each month, the oldest first, and of all of them together."""

    office_id: str | None
    service_id: str | None
    total: Figures
    months: list[MonthView]


@routes.get(
    "/v1/performance",
    auth=auth.public,
    body=PerformanceQuery,
    response=PerformanceView,
    errors=[NotFound],
    cacheable_seconds=_CACHED_SECONDS,
)
def show_performance(request: Request[PerformanceQuery]) -> PerformanceView:
    """Show how well a hall, or all, did with a service, or all, in the last months."""
    asked = request.input
    made = performance.report(asked.office_id, asked.service_id, asked.months)
    return PerformanceView(
        office_id=asked.office_id,
        service_id=asked.service_id,
        total=_figures(made.together),
        months=[
            MonthView(month=month, **asdict(figures)) for month, figures in made.months.items()
        ],
    )


def _figures(figures: Performance) -> Figures:
    return Figures(**asdict(figures))
