"""The sections of a service that the catalogue's desk changes, and changes that are yet to come.

A section is changed whole. What was published for later stands with the service, under `scheduled`,
and is laid over it when its moment has come; every reader works that out by itself.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal, get_args

from chalicelib.core.ids import derived_id

Section = Literal["guide", "fee", "materials", "limits", "synonyms", "form"]
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)
# What the catalogue's JSON says: service, hall or section.
Data = Mapping[str, Any]
_REVISION_LENGTH: Final = 12
_OF_DESK: Final = ("scheduled", "version")
_WRITTEN_BY_HAND: Final = (
    "audience",
    "conditions",
    "legal_basis",
    "outcome",
    "faq",
    "contact_phone",
    "supervision_phone",
    "basic_code",
    "implementation_code",
)


def sections_of(service: Data) -> dict[str, Any]:
    """Return what the desk can change of a service, in the form in which it is edited."""
    guide, fee = service.get("guide"), service.get("fee") or {"cents": 0, "currency": "cny"}
    promised = service["promised_working_days"]
    limit = service.get("legal_time_limit") or {"value": promised, "unit": "working_days"}
    return {
        "guide": {name: guide.get(name) for name in _WRITTEN_BY_HAND} if guide else None,
        "fee": {**fee, "basis": fee.get("basis")},
        "materials": [_edited(one) for one in service["materials"]],
        "limits": {"legal_time_limit": limit, "promised_working_days": promised},
        "synonyms": list(service.get("also_called", ())),
        "form": service.get("form", {}),
    }


def with_sections(service: Data, sections: Data, day: str) -> dict[str, Any]:
    """Return a service with some sections in place of its own; a new guide is `updated_on` a day.

    What a paper has beside what is edited stays with its id.
    """
    changed: dict[str, Any] = dict(service)
    for name in ("fee", "form"):
        if name in sections:
            changed[name] = sections[name]
    if "guide" in sections:
        guide = sections["guide"]
        changed["guide"] = guide and {**guide, "updated_on": day}
    if "synonyms" in sections:
        changed["also_called"] = sections["synonyms"]
    if "limits" in sections:
        changed |= sections["limits"]
    if "materials" in sections:
        known = {one["id"]: one for one in service["materials"]}
        changed["materials"] = [
            {**known.get(one["material_id"], {}), **_stored(one)} for one in sections["materials"]
        ]
    return changed


def laid_over(known: Data, given: Data) -> dict[str, Any]:
    """Return sections as they are given; what is left out of guide, fee or limits stays."""
    filled = {}
    for name, section in given.items():
        whole = name == "form" or not isinstance(section, Mapping)
        filled[name] = section if whole else {**(known[name] or {}), **section}
    return filled


def moments(services: Iterable[Data]) -> list[datetime]:
    """Return when something that was published for later takes effect, the soonest first."""
    return sorted({_begins(one) for service in services for one in _scheduled(service)})


def as_of(service: Data, moment: datetime | None) -> dict[str, Any]:
    """Return a service as it is at a moment, with what is scheduled after it; None: before all."""
    now, later = dict(service), []
    for one in _scheduled(service):
        if moment is not None and _begins(one) <= moment:
            now = with_sections(now, one["sections"], one["day"])
        else:
            later.append(one)
    now.pop("scheduled", None)
    return {**now, "scheduled": later} if later else now


def published(service: Data, sections: Data, number: int, begins: datetime, now: datetime) -> Data:
    """Return a service with sections that hold from a moment on, as its version of a number.

    What held already at `now` is laid over it for good.
    """
    day = begins.date().isoformat()
    current = {**as_of(service, now), "version": number}
    if begins <= now:
        return with_sections(current, sections, day)
    one = {
        "version": number,
        "effective_from": begins.isoformat(),
        "day": day,
        "sections": sections,
    }
    # Of those that begin together the one that was published last holds.
    later = sorted([*_scheduled(current), one], key=_begins)
    return {**current, "scheduled": later}


def is_of_desk(service: Data) -> bool:
    """Tell whether the desk has published a version of a service."""
    return "version" in service


def version_of(service: Data) -> int:
    """Return the number of the last version that the desk published; 0 for none."""
    number: int = service.get("version", 0)
    return number


def state_of(service: Data) -> str:
    """Return a name of a service with all that is scheduled, another after each publication."""
    return derived_id(json.dumps(service, sort_keys=True), length=_REVISION_LENGTH)


def revision_of(service: Data) -> str:
    """Return a name of what a service is, whatever is scheduled; cases are lodged by it."""
    return state_of({name: service[name] for name in service if name not in _OF_DESK})


def _scheduled(service: Data) -> list[Data]:
    return list(service.get("scheduled", ()))


def _begins(scheduled: Data) -> datetime:
    return datetime.fromisoformat(scheduled["effective_from"])


def _edited(material: Data) -> dict[str, Any]:
    facts = material.get("facts") or {}
    return {
        "material_id": material["id"],
        "name": material["name"],
        "required": material["required"],
        "usual_pages": material.get("usual_pages", 1),
        "original": material.get("original", "none"),
        "certificate_types": list(material.get("certificate_types", ())),
        "register_id": material.get("register"),
        "issued_by": facts.get("issued_by"),
        "common_mistakes": facts.get("mistakes", []),
        "also_called": list(material.get("also_called", ())),
    }


def _stored(material: Data) -> dict[str, Any]:
    issued_by = material["issued_by"]
    facts = {"issued_by": issued_by, "mistakes": material["common_mistakes"]}
    return {
        "id": material["material_id"],
        "name": material["name"],
        "required": material["required"],
        "usual_pages": material["usual_pages"],
        "original": material["original"],
        "certificate_types": material["certificate_types"],
        "register": material["register_id"],
        "facts": facts if issued_by else None,
        "also_called": material["also_called"],
    }
