"""The day's anchor: what is in it, when a run stops, comes again, is late or meets bad items."""

import json
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from chalicelib.anchors import storage
from chalicelib.anchors.providers import bucket
from chalicelib.anchors.service import anchoring, proofs
from chalicelib.core import aws, merkle
from chalicelib.core.anchoring import Leaf
from chalicelib.core.audit import SubjectHistory
from chalicelib.core.errors import TryAgain
from chalicelib.core.history import Entry, Finding, Head
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from infra import ops
from infra.local import resources
from infra.local.engine import Engine
from tests.anchors.world import chain, crash_after_files, night, publish
from tests.support import functions
from tests.support.client import ApiClient
from tests.support.faults import Crash, Outage, crash_after_writes, cut_off, outage


@pytest.fixture(autouse=True)
def bus(engine: Engine) -> None:
    resources.create()


def kept(entries: list[Entry]) -> SubjectHistory:
    return SubjectHistory(tuple(entries), entries[-1].head if entries else Head())


def in_bucket(date: str) -> list[tuple[str, int]]:
    return [(leaf.subject, leaf.seq) for leaf in anchoring.leaves_of(date)]


def test_a_chain_that_grew_is_in_the_anchor_of_the_night_and_in_no_other() -> None:
    now = night()
    entries, other = chain(3, now), chain(1, now)
    assert publish(*entries[:2], *other, entries[2]) == {"batchItemFailures": []}
    functions.run("anchor_heads", now)
    date = now.date().isoformat()
    leaves = in_bucket(date)
    assert (entries[0].subject, 3) in leaves
    assert (entries[0].subject, 2) not in leaves
    found = proofs.newest_of(entries[0].subject)
    assert found
    assert found.anchor.statement.date == date
    assert found.inclusion.leads_to(found.anchor.statement)
    assert proofs.find(entries[0].subject, kept(entries)) is None
    # It did not grow any more.
    functions.run("anchor_heads", now + timedelta(days=1))
    assert in_bucket((now + timedelta(days=1)).date().isoformat()) == []


def test_the_same_day_has_one_anchor_and_late_ends_wait_for_the_next() -> None:
    now = night()
    entries = chain(2, now)
    publish(entries[0])
    functions.run("anchor_heads", now)
    root = anchoring.root_of(now.date().isoformat())
    publish(entries[1])
    functions.run("anchor_heads", now + timedelta(hours=3))
    assert anchoring.root_of(now.date().isoformat()) == root
    tomorrow = now + timedelta(days=1)
    functions.run("anchor_heads", tomorrow)
    assert in_bucket(tomorrow.date().isoformat()) == [(entries[0].subject, 2)]
    found = anchoring.root_of(tomorrow.date().isoformat())
    assert root
    assert found
    assert found.statement.previous == root.statement.digest


def test_a_stream_that_brings_entries_again_or_late_moves_no_end_back() -> None:
    now = night()
    entries = chain(3, now)
    publish(entries[2])
    publish(*entries[:2])
    functions.run("anchor_heads", now)
    assert in_bucket(now.date().isoformat()) == [(entries[0].subject, 3)]
    # What was anchored may stand once more in a later tree, and proves the same.
    publish(entries[1])
    functions.run("anchor_heads", now + timedelta(days=1))
    assert proofs.find(entries[0].subject, kept(entries)) is None


def test_while_ends_cannot_be_noted_nothing_is_published() -> None:
    entries = chain(1, night())
    with outage(Outage.THROTTLES):
        assert publish(*entries) == {"batchItemFailures": [{"itemIdentifier": "00001"}]}


@pytest.mark.parametrize("files", [0, 1, 9, 15, 16])
def test_a_run_that_stops_at_a_file_is_taken_up(files: int) -> None:
    now = night()
    early, late = chain(1, now), chain(1, now)
    publish(*early)
    with suppress(Crash), crash_after_files(files):
        functions.run("anchor_heads", now)
    assert anchoring.root_of(now.date().isoformat()) is None
    publish(*late)
    functions.run("anchor_heads", now)
    functions.run("anchor_heads", now + timedelta(days=1))
    for entries in (early, late):
        assert proofs.find(entries[0].subject, kept(entries)) is None
        assert proofs.newest_of(entries[0].subject)


