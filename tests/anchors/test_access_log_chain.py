"""Looks of staff at personal data are chained as they come, and a look taken away is missed."""

from typing import Any

import pytest

from chalicelib.anchors.service import access_log_chain, proofs
from chalicelib.core import audit, tables
from chalicelib.core.history import Finding
from chalicelib.core.ids import new_id
from chalicelib.identity.service.access_log import record_access
from chalicelib.identity.service.access_log_checks import find_changed
from chalicelib.identity.storage._records import TABLE, AccessRecord
from infra.local import resources
from infra.local.engine import Engine
from tests.anchors.world import night, publish
from tests.support import functions
from tests.support.faults import Outage, crashes, outage


@pytest.fixture(autouse=True)
def bus(engine: Engine) -> None:
    resources.create()


def looked_at(number: int) -> tuple[str, list[dict[str, Any]]]:
    """Record so many looks at a citizen; return who it is, and what the stream brings."""
    who, now = new_id(8), night()
    for at in range(number):
        record_access(who, "anna", "case", f"case:{at}", now, department_id="tax" if at else None)
    asked = {
        "TableName": TABLE.name,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": f"C#{who}"}},
    }
    database: Any = tables.client()
    return who, [_record(image, at) for at, image in enumerate(database.query(**asked)["Items"])]


def _record(image: dict[str, Any], at: int) -> dict[str, Any]:
    keys = {name: image[name] for name in ("pk", "sk")}
    about = {"Keys": keys, "NewImage": image, "SequenceNumber": f"{at + 1:05}"}
    return {"eventName": "INSERT", "dynamodb": about}


def bring(records: list[dict[str, Any]]) -> Any:
    return functions.call("publish_events", {"Records": records})


def chain_of(who: str) -> audit.SubjectHistory:
    kept = audit.find(f"looks:{who}")
    assert kept
    return kept


def test_looks_are_chained_once_and_anchored_like_any_history() -> None:
    who, records = looked_at(3)
    assert audit.find(f"looks:{who}") is None
    assert bring(records[:2]) == {"batchItemFailures": []}
    assert bring(records) == {"batchItemFailures": []}
    kept, subject = chain_of(who), f"looks:{who}"
    assert [one.seq for one in kept.entries] == [1, 2, 3]
    assert audit.verify(subject, kept) is None
    publish(*kept.entries)
    functions.run("anchor_heads", night())
    assert proofs.newest_of(subject)
    assert audit.verify_anchored(subject, kept) is None


@pytest.mark.parametrize(("taken", "reason"), [(True, "left_out"), (False, "altered")])
def test_a_look_that_was_changed_or_taken_away_is_found(taken: bool, reason: Any) -> None:
    who, records = looked_at(2)
    bring(records)
    kept, subject = chain_of(who), f"looks:{who}"
    assert find_changed(subject, kept) is None
    assert find_changed(who, kept) is None
    record = AccessRecord.get(f"C#{who}", records[1]["dynamodb"]["Keys"]["sk"]["S"])
    if taken:
        record.delete()
    else:
        record.update([AccessRecord.what.set("nothing")])
    assert audit.verify_anchored(subject, kept) == Finding(2, reason)


def test_a_run_that_stops_and_one_that_comes_again_chain_a_look_once() -> None:
    who, records = looked_at(1)
    image = records[0]["dynamodb"]["NewImage"]
    facts = {name: image[name]["S"] for name in ("at", "staff_id", "reason", "what")}
    for _ in crashes(
        lambda: access_log_chain.chain(who, image["sk"]["S"].removeprefix("X#"), facts)
    ):
        pass
    assert len(chain_of(who).entries) == 1
    assert find_changed(f"looks:{who}", chain_of(who)) is None
    with outage(Outage.THROTTLES):
        assert bring(records) == {"batchItemFailures": [{"itemIdentifier": "00001"}]}


def test_a_look_that_cannot_be_read_keeps_no_other() -> None:
    who, records = looked_at(2)
    del records[0]["dynamodb"]["NewImage"]["staff_id"]
    assert bring(records) == {"batchItemFailures": []}
    assert len(chain_of(who).entries) == 1
