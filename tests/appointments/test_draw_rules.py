"""The rules of draws: what proves one, when it is held, and what it gives to whom."""

import hashlib
import hmac
import json
import re
import subprocess
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.appointments.domain.alignment import aligned
from chalicelib.appointments.domain.slots import QUOTA_SHARDS, Slot, SlotKey
from chalicelib.appointments.draws.domain import draws, proof, schedule
from chalicelib.appointments.draws.domain.draws import Disclosed, Draw, DrawClosed, DrawStatus
from chalicelib.appointments.draws.domain.proof import Listed
from chalicelib.appointments.jobs import verify_draw
from chalicelib.catalogue.domain import DrawRule, Group, Quota, parse_quota
from chalicelib.core.clock import OFFICE_ZONE

RULE = DrawRule(7, time(12), 7)
SEED = bytes(range(32))
BEACON = hashlib.sha256(b"beacon").hexdigest()
SLOTS = [f"hall.exit-entry.2027030809{minute:02}" for minute in range(0, 50, 10)]
NUMBERS = st.text("abcdefXYZ0123456789", min_size=4, max_size=8)
LISTS = st.dictionaries(
    NUMBERS, st.lists(st.sampled_from(SLOTS), max_size=3, unique=True).map(tuple), max_size=12
)
PLACES = st.dictionaries(st.sampled_from(SLOTS), st.integers(0, 3))
GUIDE = Path(__file__).parents[2] / "docs" / "draws.md"
CLOSES = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)


def made(**more: Any) -> Draw:
    known: dict[str, Any] = {
        "draw_id": "s.h.20270308",
        "service_id": "s",
        "office_id": "h",
        "category": "exit-entry",
        "days": (date(2027, 3, 8),),
        "seats": 3,
        "opens_at": CLOSES - timedelta(days=7),
        "closes_at": CLOSES,
        "commitment": "",
        "sealed": draws.Sealed(b"", ""),
        "beacon_name": "",
        "beacon_from": CLOSES + timedelta(minutes=15),
    }
    return Draw(**{**known, **more})


def drawn(listed: dict[str, tuple[str, ...]], places: dict[str, int]) -> dict[str, Any]:
    """Return the file of a draw that was held by the rules."""
    entries = [Listed(number, preferred) for number, preferred in sorted(listed.items())]
    places = dict(sorted(places.items()))
    root = proof.root_of(entries, places)
    order = proof.order_of(SEED, root, BEACON, listed)
    outcome = proof.outcome_of(order, entries, places)
    return {
        "draw": {
            "seed": SEED.hex(),
            "beacon": BEACON,
            "commitment": proof.commitment_of(SEED),
            "entries": len(entries),
            "entries_root": root,
        },
        "slots": [{"slot_id": one, "seats": seats} for one, seats in places.items()],
        "listed": [{"number": o.number, "preferences": [*o.preferences]} for o in entries],
        "winners": [{"number": number, "slot_id": one} for number, one in outcome.items()],
    }


def test_the_order_is_the_one_that_was_agreed() -> None:
    root = proof.root_of([Listed("b"), Listed("a", (SLOTS[0],))], {SLOTS[0]: 2})
    assert root == hashlib.sha256(f"a {SLOTS[0]}\nb\n{SLOTS[0]} 2\n".encode()).hexdigest()
    # A key of more than a block is hashed by HMAC itself (RFC 2104): both readings are one.
    key = SEED + bytes.fromhex(root) + bytes.fromhex(BEACON)
    expected = sorted("ab", key=lambda one: hmac.digest(key, one.encode(), "sha256"))
    assert proof.order_of(SEED, root, BEACON, ["b", "a"]) == expected
    assert proof.commitment_of(SEED) == hashlib.sha256(SEED).hexdigest()


@settings(max_examples=60)
@given(LISTS, PLACES)
def test_nobody_wins_twice_and_no_slot_gives_more_than_it_has(
    listed: dict[str, tuple[str, ...]], places: dict[str, int]
) -> None:
    entries = [Listed(number, preferred) for number, preferred in listed.items()]
    order = sorted(listed)
    outcome = proof.outcome_of(order, entries, places)
    given_out = Counter(outcome.values())
    assert all(given_out[slot_id] <= places[slot_id] for slot_id in given_out)
    # The first in the order win, and who wins gets what they prefer while there is some.
    assert list(outcome) == order[: min(len(order), sum(places.values()))]
    for number in outcome:
        before = Counter(outcome[one] for one in order[: order.index(number)])
        left = [one for one in listed[number] if before[one] < places.get(one, 0)]
        if left:
            assert outcome[number] == left[0]