@pytest.mark.parametrize("writes", range(5))
def test_a_run_that_stops_at_a_write_is_taken_up_by_the_next(writes: int) -> None:
    now = night()
    entries = chain(1, now)
    publish(*entries)
    with suppress(Crash), crash_after_writes(writes):
        functions.run("anchor_heads", now)
    root = anchoring.root_of(now.date().isoformat())
    functions.run("anchor_heads", now + timedelta(days=1))
    found = proofs.newest_of(entries[0].subject)
    assert root
    assert found
    assert proofs.find(entries[0].subject, kept(entries)) is None
    again = anchoring.root_of(now.date().isoformat())
    assert again == root
    published = [anchor.statement.date for anchor in proofs.list_anchors(None, 2).items]
    assert published[1] == found.inclusion.date == now.date().isoformat()


def test_an_end_that_cannot_be_looked_up_waits_and_keeps_no_other() -> None:
    now = night()
    good, bad = chain(1, now), chain(1, now)
    publish(*good, *bad)
    with cut_off(bad[0].subject):
        functions.run("anchor_heads", now)
    assert proofs.newest_of(good[0].subject)
    assert proofs.newest_of(bad[0].subject) is None
    functions.run("anchor_heads", now + timedelta(days=1))
    assert in_bucket((now + timedelta(days=1)).date().isoformat()) == [(bad[0].subject, 1)]
    assert proofs.find(bad[0].subject, kept(bad)) is None


def test_a_run_that_can_look_up_nothing_is_taken_up_later() -> None:
    now = night()
    entries = chain(1, now)
    publish(*entries)
    with cut_off(entries[0].subject), pytest.raises(TryAgain):
        functions.run("anchor_heads", now)
    functions.run("anchor_heads", now)
    assert proofs.newest_of(entries[0].subject)


def test_what_is_in_the_bucket_cannot_be_deleted() -> None:
    now = night()
    functions.run("anchor_heads", now)
    key = f"{bucket.PREFIX}{bucket.root_name(now.date().isoformat())}"
    head = aws.client("s3").head_object(Bucket=SETTINGS.anchor_bucket, Key=key)
    assert head["ObjectLockMode"] == "COMPLIANCE"
    until = now + timedelta(days=SETTINGS.anchor_retention_days)
    assert abs(head["ObjectLockRetainUntilDate"] - until) < timedelta(seconds=1)
    version = {"VersionId": head["VersionId"]} if "VersionId" in head else {}
    with pytest.raises(ClientError):
        aws.client("s3").delete_object(Bucket=SETTINGS.anchor_bucket, Key=key, **version)
    text = bucket.read(bucket.root_name(now.date().isoformat()))
    assert bucket.write_once(bucket.root_name(now.date().isoformat()), "other", now) == text


def test_another_root_of_the_day_in_the_bucket_stops_the_run() -> None:
    now = night()
    date = now.date().isoformat()
    facts = {"date": date, "root": "00", "size": 1, "previous": "", "signature": ""}
    text = json.dumps({**facts, "key_id": "", "key": {}, "made_at": ""})
    bucket.write_once(bucket.root_name(date), text, now)
    with pytest.raises(ValueError, match="another root"):
        functions.run("anchor_heads", now)
    # The next night goes on without that day, of which no signature is.
    functions.run("anchor_heads", now + timedelta(days=1))
    dates = [anchor.statement.date for anchor in proofs.list_anchors(None, 2).items]
    assert date not in dates


def test_a_day_without_a_root_is_another_thing_than_a_history_that_is_not_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ops, "_become", lambda *_: None)
    told = CliRunner().invoke(ops.cli, ["check-anchors", "dev", "2001-01-01"])
    assert told.exit_code == 2
    assert "no genuine root" in told.output


