"""Months, files, the catalogue as DCAT, and performance, each as an independent reader sees it."""

import csv
import io
import json
import re
import subprocess
import sys
import warnings
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
from rdflib import DCAT, DCTERMS, RDF, Graph, Literal, URIRef

from chalicelib.core.statistics import Row
from chalicelib.opendata.domain import dcat, files, months
from chalicelib.opendata.domain.datasets import DATASETS, LICENSE, MEDIA_TYPES, Format
from chalicelib.opendata.domain.performance import Scope, mean_of, of_months, share_of

NOW: Final = datetime.fromisoformat("2027-03-02T02:30:00+08:00")
URL: Final = "https://onetrip.example"
ROW: Final[Row] = {
    "office_id": "hall-1",
    "name_zh": '=HYPERLINK("https://evil.example","大厅")',
    "name_en": 'One, two\r\nand "three"',
    "division_code": "330203",
    "latitude": 29.87,
    "longitude": 121.55,
}


def written(format_: Format, row: Row = ROW) -> str:
    return files.WRITERS[format_](DATASETS["offices"], [row], {"hall-1": (121.55, 29.87)}, NOW)


@pytest.mark.parametrize(
    ("now", "last", "count"),
    [
        ("2027-03-01T23:59:59+08:00", "2027-01", 24),
        ("2027-03-02T00:00:00+08:00", "2027-02", 24),
        ("2027-03-31T12:00:00+08:00", "2027-02", 24),
        ("2027-03-01T16:00:00+00:00", "2027-02", 24),
        ("2027-01-02T00:00:00+08:00", "2026-12", 1),
    ],
)
def test_a_month_is_complete_a_day_after_its_end(now: str, last: str, count: int) -> None:
    found = months.complete(datetime.fromisoformat(now), count)
    assert found[-1] == last
    assert len(found) == count
    assert found == sorted(set(found))


def test_days_of_months_and_of_those_in_a_row() -> None:
    assert months.days_of("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))
    assert [*months.runs(["2026-11", "2026-12", "2027-02"])] == [
        (date(2026, 11, 1), date(2026, 12, 31)),
        (date(2027, 2, 1), date(2027, 2, 28)),
    ]
    assert [*months.runs([])] == []


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2027-03-02T02:29:59+08:00", "2027-03-01T02:30:00+08:00"),
        ("2027-03-02T02:30:00+08:00", "2027-03-02T02:30:00+08:00"),
        ("2027-03-01T18:30:00+00:00", "2027-03-02T02:30:00+08:00"),
    ],
)
def test_a_night_is_due_at_half_past_two_in_the_halls(now: str, night: str) -> None:
    assert months.last_night(datetime.fromisoformat(now)) == datetime.fromisoformat(night)


def test_csv_is_read_as_it_was_written_and_runs_nothing() -> None:
    text = written("csv")
    assert text.startswith("office_id,name_zh,")
    assert text.endswith("\r\n")
    [row] = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    assert row["name_en"] == ROW["name_en"]
    assert row["name_zh"] == f"'{ROW['name_zh']}"
    assert float(row["latitude"]) == ROW["latitude"]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_a_formula(first: str) -> None:
    text = written("csv", {**ROW, "name_zh": f"{first}1"})
    [row] = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    assert row["name_zh"].startswith("'")


