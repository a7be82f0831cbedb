"""Old items get their newer form, whatever is killed, changed or run beside it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from chalicelib.core import tables
from chalicelib.core.buckets import Buckets
from chalicelib.core.ids import new_id
from chalicelib.core.tables import shard_of
from chalicelib.identity.service import profiles, replay
from chalicelib.notifications import storage
from chalicelib.notifications.domain import Due
from chalicelib.notifications.storage import _records
from infra import migrate, migrations
from infra.local.engine import Engine
from infra.migrations import MIGRATIONS, Migration, progress_of
from tests.identity.restored import as_the_former_release_kept, put, stored
from tests.support.client import ApiClient
from tests.support.clock import MONDAY
from tests.support.faults import crashes
from tests.support.people import log_in

TABLE = _records.TABLE.name
LATER = MONDAY + timedelta(days=5000)


def _client() -> Any:
    return cast("Any", tables.client())


def former_bucket(appointment_id: str) -> str:
    """Return what the former release wrote, and all that it looked into: four buckets."""
    return f"due#{shard_of(appointment_id, 4)}"


@pytest.fixture(autouse=True)
def anew(engine: Engine) -> None:
    for one in MIGRATIONS:
        key = {"pk": {"S": "MIGRATION"}, "sk": {"S": one.name}}
        _client().delete_item(TableName=one.table.name, Key=key)


@pytest.fixture
def reminders() -> Iterator[list[Due]]:
    """Reminders as the former release wrote them: no `schema`, in one of four buckets."""
    citizen = new_id(8)
    made = [Due(citizen, new_id(), "reminder_day_before", LATER) for _ in range(12)]
    for one in made:
        item = {
            "pk": {"S": f"C#{citizen}"},
            "sk": {"S": f"R#{one.appointment_id}#{one.reminder}"},
            "bucket": {"S": former_bucket(one.appointment_id)},
            "due_at": {"N": str(int(LATER.timestamp()))},
            "version": {"N": "1"},
            "tidy_at": {"N": "4000000000"},
        }
        _client().put_item(TableName=TABLE, Item=item)
    yield made
    for one in made:
        storage.forget_reminder(one)


def of_reminders() -> Migration:
    return next(one for one in MIGRATIONS if one.name == "buckets-of-reminders")


def reminder(due: Due) -> dict[str, Any]:
    key = {
        "pk": {"S": f"C#{due.citizen_id}"},
        "sk": {"S": f"R#{due.appointment_id}#{due.reminder}"},
    }
    return dict(_client().get_item(TableName=TABLE, Key=key, ConsistentRead=True)["Item"])


def seen_now() -> set[str]:
    return {due.appointment_id for due in storage.list_due(LATER, 10_000)}


def test_a_pass_that_is_killed_goes_on_and_the_next_moves_nothing(
    reminders: list[Due], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {one.appointment_id for one in reminders}
    wide = Buckets("due#", count=64)
    monkeypatch.setattr(_records, "DUE", wide)
    waits: list[float] = []
    pages = migrations.run(of_reminders(), 50, waits.append, page=5)
    first = next(pages)
    pages.close()
    assert progress_of(of_reminders()) == first
    assert first.seen <= 5
    *_, last = migrations.run(of_reminders(), 50, waits.append)
    assert last.ended
    assert last.moved >= sum(wide.of(one) != former_bucket(one) for one in ids)
    assert {*waits} <= {0.1, 2.0}
    for one in reminders:
        item = reminder(one)
        assert item["bucket"] == {"S": wide.of(one.appointment_id)}
    *_, again = migrations.run(of_reminders(), 50, waits.append)
    assert (again.moved, again.ended) == (0, True)


def test_what_is_changed_meanwhile_is_not_undone(
    reminders: list[Due], monkeypatch: pytest.MonkeyPatch
) -> None:
    [one] = reminders[:1]
    old = reminder(one)
    monkeypatch.setattr(_records, "DUE", Buckets("due#", count=64))
    _client().update_item(
        TableName=TABLE,
        Key={"pk": old["pk"], "sk": old["sk"]},
        UpdateExpression="SET #b = :b",
        ExpressionAttributeNames={"#b": "bucket"},
        ExpressionAttributeValues={":b": {"S": "due#elsewhere"}},
    )
    migration = of_reminders()
    assert not migrations._move(migration, {**old, "bucket": {"S": "due#77"}})
    assert reminder(one)["bucket"] == {"S": "due#elsewhere"}


def test_both_releases_read_what_the_other_wrote(reminders: list[Due]) -> None:
    # The former one's items, by this release.
    ids = {one.appointment_id for one in reminders}
    assert ids <= seen_now()
    # This release's, by the former one: it ignores what it does not know, and finds them by key.
    mine = Due(new_id(8), new_id(), "reminder_day_before", LATER)
    storage.plan_reminder(mine, 1, LATER)
    item = reminder(mine)
    assert item.pop("schema") == {"N": str(tables.SCHEMA_OF_BUCKETS)}
    assert {*item} == {*reminder(reminders[0])} - {"schema"}
    # What the former one writes again has its form, and is found.
    _client().put_item(
        TableName=TABLE, Item={**item, "bucket": {"S": former_bucket(mine.appointment_id)}}
    )
    assert mine.appointment_id in seen_now()
    storage.forget_reminder(mine)


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda one: one.name)
def test_what_is_in_no_list_is_left_alone(migration: Migration) -> None:
    assert migration.renew({"pk": {"S": "C#1"}, "sk": {"S": "X"}}) == {}


def of_keys() -> Migration:
    return next(one for one in MIGRATIONS if one.name == "keys-apart")


def test_keys_are_moved_apart_whole_whatever_stops_it(client: ApiClient) -> None:
    people = [log_in(client) for _ in range(3)]
    kept = {one.citizen_id: as_the_former_release_kept(one.citizen_id) for one in people}
    profiles_of = {one: stored("identity", f"C#{one}", "profile") for one in kept}

    def moved_in_step() -> None:
        for one, wrapped in kept.items():
            apart = stored("keys", f"C#{one}", "key")
            profile = stored("identity", f"C#{one}", "profile")
            assert profile["key"]["S"] == ("00" if apart else wrapped)
            assert not apart or apart["key"]["B"].hex() == wrapped

    for _ in crashes(lambda: [*migrations.run(of_keys(), 100_000, lambda _: None)]):
        moved_in_step()
    for one, profile in profiles_of.items():
        # All else is as it was.
        assert stored("identity", f"C#{one}", "profile") == {
            **profile,
            "key": {"S": "00"},
            "schema": {"N": "2"},
        }
    for who in people:
        profiles.keys.drop(who.citizen_id)
        assert client.get("/v1/me", token=who.token).status == 200
    *_, again = migrations.run(of_keys(), 100_000, lambda _: None)
    assert (again.moved, again.ended) == (0, True)


def test_a_key_that_is_put_back_into_a_profile_meanwhile_is_moved_again(client: ApiClient) -> None:
    me = log_in(client)
    wrapped = as_the_former_release_kept(me.citizen_id)
    before = stored("identity", f"C#{me.citizen_id}", "profile")
    assert migrations._move(of_keys(), before)
    # By whoever had read the profile before it was moved.
    put("identity", before)
    assert migrations._move(of_keys(), before)
    assert not migrations._move(of_keys(), before)
    assert stored("keys", f"C#{me.citizen_id}", "key")["key"]["B"].hex() == wrapped


def test_an_erasure_that_comes_before_the_move_is_not_undone(client: ApiClient) -> None:
    me = log_in(client)
    as_the_former_release_kept(me.citizen_id)
    before = stored("identity", f"C#{me.citizen_id}", "profile")
    assert client.delete("/v1/me", token=me.token).status == 204
    assert not migrations._move(of_keys(), before)
    assert stored("keys", f"C#{me.citizen_id}", "key") == {}


def test_whom_the_former_release_erased_gets_a_tombstone_once(client: ApiClient) -> None:
    me, now = log_in(client), datetime.now(UTC)
    as_the_former_release_kept(me.citizen_id)
    pk = f"C#{me.citizen_id}"
    put("identity", {**stored("identity", pk, "profile"), "key": {"S": ""}})
    assert me.citizen_id not in replay.erased_since(now, now + timedelta(hours=1))
    assert migrations._move(of_keys(), stored("identity", pk, "profile"))
    assert me.citizen_id in replay.erased_since(now, now + timedelta(hours=1))
    assert not migrations._move(of_keys(), stored("identity", pk, "profile"))


def test_a_table_that_is_busy_stops_the_move_and_is_not_taken_for_moved(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = log_in(client)
    as_the_former_release_kept(me.citizen_id)
    before = stored("identity", f"C#{me.citizen_id}", "profile")
    reasons = {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]}
    refused = _client().exceptions.TransactionCanceledException(reasons, "TransactWriteItems")

    def busy(**_: object) -> None:
        raise refused

    with monkeypatch.context() as patch:
        patch.setattr(_client(), "transact_write_items", busy)
        with pytest.raises(type(refused)):
            migrations._move(of_keys(), before)
    assert migrations._move(of_keys(), before)


def test_payments_stay_in_the_list_that_they_are_in() -> None:
    [payments] = [one for one in MIGRATIONS if one.name == "buckets-of-payments"]
    ended = {"pk": {"S": "C#1"}, "sk": {"S": "P#1"}, "ask": {"S": "ended"}}
    assert payments.renew(ended)["ask"].startswith("ended")
    assert payments.renew({**ended, "ask": {"S": "3"}})["ask"].isdecimal()


def test_the_command_shows_how_far_it_is(reminders: list[Due]) -> None:
    name = of_reminders().name
    shown = CliRunner().invoke(migrate.cli, ["list"], env={"COLUMNS": "200"})
    assert "not begun" in shown.output
    ran = CliRunner().invoke(migrate.cli, ["run", name, "--items-a-second", "100000"])
    assert ran.exit_code == 0, ran.output
    assert progress_of(of_reminders()).ended
    assert CliRunner().invoke(migrate.cli, ["run", "nonsense"]).exit_code == 2
