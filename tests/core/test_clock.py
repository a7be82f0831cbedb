from datetime import UTC, datetime, timedelta
from pathlib import Path

from chalicelib.core.clock import Clock, office_time, precise, rfc3339


def test_a_file_sets_the_clock_ahead_while_it_is_there(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = Clock(file)
    assert abs(clock.now() - Clock.outside()) < timedelta(seconds=5)
    file.write_text("-86400000")
    assert abs(clock.now() + timedelta(days=1) - Clock().now()) < timedelta(seconds=5)
    assert clock.now().tzinfo is UTC


def test_offices_live_in_shanghai() -> None:
    moment = datetime(2026, 11, 30, 16, 30, 0, 999_999, tzinfo=UTC)
    assert office_time(moment).date().isoformat() == "2026-12-01"
    assert rfc3339(moment) == "2026-12-01T00:30:00+08:00"
    assert precise(moment) == "2026-12-01T00:30:00.999+08:00"
