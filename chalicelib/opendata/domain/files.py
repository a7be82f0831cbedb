"""Rows as files: JSON, CSV (RFC 4180) and GeoJSON (RFC 7946)."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from chalicelib.core.clock import rfc3339
from chalicelib.core.statistics import Row, csv_of
from chalicelib.opendata.domain.datasets import Dataset, Format

# (longitude, latitude) of a hall, in degrees (WGS 84).
Places = Mapping[str, tuple[float, float]]


def as_json(dataset: Dataset, rows: Iterable[Row], _: Places, now: datetime) -> str:
    """Write rows with the names of their columns."""
    whole = {
        "dataset_id": dataset.dataset_id,
        "modified": rfc3339(now),
        "columns": list(dataset.columns),
        "items": [{name: row[name] for name in dataset.columns} for row in rows],
    }
    return json.dumps(whole, ensure_ascii=False)


def as_csv(dataset: Dataset, rows: Iterable[Row], _: Places, __: datetime) -> str:
    """Write rows as CSV (RFC 4180) of which a spreadsheet runs nothing."""
    return csv_of(dataset.columns, rows)


def as_geojson(dataset: Dataset, rows: Iterable[Row], places: Places, _: datetime) -> str:
    """Write rows as features, each where its hall is; what is nowhere has no geometry."""
    features = [
        {
            "type": "Feature",
            "geometry": _point(places.get(str(row.get("office_id")))),
            "properties": {name: row[name] for name in dataset.columns},
        }
        for row in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


WRITERS: Mapping[Format, Callable[[Dataset, Iterable[Row], Places, datetime], str]] = {
    "json": as_json,
    "csv": as_csv,
    "geojson": as_geojson,
}


def _point(place: tuple[float, float] | None) -> dict[str, object] | None:
    return {"type": "Point", "coordinates": list(place)} if place else None
