"""Several people booked at once: all or none, in one slot or in slots in a row."""

import contextlib
import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Slot, SlotKey, parse_slot_id
from chalicelib.appointments.jobs import release
from chalicelib.appointments.service import drafts
from chalicelib.core.ids import new_id
from tests.appointments.world import at_once, of_family
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, before_call, crash_after, lost_answer
from tests.support.people import Citizen, be_adult, childs_number, log_in

HALL = "hall-330203"
SERVICE = "id-card-renewal"
STEP = timedelta(minutes=15)
_days = itertools.count(1)


class Row:
    """Four slots in a row on a day of their own."""

    def __init__(self, *capacities: int, gap: bool = False) -> None:
        begin = MONDAY + timedelta(days=400 + next(_days), hours=1)
        starts = [begin + STEP * number for number in range(len(capacities))]
        if gap:
            starts[-1] += STEP
        self.keys = [_key(start) for start in starts]
        storage.create_slots(
            [Slot(k, 0, k.start + STEP, n) for k, n in zip(self.keys, capacities, strict=True)]
        )

    def __getitem__(self, number: int) -> str:
        return self.keys[number].slot_id

    @property
    def taken(self) -> list[int]:
        return [len(shard(key).seats) for key in self.keys]


def _key(start: datetime) -> SlotKey:
    key = parse_slot_id(f"{HALL}.identity.{start + timedelta(hours=8):%Y%m%d%H%M}")
    assert key
    return key


def shard(key: SlotKey) -> Slot:
    [slot] = storage.load_slots(HALL, key.category, key.stamp, f"{key.stamp}~")
    return slot


def ask(
    client: ApiClient, who: Citizen, slot: str, people: Any, key: str = "", **more: Any
) -> Answer:
    body = {
        "service_id": SERVICE, "office_id": HALL, "slot_id": slot, "for_members": people, **more,
    }  # fmt: skip
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/appointments", body, token=who.token, headers=headers)


def single(client: ApiClient, who: Citizen, slot: str, key: str = "", **more: Any) -> Answer:
    body = {"service_id": SERVICE, "office_id": HALL, "slot_id": slot, **more}
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/appointments", body, token=who.token, headers=headers)


class Family:
    """Somebody with children, known here."""

    def __init__(self, client: ApiClient, children: int) -> None:
        self.client, self.who = client, log_in(client)
        names = ("一一", "二二", "三三")
        self.children = [of_family(client, self.who, f"李{n}") for n in names[:children]]
        self.all = ["self", *self.children]

    def listed(self) -> Any:
        return self.client.get("/v1/appointments", token=self.who.token).json()["items"]

    def ask(self, slot: str, people: Any = None, key: str = "", **more: Any) -> Answer:
        return ask(self.client, self.who, slot, people or self.all, key, **more)


@pytest.fixture
def family(client: ApiClient, morning: TestClock) -> Family:
    return Family(client, 2)


def test_a_family_comes_together_and_one_of_them_not(family: Family) -> None:
    row = Row(5, 5)
    answer = family.ask(row[0], key="the-whole-family")
    assert answer.status == 201, answer.body
    made = answer.json()["items"]
    assert [one["for_member"] for one in made] == [None, *family.children]
    assert [one["for_name"] for one in made] == [None, "李一一", "李二二"]
    assert {one["slot_id"] for one in made} == {row[0]}
    again = family.ask(row[0], key="the-whole-family")
    assert (again.json(), again.headers["idempotency-replayed"]) == (answer.json(), "true")
    path = f"/v1/appointments/{made[1]['appointment_id']}/cancel"
    assert family.client.post(path, {}, token=family.who.token).json()["status"] == "cancelled"
    left = {one["appointment_id"]: one["status"] for one in family.listed()}
    assert [left[one["appointment_id"]] for one in made] == ["booked", "cancelled", "booked"]
    assert row.taken == [2, 0]
    replay = family.ask(row[0], key="the-whole-family").json()["items"]
    assert [one["status"] for one in replay] == ["booked", "cancelled", "booked"]


def test_a_key_makes_one_thing(family: Family) -> None:
    row = Row(9)
    assert family.ask(row[0], key="only-this-one").status == 201
    for people in (family.all[::-1], family.all[:2], family.children):
        other = family.ask(row[0], people, "only-this-one")
        assert (other.status, other.code) == (422, "idempotency_key_reused")
    alone = single(family.client, family.who, row[0], "only-this-one")
    assert (alone.status, alone.code) == (422, "idempotency_key_reused")
    other_way = Family(family.client, 1)
    assert single(family.client, other_way.who, row[0], "the-other-way").status == 201
    assert other_way.ask(row[0], key="the-other-way").code == "idempotency_key_reused"


