"""The work list of a hall: which cases are asked for, and how they are listed."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from chalicelib.cases.domain.case import RUNNING, CaseStatus, PartStatus, receipt_of
from chalicelib.core.clock import OFFICE_ZONE, office_time

Due = Literal["overdue", "today", "week"] | date


@dataclass(frozen=True, slots=True)
class Span:
    """Times from `first` up to before `last`; None for no end."""

    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """Which cases are listed: of one hall or all, of one status or all whose limits run.

    `due` keeps what is promised until then; with a department its open parts are listed.
    """

    office_id: str | None = None
    status: CaseStatus | None = None
    due: Due | None = None
    department_id: str | None = None

    @property
    def statuses(self) -> tuple[CaseStatus, ...]:
        """Return the statuses that are listed."""
        return (self.status,) if self.status else RUNNING

    @property
    def decided(self) -> bool:
        """Tell whether the limits of what is listed no longer run."""
        return self.status is not None and self.status not in RUNNING

    def span(self, now: datetime) -> Span:
        """Return the promises that are listed."""
        if self.due is None or self.due == date.max:
            return Span()
        if self.due == "overdue":
            return Span(last=now)
        today = office_time(now).date()
        day = {"today": today, "week": today + timedelta(days=7)}.get(str(self.due), self.due)
        last = day if isinstance(day, date) else today
        return Span(last=datetime.combine(last + timedelta(days=1), time(), OFFICE_ZONE))


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case, or a department's part of one, as the work list shows it; `waits` for its citizen."""

    case_id: str
    service_id: str
    office_id: str
    status: CaseStatus | PartStatus
    lodged_at: datetime
    promised_at: datetime
    due_at: datetime
    decided_at: datetime | None
    claimed_by: str | None
    score: int | None
    position: str
    waits: bool
    part_id: str | None = None
    department_id: str | None = None

    @property
    def receipt_number(self) -> str:
        """Return the number as it stands on the receipt."""
        return receipt_of(self.case_id)

    def overdue(self, now: datetime) -> bool:
        """Tell whether it was not decided by what was promised."""
        return not self.waits and (self.decided_at or now) > self.promised_at
