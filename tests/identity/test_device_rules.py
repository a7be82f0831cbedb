"""The rules of a hall's device: it waits for its code, is paired once, and is removed for good."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.identity.devices import domain
from chalicelib.identity.devices.domain import Device, DeviceStatus

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
TEN_MINUTES, MOMENT = timedelta(minutes=10), timedelta(microseconds=1)
NEW = Device("hall-1", "screen-1")


def announced() -> Device:
    return domain.announce(NEW, "Screen", "lin", NOW).new


def test_a_device_is_named_by_its_hall_and_waits_ten_minutes_for_its_code() -> None:
    decision = domain.announce(NEW, "Screen", "lin", NOW)
    assert (decision.new.name, decision.new.status) == ("Screen", DeviceStatus.WAITING)
    assert decision.new.code_expires_at == NOW + TEN_MINUTES
    [event] = decision.events
    assert (event.type, event.facts) == ("device.announced", {"office": "hall-1"})
    assert (NEW.subject, NEW.subject_id) == ("hall-1/screen-1", "device:hall-1/screen-1")


@pytest.mark.parametrize(
    ("later", "waits"), [(timedelta(0), True), (TEN_MINUTES - MOMENT, True), (TEN_MINUTES, False)]
)
def test_a_code_is_good_until_its_moment(later: timedelta, waits: bool) -> None:
    assert announced().waits(NOW + later) is waits
    paired = domain.pair(announced(), NOW + later)
    assert (paired is not None) is waits
    assert not NEW.waits(NOW)


def test_a_device_is_paired_once_and_keeps_when() -> None:
    paired = domain.pair(announced(), NOW + MOMENT)
    assert paired
    assert (paired.new.status, paired.new.paired_at) == (DeviceStatus.PAIRED, NOW + MOMENT)
    assert [event.type for event in paired.events] == ["device.paired"]
    # Its code is over, whatever the time.
    assert not paired.new.waits(NOW + MOMENT)
    assert domain.pair(paired.new, NOW + MOMENT) is None


def test_a_device_is_removed_once_and_waits_no_more() -> None:
    removed = domain.remove(announced())
    assert removed
    assert removed.new.status is DeviceStatus.REMOVED
    assert [event.type for event in removed.events] == ["device.removed"]
    assert not removed.new.waits(NOW)
    assert domain.pair(removed.new, NOW) is None
    assert domain.remove(removed.new) is None


def test_what_a_guesser_may_try_and_how_long_a_device_stays() -> None:
    assert domain.WRONG_CODES_A_MINUTE == 5
    assert domain.PAIRED_FOR.days == 365
