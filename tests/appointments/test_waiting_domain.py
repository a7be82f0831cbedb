"""Whom a seat fits, how long it is held, and what becomes of an entry."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from chalicelib.appointments.domain.slots import (
    Seat,
    Slot,
    SlotKey,
    offered_mark,
    offered_seats,
    still_withheld,
    withheld_mark,
)
from chalicelib.appointments.waiting import domain
from chalicelib.appointments.waiting.domain import EntryStatus, Offer, WaitingEntry, Wish
from chalicelib.core.clock import OFFICE_ZONE

DAY = date(2027, 3, 1)
WISH = Wish("passport-issue", "exit-entry", ("hall-a", "hall-b"), DAY, DAY + timedelta(days=2))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2027-03-{text}").replace(tzinfo=OFFICE_ZONE)


def key(text: str = "01T10:00", hall: str = "hall-a", category: str = "exit-entry") -> SlotKey:
    return SlotKey(hall, category, at(text))


def entry(status: EntryStatus = EntryStatus.WAITING, lapses: int = 0) -> WaitingEntry:
    offer = Offer(Seat(key(), 0, "seat"), at("01T09:00")) if status.value == "offered" else None
    return WaitingEntry(
        "abcdefgh1234", "abcdefgh", "abcdefgh", WISH, None, at("01T08:00"), status, offer, lapses
    )


@pytest.mark.parametrize(
    ("slot", "fits"),
    [
        (key(), True),
        (key(hall="hall-b"), True),
        (key(hall="hall-c"), False),
        (key(category="family"), False),
        (key(category="death"), False),
        (key("03T16:45"), True),
        (key("04T09:00"), False),
        (SlotKey("hall-a", "exit-entry", at("01T10:00") - timedelta(days=1)), False),
    ],
)
def test_a_wish_fits_its_halls_and_days(slot: SlotKey, fits: bool) -> None:
    assert WISH.fits(slot) is fits


@pytest.mark.parametrize(
    ("times", "minute", "fits"),
    [
        (("morning",), "11:59", True),
        (("morning",), "12:00", False),
        (("afternoon",), "11:59", False),
        (("afternoon",), "12:00", True),
        (("morning", "afternoon"), "16:00", True),
        ((), "16:00", True),
    ],
)
def test_a_wish_may_be_of_a_part_of_the_day(
    times: tuple[str, ...], minute: str, fits: bool
) -> None:
    wish = Wish("s", "exit-entry", ("hall-a",), DAY, DAY, times)  # type: ignore[arg-type]
    assert wish.fits(key(f"01T{minute}")) is fits


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("01T08:00", "01T08:30"),
        ("01T09:00", "01T09:30"),
        ("01T21:59", "01T22:29"),
        ("01T22:00", "02T08:30"),
        ("01T23:00", "02T08:30"),
        ("02T00:00", "02T08:30"),
        ("02T07:59", "02T08:30"),
    ],
)
def test_a_seat_is_held_by_day_and_over_night(now: str, until: str) -> None:
    assert domain.held_until(at(now), at("05T09:00")) == at(until)


def test_no_seat_is_held_past_its_slot() -> None:
    assert domain.held_until(at("01T09:00"), at("01T09:10")) == at("01T09:10")
    assert domain.held_until(at("01T23:00"), at("02T08:15")) == at("02T08:15")


@pytest.mark.parametrize(
    ("now", "night"),
    [("01T07:59", True), ("01T08:00", False), ("01T21:59", False), ("01T22:00", True)],
)
def test_the_night_is_from_ten_to_eight(now: str, night: bool) -> None:
    assert domain.is_night(at(now)) is night


def test_an_entry_wants_what_it_waits_for_and_has_not_let_pass() -> None:
    assert entry().wants(key())
    assert not entry().wants(key("04T09:00"))
    assert not entry(EntryStatus.OFFERED).wants(key("02T09:00"))
    passed = domain.declined(entry(EntryStatus.OFFERED))
    assert (passed.status, passed.offer, passed.lapses) == (EntryStatus.WAITING, None, 0)
    assert not passed.wants(key())
    assert passed.wants(key("02T09:00"))


def test_the_third_offer_that_nobody_answers_ends_the_entry() -> None:
    first = domain.lapsed(entry(EntryStatus.OFFERED))
    assert (first.status, first.lapses, first.offer) == (EntryStatus.WAITING, 1, None)
    second = domain.lapsed(entry(EntryStatus.OFFERED, lapses=1))
    assert (second.status, second.lapses) == (EntryStatus.WAITING, 2)
    third = domain.lapsed(entry(EntryStatus.OFFERED, lapses=2))
    assert (third.status, third.lapses, third.offer) == (EntryStatus.EXPIRED, 3, None)


def test_who_holds_a_seat_and_whose_days_are_over() -> None:
    offered = entry(EntryStatus.OFFERED)
    assert offered.holds("seat")
    assert not offered.holds("other")
    assert not domain.accepted(offered).holds("seat")
    assert domain.accepted(offered).offer == offered.offer
    left = domain.ended(offered, EntryStatus.LEFT)
    assert (left.active, left.offer, offered.active) == (False, None, True)
    assert not offered.is_over(at("03T23:59"))
    assert offered.is_over(at("04T00:00"))


def test_an_entry_stands_since_it_joined_unless_it_leads_by_another_moment() -> None:
    waits = entry()
    assert (waits.subject_id, waits.stands_since) == ("abcdefgh1234", at("01T08:00"))
    assert replace(waits, leads=at("01T07:00")).stands_since == at("01T07:00")
    assert (waits.lapses, waits.version, waits.passed) == (0, 0, frozenset())


def test_a_seat_is_handed_over_without_one_too_many() -> None:
    mark = withheld_mark("old", at("01T09:00"))
    slot = Slot(
        key(), 0, at("01T10:15"), 2, frozenset({"old", "other"}), withheld=frozenset({mark})
    )
    handed = slot.handed_over("old", "new", "entry")
    assert handed.seats == {"new", "other"}
    assert handed.withheld == {offered_mark("new", "entry")}
    assert offered_seats(handed.withheld) == {"new": "entry"}
    assert still_withheld(handed.withheld, at("01T08:00")) == set()
    assert offered_seats(slot.withheld) == {}
    free = Slot(key(), 0, at("01T10:15"), 2, frozenset({"other"})).handed_over(None, "new", "e")
    assert free.seats == {"new", "other"}
