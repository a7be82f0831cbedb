"""Who was erased stays erased, also when tables are restored to an earlier second."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from typer.testing import CliRunner

from chalicelib.appointments import storage as appointments
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.appointments.jobs import release
from chalicelib.core import dependencies, tables
from chalicelib.core.ids import new_id
from chalicelib.identity import service, storage
from chalicelib.identity.keys import storage as keys
from chalicelib.identity.service import personal_data_requests, replay
from chalicelib.identity.service.personal_data_requests import Holder
from chalicelib.identity.tombstones import storage as tombstones
from chalicelib.mandates import storage as mandates
from chalicelib.notifications import storage as notifications
from infra import ops
from tests.appointments.world import book, new_slot, seats
from tests.identity.restored import backed_up, restore
from tests.mandates.world import give, person
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import crashes
from tests.support.people import Citizen, id_number, log_in

ROOMS = ("appointments", "identity", "keys", "mandates", "notifications")


@pytest.fixture(autouse=True)
def own_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the tests' own stage are on already."""
    monkeypatch.setattr(ops, "_become", lambda _stage: None)


def now() -> datetime:
    return dependencies.clock().now()


def tombs_of(*citizens: str) -> list[str]:
    found = tombstones.list_since(now() - timedelta(days=1), now() + timedelta(days=1))
    return [one.citizen_id for one in found if one.citizen_id in citizens]


def with_much(client: ApiClient) -> tuple[Citizen, str, str]:
    """Return somebody with family, a booking, a mandate and a notice; the slot; the mandate."""
    me, slot = person(client), new_slot()
    child = {"name": "王小明", "id_number": id_number(), "relation": "child"}
    assert client.post("/v1/me/family", child, token=me.token).status == 201
    assert book(client, me, slot).status == 201
    given = give(client, me, person(client, name="李四"))
    assert given.status == 201
    return me, slot, str(given.json()["mandate_id"])


def leave(client: ApiClient, *leaving: Citizen) -> None:
    for one in leaving:
        assert client.delete("/v1/me", token=one.token).status == 204


def replayed(since: datetime) -> dict[str, str]:
    found = replay.replay(replay.erased_since(since, now()), now())
    return {one.citizen_id: one.outcome for one in found}


def test_all_rooms_forget_again_what_a_restore_brought_back(
    client: ApiClient, morning: TestClock
) -> None:
    me, slot, mandate_id = with_much(client)
    stays, _, _ = with_much(client)
    backup, then = backed_up(*ROOMS), now()
    morning.advance(60)
    leave(client, me)
    restore(backup)
    # What a restore does without the replay.
    assert service.key_of(me.citizen_id)
    assert not service.is_erased(me.citizen_id)
    assert seats(slot)
    assert storage.load_members(me.citizen_id)
    morning.advance(60)
    assert replayed(then)[me.citizen_id] == "erased_again"
    assert service.is_erased(me.citizen_id)
    assert keys.find_key(me.citizen_id) is None
    assert not seats(slot)
    assert storage.load_members(me.citizen_id) == []
    booked = appointments.list_of(me.citizen_id)
    assert [one.status for one in booked] == [AppointmentStatus.CANCELLED]
    mandate = mandates.load(mandate_id)
    assert mandate
    assert mandate.state == "revoked"
    assert notifications.list_notices(me.citizen_id, None, 20).items == ()
    assert client.get("/v1/me", token=stays.token).json()["name"]
    assert replayed(then)[me.citizen_id] == "stayed_erased"


@pytest.mark.parametrize("room", ["appointments", "mandates", "notifications"])
def test_a_room_that_is_restored_alone_forgets_again(
    client: ApiClient, morning: TestClock, room: str
) -> None:
    me, slot, mandate_id = with_much(client)
    backup, then = backed_up(room), now()
    leave(client, me)
    restore(backup)
    morning.advance(60)
    assert replayed(then)[me.citizen_id] == "stayed_erased"
    assert not seats(slot) or room != "appointments"
    mandate = mandates.load(mandate_id)
    assert mandate
    assert mandate.state == "revoked"


def test_a_key_that_is_restored_alone_is_deleted_again(
    client: ApiClient, morning: TestClock
) -> None:
    me, stays = log_in(client), log_in(client)
    backup, then = backed_up("keys"), now()
    leave(client, me)
    restore(backup)
    assert keys.find_key(me.citizen_id)
    morning.advance(60)
    assert replayed(then)[me.citizen_id] == "stayed_erased"
    assert keys.find_key(me.citizen_id) is None
    assert keys.find_key(stays.citizen_id)


