"""Services and halls for tests of rules."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from chalicelib.catalogue.domain import Office, Service, parse_service
from chalicelib.core.i18n import Text


def service(
    materials: Sequence[tuple[str, bool] | Mapping[str, object]] = (), **more: object
) -> Service:
    """Return a service that asks for these materials: ids and whether they must be, or JSON."""
    data = {
        "id": "x",
        "name": {"zh-CN": "某事", "en": "Something"},
        "category": "identity",
        "department": {"id": "public-security", "name": {"zh-CN": "公安", "en": "Police"}},
        "promised_working_days": 5,
        "trips": 0,
        "online_depth": 4,
        "deliverable": True,
        "materials": [
            {"id": one[0], "name": {"zh-CN": "材料", "en": "Paper"}, "required": one[1]}
            if isinstance(one, tuple)
            else one
            for one in materials
        ],
        **more,
    }
    return parse_service(data)


def guide(**changes: Any) -> dict[str, Any]:
    """Return what a guide says beside papers, fee and limits, as JSON."""
    words = {"zh-CN": "文", "en": "text"}
    return {
        "updated_on": "2026-12-01",
        "audience": words,
        "conditions": [words],
        "legal_basis": [{"law": words, "article": 9}, {"law": words, "article": None}],
        "outcome": {"name": words, "sample": [{"name": words, "value": words}]},
        "faq": [{"question": words, "answer": words}],
        "contact_phone": "0574-12345",
        "supervision_phone": "+8612345",
        **changes,
    }


def office(**changes: Any) -> Office:
    """Return a hall that is open from nine to five on working days, and Saturdays until noon."""
    about: dict[str, Any] = {
        "office_id": "hall-330200",
        "name": Text("某大厅", "A hall"),
        "division": Text("某区", "A district"),
        "division_code": "330200",
        "latitude": 29.87,
        "longitude": 121.55,
        "counters": {"identity": 3, "family": 1},
        "weekdays": ((time(9), time(17)),),
        "saturday": ((time(9), time(12)),),
    }
    return Office(**{**about, **changes})
