"""The hall's screen: numbers only, cheap, and right about what is called."""

from datetime import timedelta
from statistics import median

import pytest

from tests.appointments.hall_day import Day
from tests.appointments.world import Hall
from tests.support.meter import metered


def shown(hall: Hall, **headers: str) -> dict[str, object]:
    path = f"/v1/offices/{hall.office}/display"
    answer = hall.client.get(path, headers=headers)
    assert answer.status == 200, answer.body
    seen = answer.json()
    assert set(seen) == {"calls", "waiting"}
    return dict(seen)


def waiting(hall: Hall, category: str) -> tuple[int, int | None]:
    rows = shown(hall)["waiting"]
    assert isinstance(rows, list)
    [row] = [row for row in rows if row["category"] == category]
    return row["count"], row["estimated_wait_minutes"]


@pytest.mark.fresh_index("waits and counts on screens are what the index shows by now")
def test_a_screen_shows_numbers_and_nobody(hall: Hall) -> None:
    assert shown(hall)["calls"] == []
    first, second = hall.walk_in(), hall.walk_in()
    hall.walk_in("passport-issue")
    assert waiting(hall, "identity")[0] == 2
    assert waiting(hall, "exit-entry")[0] == 1
    hall.next("3")
    hall.wait_until(1)
    hall.next("4")
    seen = shown(hall)["calls"]
    assert isinstance(seen, list)
    assert [(one["ticket_number"], one["counter"]) for one in seen] == [
        (second["ticket_number"], "4"), (first["ticket_number"], "3"),
    ]  # fmt: skip
    assert set(seen[0]) == {"ticket_number", "counter", "called_at"}
    # Called again, it stands first and is said once more; being served it stays, and then goes.
    hall.wait_until(2)
    assert hall.step(first["appointment_id"], "recall").status == 200
    again = shown(hall)["calls"]
    assert isinstance(again, list)
    assert [one["counter"] for one in again] == ["3", "4"]
    assert again[0]["called_at"] > seen[1]["called_at"]
    assert hall.step(first["appointment_id"], "start").status == 200
    assert len(list(shown(hall)["calls"])) == 2  # type: ignore[call-overload]
    assert hall.step(first["appointment_id"], "fulfil").status == 200
    assert hall.step(second["appointment_id"], "transfer", counter="9").status == 200
    assert shown(hall)["calls"] == []


@pytest.mark.fresh_index("waits and counts on screens are what the index shows by now")
def test_the_screen_says_how_long_who_comes_now_would_wait(hall: Hall) -> None:
    for _ in range(4):
        hall.walk_in()
    hall.next("1")
    count, minutes = waiting(hall, "identity")
    assert count == 3
    # One counter is open: it ends this visit and three more.
    assert minutes == 4 * 15
    assert hall.close_counter("1").status == 200
    hall.close_counter("2", opened=True, categories=["exit-entry"])
    assert (waiting(hall, "identity")[1] or 0) > 0


@pytest.mark.fresh_index("waits and counts on screens are what the index shows by now")
def test_a_screen_asks_again_and_again_for_little(hall: Hall) -> None:
    for number in range(10):
        hall.walk_in()
        hall.next(str(number))
    for _ in range(20):
        hall.walk_in()
    path = f"/v1/offices/{hall.office}/display"
    with metered() as cost:
        answer = hall.client.get(path)
    assert (cost.wcu, cost.trips) == (0, 1)
    assert cost.rcu <= 1
    tag = answer.headers["etag"]
    same = hall.client.get(path, headers={"If-None-Match": tag})
    assert (same.status, same.body) == (304, b"")
    hall.next("99")
    other = hall.client.get(path, headers={"If-None-Match": tag})
    assert (other.status, other.headers["etag"] != tag) == (200, True)


def test_a_hall_that_is_none_has_no_screen(hall: Hall) -> None:
    assert hall.client.get("/v1/offices/no-such-hall/display").status == 404


def test_the_forecast_is_right_within_a_quarter_on_half_of_the_waits() -> None:
    """Of waits of at least five minutes; `tests.load` writes the figure of more days down."""
    errors = [
        abs(told - waited) / waited
        for seed in range(3)
        for told, waited in Day(seed).run()
        if waited >= timedelta(minutes=5).total_seconds()
    ]
    assert len(errors) > 300
    assert median(errors) <= 0.25