def test_accounts_that_are_restored_without_their_keys_are_erased_again(
    client: ApiClient, morning: TestClock
) -> None:
    me, slot, _ = with_much(client)
    backup, then = backed_up(*(room for room in ROOMS if room != "keys")), now()
    leave(client, me)
    restore(backup)
    assert not service.is_erased(me.citizen_id)
    morning.advance(60)
    # No step of it needs the key, which is gone.
    assert replayed(then)[me.citizen_id] == "erased_again"
    assert service.is_erased(me.citizen_id)
    assert not seats(slot)


def test_one_that_cannot_be_erased_keeps_no_other_waiting(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = log_in(client), log_in(client)
    backup, then = backed_up("identity"), now()
    leave(client, first, second)
    restore(backup)

    def forget(citizen_id: str, _now: datetime) -> None:
        assert citizen_id != first.citizen_id

    command = ["replay-erasures", "dev", f"{then:%Y-%m-%dT%H:%M:%S}"]
    unreadable = Holder("a room", lambda _: None, forget)
    holders: Callable[[], tuple[Holder, ...]] = personal_data_requests.holders
    with monkeypatch.context() as patch:
        patch.setattr(personal_data_requests, "holders", lambda: (*holders(), unreadable))
        told = CliRunner().invoke(ops.cli, command, env={"COLUMNS": "200"})
    assert told.exit_code == 1
    assert f"{first.citizen_id}: failed" in told.output
    assert "1 failed" in told.output
    assert service.is_erased(second.citizen_id)
    assert not service.is_erased(first.citizen_id)
    again = CliRunner().invoke(ops.cli, command, env={"COLUMNS": "200"})
    assert again.exit_code == 0, again.output
    assert service.is_erased(first.citizen_id)


def test_an_erasure_and_its_tombstone_are_one_at_every_stop(
    client: ApiClient, morning: TestClock
) -> None:
    me, _, _ = with_much(client)
    seen = []
    for _ in crashes(lambda: personal_data_requests.erase(me.citizen_id, now())):
        is_erased = service.is_erased(me.citizen_id)
        assert tombs_of(me.citizen_id) == [me.citizen_id] * is_erased
        assert (keys.find_key(me.citizen_id) is None) == is_erased
        seen.append(is_erased)
    assert seen[-1]
    assert len(seen) > 5


def test_a_replay_that_is_stopped_anywhere_is_whole_the_next_time(
    client: ApiClient, morning: TestClock
) -> None:
    me, slot, _ = with_much(client)
    backup, then = backed_up(*ROOMS), now()
    leave(client, me)
    restore(backup)
    morning.advance(60)
    stops = list(crashes(lambda: replay.erase_again(me.citizen_id, now())))
    assert len(stops) > 5
    assert service.is_erased(me.citizen_id)
    assert replayed(then)[me.citizen_id] == "stayed_erased"
    # A seat that a stop kept from being given back is found by the timer.
    morning.advance(3600)
    release.release_expired(now())
    assert not seats(slot)


def test_who_was_erased_is_listed_over_days_with_an_hour_for_clocks(engine: object) -> None:
    begin, ids = datetime(2031, 12, 31, 20, tzinfo=UTC), [new_id(8) for _ in range(4)]
    for hours, citizen_id in zip((0, 3, 5, 30), ids, strict=True):
        with tables.transaction() as write:
            tombstones.write_tombstone(citizen_id, begin + timedelta(hours=hours))(write)
    end = begin + timedelta(hours=30)
    assert replay.erased_since(begin, end) == ids
    assert replay.erased_since(begin + timedelta(hours=4), end) == ids[1:]
    assert replay.erased_since(begin + timedelta(hours=4, seconds=1), end) == ids[2:]
    assert replay.erased_since(end + timedelta(hours=2), end) == []


@pytest.mark.parametrize("hours", [8, -8])
def test_a_second_is_of_its_own_zone(
    morning: TestClock, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    then, asked = now(), list[datetime]()

    def nobody(since: datetime, _now: datetime) -> list[str]:
        asked.append(since)
        return []

    monkeypatch.setattr(replay, "erased_since", nobody)
    typed = then.astimezone(timezone(timedelta(hours=hours))).isoformat()
    told = CliRunner().invoke(ops.cli, ["replay-erasures", "dev", typed])
    assert told.exit_code == 0, told.output
    assert asked == [then]


def test_nobody_is_told_that_there_is_nothing_to_erase_since_a_second_to_come(
    morning: TestClock,
) -> None:
    # As 21:00 in Ningbo is, when it is typed without its offset.
    then = now().astimezone(timezone(timedelta(hours=8))).replace(tzinfo=None)
    refused = CliRunner().invoke(ops.cli, ["replay-erasures", "dev", f"{then:%Y-%m-%dT%H:%M:%S}"])
    assert refused.exit_code == 2
    assert "yet to come" in refused.output