@settings(max_examples=30)
@given(LISTS, PLACES)
def test_a_draw_that_was_held_by_the_rules_is_proven(
    listed: dict[str, tuple[str, ...]], places: dict[str, int]
) -> None:
    assert verify_draw.findings(drawn(listed, places)) == []


WHOLE = drawn(dict.fromkeys(("n1", "n2", "n3", "n4"), ()), {SLOTS[0]: 1, SLOTS[1]: 1})


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda f: f["draw"].update(seed=bytes(32).hex()), "seed is not"),
        (lambda f: f["draw"].update(beacon=bytes(32).hex()), "winners are not"),
        (lambda f: f["listed"].pop(), "list is not"),
        (lambda f: f["listed"].append({"number": "n9", "preferences": []}), "list is not"),
        (lambda f: f["listed"].append(f["listed"][0]), "twice"),
        (lambda f: f["slots"][0].update(seats=2), "list is not"),
        (lambda f: f["winners"].reverse(), "winners are not"),
        (lambda f: f["winners"].pop(), "winners are not"),
        (lambda f: f["draw"].update(entries=3), "counted"),
        (lambda f: f["draw"].update(seed=None), "not been drawn"),
    ],
)
def test_whatever_is_changed_is_found(change: Any, wrong: str, tmp_path: Path) -> None:
    file = json.loads(json.dumps(WHOLE))
    change(file)
    assert any(wrong in one for one in verify_draw.findings(file)), verify_draw.findings(file)
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(file))
    assert verify_draw.main([str(path)]) == 1


def test_the_command_says_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(WHOLE))
    assert verify_draw.main([str(path)]) == 0
    assert capsys.readouterr().out == "proven\n"
    path.write_text("[]")
    assert verify_draw.main([str(path)]) == 1
    assert verify_draw.main([str(tmp_path / "none")]) == 2
    assert verify_draw.main([]) == verify_draw.main(["--help"]) == 2


