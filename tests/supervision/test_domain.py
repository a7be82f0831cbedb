"""Alerts as values, and who sees them."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.supervision.domain import (
    EVERY_HALL,
    Alert,
    AlertFilter,
    AlertStands,
    sees,
    sees_city,
)

NOW = datetime(2026, 12, 7, 1, tzinfo=UTC)
CITY = frozenset({"hall-1", "hall-2"})


def alert(office_id: str | None = "hall-1") -> Alert:
    return Alert("case-1", "promise_near", "time_limit", office_id, NOW)


@pytest.mark.parametrize(
    ("halls", "office_id", "seen"),
    [
        ({"hall-1"}, "hall-1", True),
        ({"hall-2"}, "hall-1", False),
        (set(), "hall-1", False),
        # What has no hall is for who works for the whole city.
        ({"hall-1"}, None, False),
        ({"hall-1", "hall-2"}, None, True),
        ({"hall-1", "hall-2", "hall-3"}, None, True),
        (set(), None, False),
        ({"hall-1", "hall-2"}, "hall-3", False),
        ({"hall-1"}, EVERY_HALL, True),
        (set(), EVERY_HALL, False),
    ],
)
def test_who_works_in_a_hall_sees_its_alerts(
    halls: set[str], office_id: str | None, *, seen: bool
) -> None:
    assert sees(frozenset(halls), CITY, alert(office_id)) is seen
    if office_id is None:
        assert sees_city(frozenset(halls), CITY) is seen


def test_an_alert_is_red_and_raised_once_unless_said_otherwise() -> None:
    raised = alert()
    assert (raised.level, raised.times, raised.facts) == ("red", 1, {})
    assert (raised.cleared_at, raised.cleared_by) == (None, None)
    assert raised.last_raised_at == NOW
    again = Alert("c", "x", "order", None, NOW, last_at=NOW + timedelta(days=1), times=2)
    assert again.last_raised_at == NOW + timedelta(days=1)
    assert AlertFilter() == AlertFilter(None, None)
    assert not AlertFilter().cleared
    assert (AlertStands.status, AlertStands.code) == (409, "alert_stands")
