"""How the rule by which seats come out is shown."""

from typing import Annotated

from pydantic import Field

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import ReleaseMode, Service
from chalicelib.core import auth
from chalicelib.core.http_messages import BodyModel


class RereleaseView(BodyModel):
    """The fewest and the most minutes after which a seat that was given back can be had again."""

    minutes: Annotated[list[int], Field(min_length=2, max_length=2)]


class DrawRuleView(BodyModel):
    """How the seats are drawn that this service alone takes: `seats` of each slot, in some halls.

    A draw is of `covers_days` days; people can enter for `entry_days`, until the time `closes`.
    """

    entry_days: int
    closes: str
    covers_days: int
    seats: int
    office_ids: list[str]


class ReleaseView(BodyModel):
    """When seats come out.

    Those of `daily_at` come out at `opens_at`, `days_ahead` days before, to each person at a moment
    of their own within `ramp_seconds`. Beside them some may be drawn.
    """

    mode: ReleaseMode
    opens_at: str | None
    days_ahead: int | None
    ramp_seconds: int | None
    rerelease: RereleaseView | None
    draw: DrawRuleView | None


def release_view(service: Service) -> ReleaseView | None:
    """Present the rule of a service's counters; None where nothing can be booked."""
    if not service.bookable:
        return None
    rule = catalogue.release_of(service.category)
    return ReleaseView(
        mode=rule.mode,
        opens_at=f"{rule.opens_at:%H:%M}" if rule.opens_at else None,
        days_ahead=rule.days_ahead if rule.scarce else None,
        ramp_seconds=rule.ramp_seconds if rule.scarce else None,
        rerelease=RereleaseView(minutes=list(rule.rerelease)) if rule.rerelease else None,
        draw=_draw(service),
    )


def _draw(service: Service) -> DrawRuleView | None:
    halls = catalogue.current().drawn.get(service.service_id, {})
    quota = next(iter(halls.values()), None)
    if quota is None or quota.draw is None:
        return None
    return DrawRuleView(
        entry_days=quota.draw.entry_days,
        closes=f"{quota.draw.closes:%H:%M}",
        covers_days=quota.draw.covers_days,
        seats=quota.seats,
        office_ids=sorted(halls),
    )


def booking_level(service: Service) -> auth.Level:
    """Return how well a person must be known to book a service."""
    scarce = service.bookable and catalogue.release_of(service.category).scarce
    return "real_name" if scarce else "basic"
