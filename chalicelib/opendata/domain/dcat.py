"""The catalogue of data sets in DCAT 3 (W3C), by the profile DCAT-AP 3, as JSON-LD 1.1."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chalicelib.core.i18n import Text
from chalicelib.opendata.domain.datasets import (
    LICENSE,
    MEDIA_TYPES,
    PUBLISHER,
    Dataset,
    Frequency,
)

MEDIA_TYPE: Final = "application/ld+json"
_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# The EU Publications Office's list of frequencies and IANA's of media types, as DCAT-AP asks.
_FREQUENCIES: Final = "http://publications.europa.eu/resource/authority/frequency/"
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_OFTEN: Final[Mapping[Frequency, str]] = {
    "five_minutes": "UPDATE_CONT",
    "daily": "DAILY",
    "monthly": "MONTHLY",
}
_TITLE: Final = Text("政务服务开放数据", "Open data of government services")


def catalogue(datasets: Iterable[Dataset], modified: Mapping[str, str], url: str) -> dict[str, Any]:
    """Return the catalogue of the data sets at `url`, each with when it last changed, if known."""
    return {
        "@context": _CONTEXT,
        "@id": f"{url}/v1/datasets",
        "@type": "dcat:Catalog",
        "dct:title": _in_both(_TITLE),
        "dct:description": _in_both(_TITLE),
        "dct:publisher": _publisher(url),
        "dct:license": {"@id": LICENSE},
        "dcat:dataset": [_dataset(one, modified.get(one.dataset_id), url) for one in datasets],
    }


def dataset(one: Dataset, modified: str | None, url: str) -> dict[str, Any]:
    """Return one data set by itself."""
    return {"@context": _CONTEXT, **_dataset(one, modified, url)}


def _dataset(one: Dataset, modified: str | None, url: str) -> dict[str, Any]:
    at = f"{url}/v1/datasets/{one.dataset_id}"
    changed = {"dct:modified": {"@type": "xsd:dateTime", "@value": modified}} if modified else {}
    return {
        "@id": at,
        "@type": "dcat:Dataset",
        "dct:identifier": one.dataset_id,
        "dct:title": _in_both(one.title),
        "dct:description": _in_both(one.description),
        "dct:publisher": _publisher(url),
        "dct:license": {"@id": LICENSE},
        "dct:accrualPeriodicity": {"@id": _FREQUENCIES + _OFTEN[one.frequency]},
        **changed,
        "dcat:distribution": [
            {
                "@id": f"{at}/data?format={name}",
                "@type": "dcat:Distribution",
                "dct:title": f"{one.dataset_id}.{name}",
                "dct:license": {"@id": LICENSE},
                "dcat:accessURL": {"@id": f"{at}/data?format={name}"},
                "dcat:downloadURL": {"@id": f"{at}/data?format={name}"},
                "dcat:mediaType": {"@id": _IANA + media},
            }
            for name, media in MEDIA_TYPES.items()
        ],
    }


def _publisher(url: str) -> dict[str, Any]:
    return {"@id": f"{url}/", "@type": "foaf:Agent", "foaf:name": _in_both(PUBLISHER)}


def _in_both(text: Text) -> list[dict[str, str]]:
    return [{"@language": lang, "@value": text.in_language(lang)} for lang in ("zh-CN", "en")]
