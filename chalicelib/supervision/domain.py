"""Alerts: what they are about, their kinds and levels, and whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text

AlertKind = Literal["time_limit", "order", "content", "fee", "integrity"]
AlertLevel = Literal["yellow", "red"]
# In the place of a hall: what concerns all of them, and is told once.
EVERY_HALL: Final = "*"


class AlertStands(Problem):
    """A time limit's alert is cleared by the step that answers it, not by hand."""

    status = 409
    code = "alert_stands"
    title = Text("时限预警须办理该件后自动解除", "The step that it asks for clears this alert")


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a supervisor should see; `code` tells it apart on its subject.

    `office_id` is the hall that it belongs to, None where it belongs to the city and no hall, and
    EVERY_HALL where each hall should see it.
    `facts` hold ids and plain facts, nothing personal. It was raised `times` times, last at
    `last_at` (None: once). `cleared_by` is whose act cleared it: the step that answered it, or a
    supervisor's own. Staff whom it is `hidden_from` do not learn that it is there.
    """

    subject: str
    code: str
    kind: AlertKind
    office_id: str | None
    raised_at: datetime
    level: AlertLevel = "red"
    facts: Mapping[str, str] = field(default_factory=dict)
    last_at: datetime | None = None
    times: int = 1
    cleared_at: datetime | None = None
    cleared_by: str | None = None
    hidden_from: frozenset[str] = frozenset()

    @property
    def last_raised_at(self) -> datetime:
        """Return when it was last raised."""
        return self.last_at or self.raised_at


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are listed: of one hall (None: all that the caller sees), of one kind."""

    office_id: str | None = None
    kind: AlertKind | None = None
    cleared: bool = False


def sees_city(office_ids: frozenset[str], city: frozenset[str]) -> bool:
    """Tell whether who works in these halls works for the whole city, and sees what has no hall."""
    return office_ids >= city


def sees(office_ids: frozenset[str], city: frozenset[str], alert: Alert) -> bool:
    """Tell whether who works in these halls sees an alert."""
    if alert.office_id is None:
        return sees_city(office_ids, city)
    return bool(office_ids) if alert.office_id == EVERY_HALL else alert.office_id in office_ids


def clears(office_ids: frozenset[str], city: frozenset[str], alert: Alert) -> bool:
    """Tell whether who sees an alert may say that it was dealt with: no hall alone for all."""
    return alert.office_id != EVERY_HALL or sees_city(office_ids, city)
