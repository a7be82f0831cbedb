"""The data sets as they are published, and what is reckoned of them: a file each."""

import json
from typing import Final

from chalicelib.core import parallel
from chalicelib.core.errors import NotFound
from chalicelib.opendata.domain.datasets import DATASETS, Dataset, Format
from chalicelib.opendata.domain.performance import Tables
from chalicelib.opendata.providers import bucket

INDEX_OF_LIVE: Final = "index/live.json"
INDEX_OF_NIGHT: Final = "index/night.json"
PERFORMANCE: Final = "performance.json"


def file_name(dataset_id: str, format_: Format) -> str:
    """Return where a data set's file is."""
    return f"data/{dataset_id}.{format_}"


def named(dataset_id: str) -> Dataset:
    """Return a data set; raises NotFound."""
    if dataset_id not in DATASETS:
        raise NotFound
    return DATASETS[dataset_id]


def data(dataset: Dataset, format_: Format) -> str:
    """Return a data set's file; raises NotFound before its first publication, or TryAgain."""
    text = bucket.read(file_name(dataset.dataset_id, format_))
    if text is None:
        raise NotFound
    return text


def modified() -> dict[str, str]:
    """Return when each data set that was published last changed (RFC 3339)."""
    live, night = parallel.map_concurrently(modified_of, [INDEX_OF_LIVE, INDEX_OF_NIGHT])
    at = {one: live if DATASETS[one].frequency == "five_minutes" else night for one in DATASETS}
    return {name: moment for name, moment in at.items() if moment}


def modified_of(index: str) -> str | None:
    """Return when what an index is of was published last; None where it never was."""
    text = bucket.read(index)
    return str(json.loads(text)["modified"]) if text else None


def months() -> dict[str, Tables]:
    """Return the tables of the months that were published; raises TryAgain."""
    tables: dict[str, Tables] = json.loads(bucket.read(PERFORMANCE) or "{}")
    return tables