def test_who_has_no_seat_in_the_slot_comes_right_after(family: Family) -> None:
    row = Row(1, 1, 1)
    made = family.ask(row[0]).json()["items"]
    assert [one["slot_id"] for one in made] == [row[0], row[1], row[2]]
    assert row.taken == [1, 1, 1]


@pytest.mark.parametrize(
    ("capacities", "gap"), [((1, 1), False), ((1, 1, 1), True), ((2, 0, 1), False)]
)
def test_all_come_or_none(family: Family, capacities: tuple[int, ...], gap: bool) -> None:
    row = Row(*[max(1, one) for one in capacities], gap=gap)
    for number, capacity in enumerate(capacities):
        if not capacity:
            assert single(family.client, log_in(family.client), row[number]).status == 201
    before = row.taken
    key = row.keys[0]
    later = SlotKey(HALL, "identity", key.start + timedelta(hours=5))
    storage.create_slots([Slot(later, 0, later.start + STEP, 3)])
    refused = family.ask(row[0])
    assert (refused.status, refused.code) == (409, "slot_full")
    # Times in which all can come are named, and what has too few seats is not.
    assert [one["slot_id"] for one in refused.json()["alternatives"]] == [later.slot_id]
    assert (row.taken, family.listed()) == (before, [])


def test_a_member_in_the_way_is_named_and_nobody_is_booked(family: Family) -> None:
    row = Row(9, 9)
    first = single(family.client, family.who, row[1], for_member=family.children[1])
    refused = family.ask(row[0])
    assert (refused.status, refused.code) == (409, "already_booked")
    said = refused.json()
    assert said["appointment_id"] == first.json()["appointment_id"]
    assert (said["for_member"], said["start"]) == (family.children[1], first.json()["start"])
    assert row.taken == [0, 1]
    assert len(family.listed()) == 1


def test_already_booked_names_ones_own_and_nothing_of_anothers(family: Family) -> None:
    row, client = Row(9, 9), family.client
    mine = single(client, family.who, row[0]).json()
    said = single(client, family.who, row[1]).json()
    assert (said["code"], said["appointment_id"]) == ("already_booked", mine["appointment_id"])
    assert (said["for_member"], said["start"]) == (None, mine["start"])
    # The child's other parent has booked for it.
    other = log_in(client)
    be_adult(client, other)
    child = {"name": "王小宝", "id_number": childs_number(), "relation": "child"}
    ids = [
        client.post("/v1/me/family", child, token=one.token).json()["member_id"]
        for one in (family.who, other)
    ]
    theirs = single(client, other, row[0], for_member=ids[1])
    assert theirs.status == 201, theirs.body
    refused = single(client, family.who, row[1], for_member=ids[0])
    assert refused.code == "already_booked"
    assert not {"appointment_id", "start"} & refused.json().keys()
    assert theirs.json()["appointment_id"] not in refused.body.decode()


@pytest.mark.parametrize(
    ("people", "pointer"),
    [
        ([], "/for_members"),
        (["self"], "/for_members"),
        (["self", "self"], "/for_members"),
        (["self"] * 9, "/for_members"),
        (["self", 5], "/for_members/1"),
        (["self", ""], "/for_members/1"),
        (["self", "nobody"], "/for_members/1"),
        ("self", "/for_members"),
        ({"self": 1}, "/for_members"),
    ],
)
def test_bad_groups_name_the_field(family: Family, people: Any, pointer: str) -> None:
    refused = ask(family.client, family.who, Row(9)[0], people)
    assert (refused.status, refused.code) == (422, "invalid_request")
    assert refused.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "more", [{"for_member": "self"}, {"case_id": "x"}, {"on_behalf_of": {"mandate_id": "x"}}]
)
def test_a_group_is_booked_for_by_nothing_else(family: Family, more: dict[str, Any]) -> None:
    refused = family.ask(Row(9)[0], **more)
    assert (refused.status, refused.json()["errors"][0]["pointer"]) == (422, "/for_members")


def test_another_s_child_is_nobody_here(family: Family) -> None:
    other = Family(family.client, 1)
    row = Row(9)
    refused = family.ask(row[0], ["self", *other.children])
    assert (refused.status, refused.json()["errors"][0]["pointer"]) == (422, "/for_members/1")
    assert row.taken == [0]