def test_the_reporters_ten_lines_in_the_docs_make_a_chart(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs/open-data.md").read_text()
    [code] = re.findall("```python\n(.*?)```", text, re.DOTALL)
    assert len([line for line in code.splitlines() if line]) == 10
    figures = {"in_law": 20, "in_promise": 20, "online": None, "decided": 20}
    where = {"office_id": "hall-1", "service_id": "x"}
    rows: list[Row] = [
        {**where, **figures, "month": month, "mean_days": days}
        for month, days in (("2027-01", 4.0), ("2027-02", 2.0), ("2027-02", 3.0))
    ]
    file = tmp_path / "data.csv"
    file.write_text(files.as_csv(DATASETS["case-times"], rows, {}, NOW), newline="")
    url = "http://127.0.0.1:8000/v1/datasets/case-times/data?format=csv"
    assert url in code
    lines = code.replace(url, file.as_uri())
    subprocess.run([sys.executable, "-c", lines], cwd=tmp_path, check=True, timeout=60)
    drawn = ET.parse(tmp_path / "days.svg").getroot()
    assert [one.text for one in drawn if one.tag.endswith("text")] == [
        "2027-01: 4.0 days",
        "2027-02: 2.5 days",
    ]
    paths = [one.get("d") for one in drawn if one.tag.endswith("path")]
    assert paths == ["M170 8h80v14H170z", "M170 28h50v14H170z"]


def test_json_names_its_columns() -> None:
    whole = json.loads(written("json"))
    assert whole["dataset_id"] == "offices"
    assert whole["modified"] == "2027-03-02T02:30:00+08:00"
    assert whole["items"] == [dict(ROW)]
    assert whole["columns"] == list(ROW)


def test_geojson_is_features_at_longitude_and_latitude() -> None:
    whole = json.loads(written("geojson"))
    assert whole["type"] == "FeatureCollection"
    [feature] = whole["features"]
    # RFC 7946, 3.1.1: longitude comes first.
    assert feature["geometry"] == {"type": "Point", "coordinates": [121.55, 29.87]}
    assert feature["properties"] == dict(ROW)
    [nowhere] = json.loads(written("geojson", {**ROW, "office_id": "other"}))["features"]
    assert nowhere["geometry"] is None


def read(linked: dict[str, Any]) -> Graph:
    """Return JSON-LD as another's reader understands it."""
    with warnings.catch_warnings():
        # Its reader uses what it has deprecated itself.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Graph().parse(data=json.dumps(linked), format="json-ld")


def test_the_catalogue_is_read_as_dcat() -> None:
    graph = read(dcat.catalogue(DATASETS.values(), {"services": NOW.isoformat()}, URL))
    catalog = URIRef(f"{URL}/v1/datasets")
    assert (catalog, RDF.type, DCAT.Catalog) in graph
    found = set(graph.objects(catalog, DCAT.dataset))
    assert found == {URIRef(f"{URL}/v1/datasets/{one}") for one in DATASETS}
    for one in found:
        assert (one, RDF.type, DCAT.Dataset) in graph
        assert {t.language for t in graph.objects(one, DCTERMS.title)} == {"zh-CN", "en"}  # type: ignore[attr-defined]
        assert (one, DCTERMS.license, URIRef(LICENSE)) in graph
        files_of = list(graph.objects(one, DCAT.distribution))
        assert len(files_of) == len(MEDIA_TYPES)
        for file in files_of:
            assert str(graph.value(file, DCAT.downloadURL)).startswith(f"{one}/data?format=")
    services = URIRef(f"{URL}/v1/datasets/services")
    moment = graph.value(services, DCTERMS.modified)
    assert isinstance(moment, Literal)
    assert moment.toPython() == NOW
    assert graph.value(URIRef(f"{URL}/v1/datasets/trips"), DCTERMS.modified) is None


def test_one_data_set_is_read_as_dcat() -> None:
    graph = read(dcat.dataset(DATASETS["trips"], None, URL))
    assert [*graph.subjects(RDF.type, DCAT.Dataset)] == [URIRef(f"{URL}/v1/datasets/trips")]


def a_month(**changes: Any) -> dict[str, list[Row]]:
    case: Row = {
        "office_id": "a", "item": "x", "decided": 100, "in_law": 90, "in_promise": 80,
        "online": None, "online_hidden": "most", "mean_days": 2.0,
    }  # fmt: skip
    other: Row = {**case, "office_id": "b", "item": "y", "decided": 300, "mean_days": 4.0}
    complaint: Row = {"office_id": "a", "item": "complaint", "answered": 20, "in_time": 15}
    praise: Row = {**complaint, "item": "praise", "in_time": 20}
    wait: Row = {"office_id": "a", "item": "identity", "served": 50, "waiting_minutes": 7.0}
    return {
        "case-times": [case, other],
        "enquiries": [complaint, praise],
        "ratings": [{"office_id": "a", "item": "x", "ratings": 10, "mean_score": 4.5}],
        "trips": [{"office_id": "a", "item": "x", "answers": 5, "trips_made": 0.8}],
        "waits": [wait, {**wait, "item": "family", "waiting_minutes": 9.0}],
        **changes,
    }


def test_performance_is_of_the_rows_that_are_asked_for() -> None:
    month = a_month()
    everything = of_months([month, month], Scope(), {})
    assert (everything.decided, everything.mean_days) == (800, 3.5)
    assert (everything.share_in_time, everything.ahead_of_promise) == (0.45, 0.4)
    assert (everything.waiting_minutes, everything.complaints_in_time) == (8.0, 0.75)
    hall = of_months([month], Scope("a"), {})
    assert (hall.decided, hall.share_in_time, hall.share_online) == (100, 0.9, 0.97)
    assert (hall.trips_made, hall.satisfaction) == (0.8, 4.5)
    service = of_months([month], Scope(None, "y", "family"), {})
    assert (service.decided, service.satisfaction) == (300, None)
    assert (service.waiting_minutes, service.complaints_in_time) == (9.0, None)
    nothing = of_months([month], Scope("c"), {})
    assert (nothing.decided, nothing.share_in_time, nothing.mean_days) == (None, None, None)
    assert of_months([{}], Scope(), {}).decided is None


def test_what_was_promised_is_told_beside_what_was_counted() -> None:
    rows = [("x", 10, 0.5), ("y", 30, 1.5), ("other", 60, 2.0)]
    counted: list[Row] = [
        {"office_id": "a", "item": item, "cases": cases, "trips_counted": mean}
        for item, cases, mean in rows
    ]
    promised = {"x": 0, "y": 1, "z": 9}
    all_of_it = of_months([{"trips-counted": counted}], Scope(), promised)
    # Of what was pooled nobody may tell what was promised.
    assert (all_of_it.trips_promised, all_of_it.trips_counted) == (0.8, 1.7)
    one = of_months([{"trips-counted": counted}], Scope("a", "x"), promised)
    assert (one.trips_promised, one.trips_counted, one.trips_made) == (0.0, 0.5, None)
    assert of_months([{}], Scope(), promised).trips_promised is None


def test_what_is_not_told_is_left_out_of_means_and_shares() -> None:
    rows: list[Row] = [
        {"n": 10, "k": 5, "m": 2.0},
        {"n": 30, "k": None, "m": None},
        {"n": None, "k": None, "m": 9.0},
    ]
    assert share_of(rows, "k", "n") == 0.5
    assert mean_of(rows, "m", "n") == 2.0
    assert share_of([], "k", "n") is None
    assert mean_of([], "m", "n") is None


def test_a_line_is_of_the_last_thing_that_a_data_set_tells_apart() -> None:
    several = [one for one in DATASETS.values() if len(one.keys) > 1]
    assert several
    for dataset in several:
        *_, last = dataset.keys
        assert dataset.item == last
        assert dataset.columns[: len(dataset.keys)] == dataset.keys