def test_the_log_says_why_a_bucket_refuses(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = logging.getLogger("onetrip.anchors")
    caplog.set_level(logging.WARNING, log.name)
    # What the product configures hands nothing up.
    monkeypatch.setattr(log, "handlers", [caplog.handler])
    monkeypatch.setattr(log, "propagate", False)
    monkeypatch.setattr(bucket, "SETTINGS", replace(SETTINGS, anchor_bucket="nobody-s"))
    with pytest.raises(TryAgain):
        bucket.write_once("2001-01-01/00.jsonl", "", night())
    (line,) = [one for one in caplog.records if one.message == "anchor_bucket_refused"]
    facts = line.__dict__
    assert (facts["operation"], facts["vendor_code"]) == ("put_object", "NoSuchBucket")


def rewritten(entries: list[Entry]) -> list[Entry]:
    at = datetime.fromisoformat(entries[0].at)
    return chain(len(entries), at, entries[0].subject, actor="somebody else")


@pytest.mark.parametrize(
    ("tampered", "reason"),
    [
        (rewritten, "rewritten"),
        (lambda entries: entries[:1], "left_out"),
        (lambda entries: [*entries[:1], *rewritten(entries)[1:]], "rewritten"),
        (lambda _entries: [], "left_out"),
    ],
)
def test_a_chain_rewritten_with_its_end_is_found(tampered: Any, reason: str) -> None:
    now = night()
    entries = chain(2, now)
    publish(*entries)
    functions.run("anchor_heads", now)
    subject, changed = entries[0].subject, tampered(entries)
    found = proofs.find(subject, kept(changed))
    assert found
    assert found.reason == reason
    # Nor does it help to bring the false entries by the stream, as an insider would.
    publish(*rewritten(entries))
    functions.run("anchor_heads", now + timedelta(days=1))
    found = proofs.find(subject, kept(rewritten(entries)))
    assert found == Finding(2, "rewritten")
    # Nor to take away what the table says of anchors: the bucket is asked.
    date = now.date().isoformat()
    assert list(proofs.check_day(date, lambda _subject: kept(changed))) == [(subject, found)] or (
        reason != "rewritten"
    )
    assert list(proofs.check_day(date, lambda _subject: kept(entries))) == []
    assert [one for one, _ in proofs.check_day(date, lambda _subject: None)] == [subject]


def test_a_day_whose_leaves_do_not_make_its_root_is_refused() -> None:
    with pytest.raises(ValueError, match="no genuine root"):
        list(proofs.check_day("2020-01-01", lambda _subject: None))
    now = night()
    functions.run("anchor_heads", now)
    date = now.date().isoformat()
    leaf = Leaf(new_id(8), 1, "00")
    aws.client("s3").put_object(
        Bucket=SETTINGS.anchor_bucket,
        Key=f"{bucket.PREFIX}{bucket.segment_name(date, 0)}",
        Body=leaf.data,
    )
    with pytest.raises(ValueError, match="do not make its root"):
        list(proofs.check_day(date, lambda _subject: None))


def test_many_ends_are_one_tree() -> None:
    now = night()
    chains = [chain(1, now)[0] for _ in range(60)]
    for at in range(0, 60, 30):
        publish(*chains[at : at + 30])
    functions.run("anchor_heads", now)
    leaves = anchoring.leaves_of(now.date().isoformat())
    assert {leaf.subject for leaf in leaves} == {one.subject for one in chains}
    tree = merkle.tree([merkle.leaf_hash(leaf.data) for leaf in leaves])
    found = proofs.newest_of(chains[7].subject)
    assert found
    assert found.anchor.statement.root == tree.root.hex()
    assert len({storage.load_inclusions(one.subject)[0].index for one in chains}) == 60


def test_the_roots_are_published_to_everyone_page_by_page(client: ApiClient) -> None:
    now = night()
    for days in range(3):
        functions.run("anchor_heads", now + timedelta(days=days))
    first = client.get("/v1/anchors?limit=2").json()
    dates = [(now + timedelta(days=days)).date().isoformat() for days in (2, 1, 0)]
    assert [one["date"] for one in first["items"]] == dates[:2]
    assert [key["kid"] for key in first["keys"]] == [first["items"][0]["key_id"]]
    second = client.get(f"/v1/anchors?limit=1&cursor={first['next_cursor']}").json()
    assert [one["date"] for one in second["items"]] == dates[2:]
    assert client.get("/v1/anchors?cursor=nothing").status == 400
    assert client.get("/v1/anchors?limit=0").status == 400
