"""Cases as values, for the tests of their rules."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.cases.domain import Case, CaseStatus

MONDAY = datetime.fromisoformat("2026-12-07T09:00:00+08:00")
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def a_case(**changes: Any) -> Case:
    about: dict[str, Any] = {
        "case_id": "abcdefgh7K3MQ9XW2TR7",
        "person": "sealed",
        "service_id": "passport-issue",
        "office_id": "hall-330200",
        "status": CaseStatus.SUBMITTED,
        "lodged_at": MONDAY,
        "promised_at": MONDAY + 5 * DAY,
        "due_at": MONDAY + 10 * DAY,
    }
    return Case(**{**about, **changes})
