"""Quiet hours, the order of channels, and how long a report is waited for."""

from datetime import datetime, time, timedelta

import pytest

from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.notifications.domain import FollowUp
from chalicelib.notifications.preferences.domain import (
    CHANNELS,
    NIGHT,
    Preferences,
    QuietHours,
    can_wait,
)


def at(clock: str, day: int = 1) -> datetime:
    return datetime.combine(datetime(2027, 3, day), time.fromisoformat(clock), OFFICE_ZONE)  # noqa: DTZ001 - the zone follows.


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (NIGHT, at("21:59"), None),
        (NIGHT, at("22:00"), at("07:00", 2)),
        (NIGHT, at("23:59"), at("07:00", 2)),
        (NIGHT, at("00:00"), at("07:00")),
        (NIGHT, at("06:59"), at("07:00")),
        (NIGHT, at("07:00"), None),
        (QuietHours(time(12), time(14)), at("11:59"), None),
        (QuietHours(time(12), time(14)), at("12:00"), at("14:00")),
        (QuietHours(time(12), time(14)), at("14:00"), None),
        (QuietHours(time(12), time(12)), at("12:00"), None),
    ],
)
def test_quiet_hours_end(hours: QuietHours, now: datetime, until: datetime | None) -> None:
    assert hours.until(now) == until


def test_of_who_has_said_nothing_texts_wait_alone() -> None:
    night = at("23:00")
    silent = Preferences()
    assert silent.quiet_until(night, is_text=True) == at("07:00", 2)
    assert silent.quiet_until(night, is_text=False) is None
    assert Preferences(quiet_hours=True).quiet_until(night, is_text=False) == at("07:00", 2)
    assert Preferences(quiet_hours=False).quiet_until(night, is_text=True) is None
    own = Preferences(quiet_hours=QuietHours(time(20), time(22)))
    assert own.quiet_until(night, is_text=True) is None


def test_what_cannot_wait() -> None:
    now, until = at("22:30"), at("07:00", 2)
    week = now + timedelta(days=7)
    assert can_wait(until, now, week, None)
    assert can_wait(until, now, until, None)
    # A call to the counter is of no use by then.
    assert not can_wait(until, now, now + timedelta(minutes=10), None)
    assert can_wait(until, now, week, at("09:00", 2))
    assert not can_wait(until, now, week, at("08:59", 2))
    assert not can_wait(at("07:00"), at("06:00"), week, at("15:00"))
    # What is past is no hurry.
    assert can_wait(until, now, week, at("15:00"))


def test_channels_of_a_kind() -> None:
    said = Preferences(channels={"case": ("sms",), "queue": ("inbox", "email")})
    assert said.order("payment") == CHANNELS
    assert said.order("case") == ("sms", "inbox")
    assert said.order("queue") == ("inbox", "email")
    assert said.by_kind()["case"] == ("sms", "inbox")


def test_what_is_said_anew_takes_the_place_of_all_that_was_said() -> None:
    before = Preferences(True, {"case": ("sms",)}, ("age",), dead={"sms": "hash"}, revision=3)
    after = before.changed(None, {"queue": ["email", "sms"]}, ["move", "certificate", "move"])
    assert (after.quiet_hours, after.channels) == (None, {"queue": ("email", "sms")})
    # In the order of the contract, each once; what a service said of a number stays.
    assert after.suggestion_kinds == ("certificate", "move")
    assert (after.dead, after.revision) == ({"sms": "hash"}, 3)
    assert after.without_suggestions("move").suggestion_kinds == ("certificate",)
    assert after.without_suggestions("age") == after
    assert (Preferences().revision, Preferences().suggestion_kinds) == (0, ())


def test_a_report_is_waited_for_three_days() -> None:
    follow_up: FollowUp | None = FollowUp("citizen0", "notice", at("09:05"), "{}")
    waits = []
    now = at("09:05")
    while follow_up and (following := follow_up.after(now)):
        waits.append((following.due_at - now).total_seconds() / 3600)
        follow_up, now = following, following.due_at
    assert waits == [0.5, 2, 12, 24, 36]
