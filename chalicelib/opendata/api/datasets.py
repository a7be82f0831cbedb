"""The routes of data sets, for everyone and from every page."""

import json
from typing import Annotated, Final

from pydantic import Field

from chalicelib.core import auth, dependencies, negotiation
from chalicelib.core.errors import InvalidCursor, NotAcceptable
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response
from chalicelib.core.i18n import Lang
from chalicelib.core.pagination import Page
from chalicelib.core.routes import Routes
from chalicelib.core.settings import SETTINGS
from chalicelib.opendata.domain import dcat
from chalicelib.opendata.domain.datasets import (
    DATASETS,
    LICENSE,
    MEDIA_TYPES,
    PUBLISHER,
    Dataset,
    Format,
    Frequency,
)
from chalicelib.opendata.service import datasets

routes: Final = Routes("opendata")
_CACHED_SECONDS: Final = 60
_MEDIA: Final = ("application/json", dcat.MEDIA_TYPE)


class DatasetsQuery(QueryModel):
    """Which page of the data sets."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class DataQuery(QueryModel):
    """As what a data set is wanted."""

    format: Format = "json"


class ColumnView(BodyModel):
    """A column of a data set, and what it says."""

    name: str
    title: str


class DistributionView(BodyModel):
    """A file of a data set."""

    format: Format
    media_type: str
    url: str


class DatasetView(BodyModel):
    """A data set; `modified` is null until it is published for the first time."""

    dataset_id: str
    title: str
    description: str
    publisher: str
    license: str
    frequency: Frequency
    modified: str | None
    columns: list[ColumnView]
    distributions: list[DistributionView]


class DatasetList(BodyModel):
    """Data sets of one page."""

    items: list[DatasetView]
    next_cursor: str | None


class DataView(BodyModel):
    """The rows of a data set, each with all of its columns."""

    dataset_id: str
    modified: str
    columns: list[str]
    items: list[dict[str, str | int | float | None]]


@routes.get(
    "/v1/datasets",
    auth=auth.public,
    body=DatasetsQuery,
    response=DatasetList,
    media=_MEDIA,
    errors=[InvalidCursor, NotAcceptable],
    cacheable_seconds=_CACHED_SECONDS,
)
def list_datasets(request: Request[DatasetsQuery]) -> Response:
    """List the data sets; as DCAT in JSON-LD, all of them, by Accept."""
    modified = datasets.modified()
    if _wants_dcat(request):
        return _linked(dcat.catalogue(DATASETS.values(), modified, SETTINGS.public_url))
    asked = request.input
    page = dependencies.cursors().page(
        "datasets", asked.cursor, lambda position: _page(position, asked.limit)
    )
    items = [_view(one, modified, request.lang) for one in page.items]
    return Response(DatasetList(items=items, next_cursor=page.next_cursor))


@routes.get(
    "/v1/datasets/{dataset_id}",
    auth=auth.public,
    response=DatasetView,
    media=_MEDIA,
    errors=[NotAcceptable],
    cacheable_seconds=_CACHED_SECONDS,
)
def show_dataset(request: Request[QueryModel], dataset_id: str) -> Response:
    """Show a data set; as DCAT in JSON-LD by Accept."""
    dataset, modified = datasets.named(dataset_id), datasets.modified()
    if _wants_dcat(request):
        return _linked(dcat.dataset(dataset, modified.get(dataset_id), SETTINGS.public_url))
    return Response(_view(dataset, modified, request.lang))


@routes.get(
    "/v1/datasets/{dataset_id}/data",
    auth=auth.public,
    body=DataQuery,
    response=DataView,
    media=tuple(MEDIA_TYPES.values()),
    cacheable_seconds=_CACHED_SECONDS,
)
def show_data(request: Request[DataQuery], dataset_id: str) -> Response:
    """Return a data set as JSON, CSV (RFC 4180) or GeoJSON (RFC 7946)."""
    format_ = request.input.format
    text = datasets.data(datasets.named(dataset_id), format_)
    # GeoJSON has no parameter: it is UTF-8 (RFC 7946, 11).
    charset = "; charset=utf-8; header=present" if format_ == "csv" else ""
    name = f'attachment; filename="{dataset_id}.{format_}"'
    headers = {"Content-Disposition": name} if format_ == "csv" else {}
    return Response(text, content_type=MEDIA_TYPES[format_] + charset, headers=headers)


def _page(position: str | None, limit: int) -> Page[Dataset]:
    known, begin = [*DATASETS.values()], int(position or 0)
    end = begin + limit
    return Page(tuple(known[begin:end]), str(end) if end < len(known) else None)


def _wants_dcat(request: Request[QueryModel]) -> bool:
    """Tell which of both is rather had; raises NotAcceptable."""
    media_type = negotiation.media_type(request.headers.get("accept"), _MEDIA)
    if media_type is None:
        raise NotAcceptable
    return media_type == dcat.MEDIA_TYPE


def _linked(graph: dict[str, object]) -> Response:
    return Response(json.dumps(graph, ensure_ascii=False), content_type=dcat.MEDIA_TYPE)


def _view(one: Dataset, modified: dict[str, str], lang: Lang) -> DatasetView:
    at = f"{SETTINGS.public_url}/v1/datasets/{one.dataset_id}/data?format="
    return DatasetView(
        dataset_id=one.dataset_id,
        title=one.title.in_language(lang),
        description=one.description.in_language(lang),
        publisher=PUBLISHER.in_language(lang),
        license=LICENSE,
        frequency=one.frequency,
        modified=modified.get(one.dataset_id),
        columns=[
            ColumnView(name=name, title=title.in_language(lang))
            for name, title in one.titles.items()
        ],
        distributions=[
            DistributionView(format=name, media_type=media, url=at + name)
            for name, media in MEDIA_TYPES.items()
        ],
    )
