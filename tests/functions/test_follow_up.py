from datetime import UTC, datetime

import pytest

from chalicelib.core.events import Event
from functions import follow_up

EVENT = Event("C1case", 3, "case.issued", "2026-12-01T09:00:00+08:00", "staff:S1", {})
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_a_room_in_trouble_does_not_keep_the_others_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[str] = []

    def fail(event: Event, now: datetime) -> None:
        raise LookupError

    def hear(event: Event, now: datetime) -> None:
        heard.append(event.event_id)

    monkeypatch.setattr(follow_up, "_ROOMS", (hear, fail, hear))
    with pytest.raises(LookupError):
        follow_up.work(EVENT, NOW)
    assert heard == ["C1case.3", "C1case.3"]
