import json

import pytest

from chalicelib.core import events
from chalicelib.core.events import Event

EVENT = Event(
    "C1case", 3, "case.accepted", "2026-12-01T09:00:00+08:00", "staff:S1", {"status": "accepted"}
)


def test_an_event_comes_back_as_it_went() -> None:
    assert events.read(json.loads(EVENT.to_json())) == EVENT
    assert EVENT.event_id == "C1case.3"
    assert EVENT.moment.isoformat() == EVENT.at


@pytest.mark.parametrize("detail", [{}, {"subject": "a", "seq": "1", "data": {}}])
def test_what_is_no_event_is_refused(detail: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not an event"):
        events.read(detail)