def test_two_who_count_as_one_are_refused(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only two drafts of one person can meet so; their seats go back."""
    row = Row(9)
    made = drafts.draft

    def same(*given: Any) -> drafts.Draft:
        draft = made(*given)
        return replace(draft, appointment=replace(draft.appointment, person="the-same"))

    monkeypatch.setattr(drafts, "draft", same)
    refused = family.ask(row[0])
    assert (refused.code, refused.json()["for_member"]) == ("already_booked", family.children[0])
    assert row.taken == [0]


def test_groups_at_once_never_oversell(client: ApiClient, morning: TestClock) -> None:
    row, families = Row(2, 2, 2), [Family(client, 1) for _ in range(5)]
    answers: list[Answer] = []
    at_once(5, lambda number: answers.append(families[number].ask(row[0])))
    booked = [one for answer in answers if answer.status == 201 for one in answer.json()["items"]]
    assert {a.code for a in answers if a.status != 201} <= {"slot_full"}
    assert all(taken <= 2 for taken in row.taken)
    ids = {one["appointment_id"] for one in booked}
    assert ids <= {seat for key in row.keys for seat in shard(key).seats}
    assert ids


def test_one_group_asked_for_ten_times_at_once_is_one(family: Family) -> None:
    row, answers = Row(2, 2), list[Answer]()
    at_once(10, lambda _: answers.append(family.ask(row[0], key="ten-times-at-once")))
    # A busy engine may ask some to try again, who then find what was made.
    assert {answer.status for answer in answers} <= {201, 503}
    answers = [one for one in answers if one.status == 201]
    answers.append(family.ask(row[0], key="ten-times-at-once"))
    assert answers[-1].status == 201
    assert len({str(answer.json()) for answer in answers}) == 1
    assert len(family.listed()) == 3
    _sweep(row)
    assert row.taken == [2, 1]


def _sweep(row: Row) -> None:
    now = MONDAY + timedelta(minutes=30)
    for key in row.keys:
        pk, sk = f"S#{HALL}#{key.category}", f"{key.stamp}#00"
        release._release(pk, sk, now - timedelta(minutes=10), now)


@pytest.mark.parametrize("calls", range(9))
def test_a_crash_after_any_call_leaves_all_or_none(family: Family, calls: int) -> None:
    row = Row(2, 2)
    with crash_after(calls), contextlib.suppress(Crash):
        family.ask(row[0], key="it-may-stop-here")
    made = storage.list_of(family.who.citizen_id, consistent=True)
    assert len(made) in (0, 3)
    _sweep(row)
    assert row.taken == ([2, 1] if made else [0, 0])
    answer = family.ask(row[0], key="it-may-stop-here")
    assert answer.status == 201, answer.body
    ids = {one["appointment_id"] for one in answer.json()["items"]}
    assert {seat for key in row.keys for seat in shard(key).seats} == ids


@pytest.mark.parametrize("operation", ["UpdateItem", "TransactWriteItems"])
def test_a_lost_answer_makes_no_second_group(family: Family, operation: str) -> None:
    row = Row(2, 2)
    with lost_answer(operation):
        answer = family.ask(row[0], key="the-answer-is-lost")
    assert answer.status == 201, answer.body
    assert "idempotency-replayed" not in answer.headers
    assert row.taken == [2, 1]


def test_who_is_booked_by_another_meanwhile_stops_the_group(family: Family) -> None:
    row = Row(5, 5)

    def meanwhile() -> None:
        if not storage.list_of(family.who.citizen_id, consistent=True):
            assert single(family.client, family.who, row[1]).status == 201

    with before_call(4, meanwhile):
        refused = family.ask(row[0])
    assert (refused.code, refused.json()["for_member"]) == ("already_booked", None)
    _sweep(row)
    assert row.taken == [0, 1]


# -- the rules


def slot(
    minutes: int, capacity: int, taken: Iterable[str] = (), *, shard: int = 0, closed: bool = False
) -> Slot:
    key = SlotKey(HALL, "identity", MONDAY + timedelta(minutes=minutes))
    return Slot(key, shard, key.start + STEP, capacity, frozenset(taken), closed=closed)


def test_seats_of_a_slot_are_all_given_back_at_once(family: Family) -> None:
    row = Row(2)
    assert family.ask(row[0]).code == "slot_full"
    assert seats_of(row) == set()


def seats_of(row: Row) -> set[str]:
    return {seat for key in row.keys for seat in shard(key).seats}