def test_the_guides_lines_of_javascript_prove_it_too(tmp_path: Path) -> None:
    match = re.search(r"```js\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert match
    assert len(match[1].splitlines()) <= 20
    (tmp_path / "verify.mjs").write_text(match[1])
    places = {SLOTS[0]: 1, SLOTS[1]: 2}
    file = drawn({"n1": (SLOTS[1],), "n2": (SLOTS[1], SLOTS[0]), "n3": (), "n4": ()}, places)
    said = []
    for winners in (file["winners"], file["winners"][::-1]):
        (tmp_path / "draw.json").write_text(json.dumps({**file, "winners": winners}))
        done = subprocess.run(
            ["node", "verify.mjs", "draw.json"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        said.append((done.returncode, done.stdout.strip()))
    assert said == [(0, "proven"), (1, "NOT PROVEN")]


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(1, 14), st.integers(0, 10))
def test_each_day_is_of_one_draw_that_is_over_before_its_other_seats_come_out(
    day: date, covers: int, ahead: int
) -> None:
    window = schedule.covering(DrawRule(3, time(12), covers), ahead, day)
    assert window.dates.count(day) == 1
    assert {
        schedule.covering(DrawRule(3, time(12), covers), ahead, one) for one in window.dates
    } == {window}
    assert window.closes_at - window.opens_at == timedelta(days=3)
    out = datetime.combine(window.first - timedelta(days=ahead), time(), OFFICE_ZONE)
    assert window.over_at < out


def test_where_entry_lasts_as_long_as_a_draw_covers_one_is_always_open() -> None:
    now = datetime(2027, 3, 1, 3, 59, 59, tzinfo=UTC)
    for hours in range(0, 24 * 8, 5):
        at = now + timedelta(hours=hours)
        windows = schedule.announced(RULE, 7, at)
        assert [one.opens_at <= at < one.closes_at for one in windows].count(True) == 1
        # The next is announced a day before.
        assert len(windows) == (2 if windows[0].closes_at - at <= timedelta(days=1) else 1)
    assert (
        schedule.draw_id("s", "h", schedule.covering(RULE, 7, date(2027, 3, 10))) == "s.h.20270308"
    )


def test_a_draw_is_entered_between_its_times_alone() -> None:
    draw = made()
    draw.check_open(draw.opens_at)
    draw.check_open(draw.closes_at - timedelta(seconds=1))
    for moment in (draw.opens_at - timedelta(seconds=1), draw.closes_at):
        with pytest.raises(DrawClosed):
            draw.check_open(moment)
    with pytest.raises(DrawClosed):
        draws.voided(draw).check_open(draw.opens_at)


def test_what_came_to_nothing_stays_so_and_gives_no_rank() -> None:
    void = draws.voided(made())
    assert (void.status, void.subject_id) == (DrawStatus.VOID, void.draw_id)
    with pytest.raises(DrawClosed):
        void.check_open(void.opens_at)


def test_what_comes_too_late_proves_nothing() -> None:
    draw = made()
    assert not draw.is_late(draw.beacon_from - timedelta(seconds=1))
    assert draw.is_late(draw.beacon_from)
    shut = draws.closed(draw, 2, "00", {SLOTS[0]: 2, SLOTS[1]: 3})
    assert (shut.status, shut.seats, shut.entries) == (DrawStatus.CLOSED, 5, 2)
    assert not shut.is_late(CLOSES + timedelta(minutes=59))
    assert shut.is_late(CLOSES + timedelta(hours=1))
    opened = draws.drawn(shut, Disclosed("00", "01", CLOSES))
    assert opened.status is DrawStatus.DRAWN


GROUP = Group("exit-entry", 20, 6, 6, quotas=(Quota("s", 2), Quota("t", 1)))
KEY = SlotKey("hall", "exit-entry", datetime(2027, 3, 8, 1, 0, tzinfo=UTC))
SPAN = (KEY.start, KEY.start + timedelta(minutes=20))
BEFORE = KEY.start - timedelta(days=1)


def shards(*there: Slot, group: Group | None = GROUP) -> dict[str | None, list[int]]:
    found: dict[str | None, list[int]] = {}
    for one in aligned(("hall", "exit-entry"), group, [SPAN], there, BEFORE):
        found.setdefault(one.quota, []).append(one.capacity)
    return found


def slot(shard: int, capacity: int, *seats: str, quota: str | None = None) -> Slot:
    return Slot(KEY, shard, SPAN[1], capacity, frozenset(seats), quota=quota)


def test_a_slots_capacity_is_shared_out_over_quotas_and_the_rest() -> None:
    assert GROUP.shared == 3
    assert shards() == {None: [3], "s": [2], "t": [1]}
    # A day that was made before there were quotas, and one with a quota that is no more.
    assert shards(slot(0, 6)) == {None: [3], "s": [2], "t": [1]}
    gone = slot(QUOTA_SHARDS, 2, quota="gone")
    assert shards(slot(0, 4), gone) == {None: [3], "gone": [0], "s": [2], "t": [1]}
    # Who has a seat keeps it before anything is for one service alone.
    full = slot(0, 6, "a", "b", "c", "d", "e")
    assert shards(full) == {None: [5], "s": [1], "t": [0]}
    taken = slot(QUOTA_SHARDS, 2, "a", "b", quota="gone")
    assert shards(slot(0, 4), taken) == {None: [1], "gone": [2], "s": [2], "t": [1]}
    # A closed day has no seats at all, and one whose every seat is of a quota no other.
    assert shards(slot(0, 3), slot(QUOTA_SHARDS, 2, quota="s"), group=None) == {None: [0], "s": [0]}
    assert Group("x", 20, 1, 1, quotas=(Quota("s", 2),)).shared == 0


def test_a_rule_of_no_seats_or_days_is_none() -> None:
    rule = {"entry_days": 7, "closes": "12:00", "covers_days": 7}
    assert parse_quota({"service_id": "s", "seats": 2, "draw": rule}) == Quota("s", 2, RULE)
    assert parse_quota({"service_id": "s", "seats": 1}) == Quota("s", 1)
    for wrong in (
        {"seats": 0},
        {"seats": 1, "draw": {**rule, "entry_days": 0}},
        {"seats": 1, "draw": {**rule, "covers_days": 0}},
    ):
        with pytest.raises(ValueError, match="no quota"):
            parse_quota({"service_id": "s", **wrong})
