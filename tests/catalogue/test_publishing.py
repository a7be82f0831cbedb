"""A city adds a service: its entry and its form, published while halls have their own hours."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.catalogue import service, storage
from chalicelib.catalogue.service import publishing, timetable
from tests.support.cases import lodge, verified
from tests.support.client import ApiClient
from tests.support.clock import TestClock

HALL = "hall-330282"
NOW = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
GUIDE = Path(__file__).parents[2] / "docs" / "catalogue.md"


def written(start: str) -> dict[str, Any]:
    """Return the JSON of the guide's example that begins with these words."""
    blocks = GUIDE.read_text().split("```json\n")[1:]
    found: dict[str, Any] = next(
        data for block in blocks if start in (data := json.loads(block.partition("```")[0]))
    )
    return found


@pytest.fixture
def data(client: ApiClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of catalogue data to be changed; the demonstration's is published again after."""
    folder = tmp_path / "data"
    shutil.copytree(publishing.DATA, folder)
    hours = json.loads((folder / "catalogue.json").read_text())["opening_hours"]
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "DATA", folder)
        yield folder
    office = service.office(HALL)
    change = timetable.with_hours(hours["weekdays"], hours["saturday"], office.counters)
    timetable.change_hours(HALL, change, None, "staff:test", NOW)
    publishing.publish_demonstration()


def test_a_service_written_as_the_guide_says_is_found_and_lodged(
    client: ApiClient, clock: TestClock, data: Path
) -> None:
    clock.set(NOW)
    office = service.office(HALL)
    evening = [["09:00", "12:00"], ["13:30", "20:00"]]
    change = timetable.with_hours(evening, [], office.counters)
    timetable.change_hours(HALL, change, None, "staff:test", NOW)
    catalogue = json.loads((data / "catalogue.json").read_text())
    new = written("promised_working_days")
    catalogue["services"].append(new)
    (data / "catalogue.json").write_text(json.dumps(catalogue))
    (data / "forms" / f"{new['id']}.json").write_text(json.dumps(written("$schema")))
    publishing.publish_demonstration()
    guide = client.get(f"/v1/services/{new['id']}", headers={"accept-language": "en"}).json()
    assert guide["form_schema"]["title"] == "Registration of a dog"
    kept = client.get(f"/v1/offices/{HALL}").json()["opening_hours"]
    assert kept == {"weekdays": evening, "saturday": []}
    made = lodge(client, verified(client), service=new["id"])
    assert made.status == 201, made.body
    assert made.json()["form"] == {"breed": "small"}


@pytest.mark.parametrize("lost", ["answer", "race"])
def test_a_timetable_is_changed_once_when_its_write_is_lost(
    client: ApiClient, data: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    before, publish, calls = timetable.version_of(HALL), storage.publish_change, []

    def loses_the_first(*args: Any) -> bool:
        calls.append(args)
        first = len(calls) == 1
        stored = publish(*args) if lost == "answer" or not first else False
        return stored and not first

    monkeypatch.setattr(storage, "publish_change", loses_the_first)
    change = timetable.with_hours([["08:00", "12:00"]], [], {})
    office = timetable.change_hours(HALL, change, before, "staff:test", NOW)
    assert f"{office.weekdays[0][0]:%H:%M}" == "08:00"
    assert timetable.version_of(HALL) == before + 1
