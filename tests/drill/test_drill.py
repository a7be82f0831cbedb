"""What is lost with a table, a secret or a worker, and how it comes back: `make drill`.

The procedures are those of docs/recovery.md; what each gave is written there.
"""

import itertools
import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from chalicelib.anchors.service import proofs
from chalicelib.cases import storage as cases
from chalicelib.core import audit, dependencies, table_definitions, tables
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Table
from chalicelib.identity import service as identity
from chalicelib.identity import storage as accounts
from chalicelib.identity.keys import storage as keys
from chalicelib.identity.service import profiles
from chalicelib.notifications import storage as notifications
from chalicelib.notifications.domain import LEASE
from infra import ops
from infra.local import resources
from infra.local import secrets as fresh
from infra.package import ROOT
from tests.anchors.world import night
from tests.load.report import table
from tests.notifications.world import Platforms, paid, somebody
from tests.support import functions
from tests.support.cases import lodge, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import crashes
from tests.support.people import log_in, new_code

pytestmark = pytest.mark.slow
PAGE = ROOT / "docs" / "recovery.md"
RESTORED = (accounts.TABLE, keys.TABLE)
FOUND: list[list[object]] = []


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    """Write what the drill gave when all of it was done."""
    yield
    head = ["lost", "after it", "seconds", "lost for good"]
    table("drill", "What the last drill gave", head, FOUND, PAGE)


def entries_of(case_id: str) -> list[dict[str, Any]]:
    """Return the entries of a case as the table's stream brings them."""
    pages = (
        cast("Any", tables.client())
        .get_paginator("scan")
        .paginate(
            TableName=cases.TABLE.name,
            FilterExpression="subject = :case AND attribute_exists(prev_hash)",
            ExpressionAttributeValues={":case": {"S": case_id}},
        )
    )
    images = [item for page in pages for item in page["Items"]]
    return [
        {
            "eventName": "INSERT",
            "dynamodb": {
                "Keys": {"pk": image["pk"], "sk": image["sk"]},
                "NewImage": image,
                "SequenceNumber": image["seq"]["N"].zfill(5),
            },
        }
        for image in sorted(images, key=lambda one: int(one["seq"]["N"]))
    ]


def anchor(case_ids: list[str], at: datetime) -> str:
    """Publish what happened to cases, and anchor the day; return its date."""
    for case_id in case_ids:
        functions.call("publish_events", {"Records": entries_of(case_id)})
    functions.run("anchor_heads", at)
    return at.date().isoformat()


def back_up(of: Table) -> str:
    """Back a table up as every night; return the backup's name."""
    made = cast("Any", tables.client()).create_backup(TableName=of.name, BackupName="nightly")
    return str(made["BackupDetails"]["BackupArn"])


def restore(of: Table, backup: str) -> None:
    """Restore a lost table under its own name, with what a backup does not hold."""
    dynamodb = cast("Any", tables.client())
    dynamodb.restore_table_from_backup(TargetTableName=of.name, BackupArn=backup)
    dynamodb.get_waiter("table_exists").wait(TableName=of.name, WaiterConfig={"Delay": 1})
    if of.streams:
        stream = table_definitions.definition(of)["StreamSpecification"]
        dynamodb.update_table(TableName=of.name, StreamSpecification=stream)
    ttl = {"Enabled": True, "AttributeName": "tidy_at"}
    dynamodb.update_time_to_live(TableName=of.name, TimeToLiveSpecification=ttl)


def test_a_table_is_lost(client: ApiClient, morning: TestClock) -> None:
    resources.create()
    dynamodb = cast("Any", tables.client())
    desk, people = worker(client), [verified(client) for _ in range(5)]
    before = [lodge(client, one).json()["case_id"] for one in people]
    for case_id in before[:2]:
        walk(client, desk, case_id, "claim", "accept")
    first = night()
    days = [anchor(before, first)]
    backup = back_up(cases.TABLE)
    # What happens after the last moment that the backup knows.
    walk(client, desk, before[0], "review")
    after = [lodge(client, one).json()["case_id"] for one in people[:2]]
    days.append(anchor([before[0], *after], first + timedelta(days=1)))
    dynamodb.delete_table(TableName=cases.TABLE.name)
    asked = ApiClient()
    asked.expects_anything = True
    gone = asked.get(f"/v1/cases/{before[0]}", token=people[0].token)
    began = time.monotonic()
    restore(cases.TABLE, backup)
    for case_id, who in zip(before, people, strict=True):
        assert client.get(f"/v1/cases/{case_id}", token=who.token).status == 200
        kept = audit.find(case_id)
        assert kept
        assert audit.verify(case_id, kept) is None
    assert list(proofs.check_day(days[0], audit.find)) == []
    lost = {subject for subject, _ in proofs.check_day(days[1], audit.find)}
    seconds = time.monotonic() - began
    # The anchors name all that is gone, and nothing else.
    assert lost == {before[0], *after}
    # It goes on: on what is there, and for whom something is gone.
    walk(client, desk, before[0], "review")
    assert lodge(client, people[0]).status == 201
    what = "restored from the last backup; the anchors name what is gone since"
    FOUND.append(
        [
            f"the table of {len(before) + len(after)} cases (answers meanwhile: {gone.status})",
            what,
            f"{seconds:.1f}",
            f"{len(after)} cases and 1 step, made after the backup",
        ]
    )


