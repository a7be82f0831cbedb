"""Publishes the catalogue of `data`, whole, as a new version."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from chalicelib.catalogue import storage
from chalicelib.catalogue.service import cache
from chalicelib.core.ids import derived_id

DATA: Final = Path(__file__).parents[1] / "data"


def publish_demonstration() -> None:
    """Publish the catalogue of `data`; the timetables that halls' staff have changed stay."""
    text = (DATA / "catalogue.json").read_text()
    data: dict[str, Any] = json.loads(text)
    services = [completed_service(service, data) for service in data["services"]]
    of_every = {"hours": data["opening_hours"], "release": data["release"]}
    offices = [{**office, **of_every} for office in data["offices"]]
    version = derived_id(text, json.dumps(services), length=12)
    if storage.current_base() != version:
        storage.publish(version, services, _with_timetables(offices))
    cache.forget()


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


def _with_timetables(offices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    current = storage.current_version()
    known = {office["id"]: office for office in storage.load(current)[1]} if current else {}
    changed = {one: known[one] for one in known if storage.load_entries(one)}
    return [{**office, **_timetable(changed.get(office["id"], {}))} for office in offices]


def _timetable(office: Mapping[str, Any]) -> dict[str, Any]:
    return {name: office[name] for name in ("hours", "counters", "closures") if name in office}


def _form(service_id: str) -> dict[str, Any]:
    text = (DATA / "forms" / f"{service_id}.json").read_text()
    form: dict[str, Any] = json.loads(text)
    return form
