"""Publishes the catalogue of `data`, whole, as a new version.

What a city's desk has published of a service stays, as do the halls' timetables; where that does
not fit what `data` has of the service now, the service stays as it was, and the log tells so. A
process that stops in the middle has published nothing, and the next start does.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from chalicelib.catalogue import storage
from chalicelib.catalogue.domain import parse_service
from chalicelib.catalogue.domain.sections import (
    Data,
    as_of,
    is_of_desk,
    moments,
    sections_of,
    with_sections,
)
from chalicelib.catalogue.service import cache
from chalicelib.core.changes import until_stored
from chalicelib.core.ids import derived_id

_LOG: Final = logging.getLogger("onetrip.catalogue")
_NAME_LENGTH: Final = 12
_TIMETABLE: Final = ("hours", "counters", "closures", "taken_back")
_FACTS: Final = ("address", "phone", "arrival", "latitude", "longitude", "is_of_desk")
DATA: Final = Path(__file__).parents[1] / "data"


def publish_demonstration() -> None:
    """Publish the catalogue of `data`; what the desk and halls' staff have changed stays."""
    text = (DATA / "catalogue.json").read_text()
    data: dict[str, Any] = json.loads(text)
    services = [completed_service(service, data) for service in data["services"]]
    of_every = {
        "hours": data["opening_hours"],
        "release": data["release"],
        "slot_minutes": data["slot_minutes"],
    }
    offices = [{**office, **of_every} for office in data["offices"]]
    base = derived_id(text, json.dumps(services), length=_NAME_LENGTH)
    until_stored(lambda: _published(base, services, offices) or None)
    cache.forget()


def _published(base: str, services: Sequence[Data], offices: Sequence[Data]) -> bool:
    """Publish unless it is published; False when another was faster."""
    if storage.current_base() == base:
        return True
    old = storage.current_version()
    was_services, was_offices = storage.load(old) if old else ([], [])
    kept_services = with_desk(services, was_services)
    kept_offices = _with_timetables(offices, was_offices)
    changed = [old, kept_services, kept_offices]
    # Two that publish the first one write the same under one name.
    name = derived_id(base, json.dumps(changed), length=_NAME_LENGTH) if old else base
    return storage.publish(old, name, kept_services, kept_offices, base)


def with_desk(services: Sequence[Data], before: Sequence[Data]) -> list[Data]:
    """Return services with what the desk has published of them, now and for later."""
    of_desk = {one["id"]: one for one in before if is_of_desk(one)}
    return [_of_desk(one, of_desk[one["id"]]) if one["id"] in of_desk else one for one in services]


def _of_desk(service: Data, before: Data) -> Data:
    guide = before.get("guide")
    day = guide["updated_on"] if guide else ""
    kept = {name: before[name] for name in ("version", "scheduled") if name in before}
    merged = {**with_sections(service, sections_of(before), day), **kept}
    try:
        for moment in (None, *moments([merged])):
            parse_service(as_of(merged, moment))
    except ValueError as error:
        extra = {"service_id": service["id"], "reason": str(error)}
        _LOG.warning("service_kept_as_it_was", extra=extra)
        return before
    return merged


def completed_service(service: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a service with its department, its form, its life events and the rest of its guide.

    It and its papers have what people call them.
    """
    called: Mapping[str, list[str]] = data["also_called"]

    def named(thing: Mapping[str, Any]) -> dict[str, Any]:
        return {**thing, "also_called": called.get(thing["id"], [])}

    departments = {one["id"]: one for one in data["departments"]}

    def decided(thing: Mapping[str, Any]) -> dict[str, Any]:
        return {**thing, "department": departments[thing["department"]]}

    told = guides()
    papers = [
        {**named(paper), "facts": told["papers"].get(paper["id"])} for paper in service["materials"]
    ]
    events = data["life_events"].get(service["id"], [])
    form = _form(service["id"])
    return {
        **decided(named(service)),
        "parts": [decided(part) for part in service.get("parts", ())],
        "materials": papers,
        "form": form,
        "life_events": events,
        "guide": _guide(service, told),
    }


def guides() -> dict[str, Any]:
    """Return what guides say beside papers, fee and limits, by service and by paper."""
    told: dict[str, Any] = json.loads((DATA / "guides.json").read_text())
    return told


def _guide(service: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any] | None:
    known = told["services"].get(service["id"])
    if known is None:
        return None
    phones = {
        "contact_phone": told["phones"][service["department"]],
        "supervision_phone": told["supervision_phone"],
    }
    return {**known, **phones}


def _with_timetables(offices: Sequence[Data], before: Sequence[Data]) -> list[Data]:
    known = {office["id"]: office for office in before}
    changed = {one: known[one] for one in known if storage.load_entries(one)}
    return [{**office, **_timetable(changed.get(office["id"], {}))} for office in offices]


def _timetable(office: Mapping[str, Any]) -> dict[str, Any]:
    kept = [*_TIMETABLE, *(_FACTS if office.get("is_of_desk") else ())]
    return {name: office[name] for name in kept if name in office}


def _form(service_id: str) -> dict[str, Any]:
    text = (DATA / "forms" / f"{service_id}.json").read_text()
    form: dict[str, Any] = json.loads(text)
    return form
