"""Two cities on two engines, and the directory in front that says where each of them is."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra import cells
from tests.deployed.conftest import Deployed, told
from tests.deployed.http_client import HttpClient
from tests.deployed.world import book, citizen, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def directory(deployed: Deployed, second_cell: Deployed, tmp_path_factory: Any) -> dict[str, str]:
    """The address of each city, as a phone learns it from the file that was published."""
    folder: Path = tmp_path_factory.mktemp("directory")
    pem, listed, signed = (folder / name for name in ("cells.pem", "cells.json", "cells.jws"))
    cities = [
        {"city": "330100", "name": "杭州市", "name_en": "Hangzhou", "api": deployed.address},
        {"city": "330200", "name": "宁波市", "name_en": "Ningbo", "api": second_cell.address},
    ]
    listed.write_text(json.dumps(cities))
    known = cells.make_key(pem)
    command = ("sign", str(listed), "--key", str(pem), "--out", str(signed))
    deployed.ops(*command, module="infra.cells")
    deployed.ops("publish", deployed.stage, str(signed), module="infra.cells")
    bucket = deployed.outputs[f"onetrip-{deployed.stage}-pages.Bucket"]
    served = deployed.cloud.client("s3").get_object(Bucket=bucket, Key=cells.FILE)
    assert served["CacheControl"] == "public, max-age=300"
    found = cells.verify(served["Body"].read().decode(), [known], datetime.now(UTC))
    return {one["city"]: one["api"] for one in found["cells"]}


def exported(cell: Deployed) -> list[dict[str, Any]]:
    """Return the lines that a cell wrote for the province."""
    s3 = cell.cloud.client("s3")
    bucket = cell.outputs[f"onetrip-{cell.stage}-data.ExportsBucket"]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    texts = [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_each_city_serves_its_own_and_knows_nobody_of_the_other(
    deployed: Deployed, second_cell: Deployed, directory: dict[str, str]
) -> None:
    north, south = (HttpClient(directory[city]) for city in ("330100", "330200"))
    people = {north: citizen(north), south: citizen(south)}
    booked = {api: book(api, me)["appointment_id"] for api, me in people.items()}
    for api, other in ((north, south), (south, north)):
        path = f"/v1/appointments/{booked[api]}"
        assert told(api.get(path, token=people[api]), 200)["status"] == "booked"
        # A log-in is good in its own city alone.
        assert told(other.get(path, token=people[api]), 401)["code"] == "unauthenticated"
        told(other.get(path, token=people[other]), 404)
    for cell, mine, theirs in (
        (deployed, booked[north], booked[south]),
        (second_cell, booked[south], booked[north]),
    ):
        lines = until(partial(about, cell, mine))
        assert [one["type"] for one in lines] == ["appointment.booked"]
        assert about(cell, theirs) == []


def about(cell: Deployed, subject: str) -> list[dict[str, Any]]:
    """Return what a cell wrote of one thing, once each."""
    lines = {one["event_id"]: one for one in exported(cell)}
    return [one for one in lines.values() if one["data"]["subject_id"] == subject]


def test_what_goes_out_names_nobody(deployed: Deployed, directory: dict[str, str]) -> None:
    text = json.dumps(exported(deployed), ensure_ascii=False)
    assert "王" not in text
    assert "citizen:" not in text