def test_who_was_erased_stays_erased_after_a_restore(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The settings of this stage are on already.
    monkeypatch.setattr(ops, "_become", lambda _stage: None)
    dynamodb = cast("Any", tables.client())
    gone, stays = verified(client), verified(client)
    shown = client.get("/v1/me", token=stays.token).json()
    sealed = identity.key_of(gone.citizen_id).seal("note", "hers")
    backups, second = {one: back_up(one) for one in RESTORED}, dependencies.clock().now()
    morning.advance(60)
    assert client.delete("/v1/me", token=gone.token).status == 204
    began = time.monotonic()
    for of, backup in backups.items():
        dynamodb.delete_table(TableName=of.name)
        restore(of, backup)
    # This process was there before; one that starts anew remembers no key.
    profiles.keys.clear()
    # The control: a restore brings the key back, and with it all that it seals.
    assert identity.key_of(gone.citizen_id).open("note", sealed) == "hers"
    morning.advance(60)
    command = ["replay-erasures", "dev", f"{second:%Y-%m-%dT%H:%M:%S}"]
    told = CliRunner().invoke(ops.cli, command, env={"COLUMNS": "200"})
    assert told.exit_code == 0, told.output
    assert "1 were back and are erased again" in told.output
    assert keys.find_key(gone.citizen_id) is None
    with pytest.raises(Unauthenticated):
        identity.key_of(gone.citizen_id)
    profiles.keys.clear()
    assert client.get("/v1/me", token=gone.token).status == 401
    assert client.get("/v1/me", token=stays.token).json() == shown
    FOUND.append(
        [
            "the tables of accounts and of their keys, with one erased since the backup",
            "restored from it; `replay-erasures` erases the one again",
            f"{time.monotonic() - began:.1f}",
            "nothing of who stayed; all of who left",
        ]
    )


def test_a_secret_is_lost(client: ApiClient, morning: TestClock) -> None:
    code = new_code()
    me = log_in(client, code)
    path = cast("Path", SETTINGS.secrets_file)
    former, another = path.read_text(), fresh.make()
    overwritten = {n: another[n] for n in ("token_keys", "person_key")}
    began = time.monotonic()
    try:
        put(path, json.dumps({**json.loads(former), **overwritten}))
        assert client.get("/v1/me", token=me.token).status == 401
        # Who logs in is somebody new: accounts are found by a keyed hash.
        assert log_in(client, code).citizen_id != me.citizen_id
    finally:
        put(path, former)
    assert client.get("/v1/me", token=me.token).status == 200
    assert log_in(client, code).citizen_id == me.citizen_id
    FOUND.append(
        [
            "the secret, overwritten",
            "its former version is put back; log-ins of before are good again",
            f"{time.monotonic() - began:.1f}",
            "what was done by log-ins meanwhile belongs to accounts that nobody finds again",
        ]
    )


def put(path: Path, text: str) -> None:
    """Let the process have these secrets, as one that reads them anew."""
    path.write_text(text)
    dependencies.forget_secrets()
    dependencies.vault.cache_clear()


def test_a_worker_is_lost(client: ApiClient, phones: Platforms, morning: TestClock) -> None:
    now = dependencies.clock().now()
    me, _ = somebody()
    event, began = paid(me), time.monotonic()
    # What a stopped worker had in hand is another's once its lease is over.
    later = itertools.count()
    attempts = crashes(
        lambda: functions.work("send_notifications", event, now + next(later) * LEASE)
    )
    stops = len([*attempts]) - 1
    # The queue brings it once more, though it was done.
    functions.work("send_notifications", event, now + timedelta(minutes=10))
    notices = notifications.list_notices(me, None, 20).items
    assert [one.event for one in notices] == [event.type]
    FOUND.append(
        [
            f"the worker of notices, stopped before each of its writes ({stops} times)",
            "the queue brings the event again",
            f"{time.monotonic() - began:.1f}",
            "nothing; one notice",
        ]
    )
