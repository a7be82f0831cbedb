"""Services for tests of rules."""

from collections.abc import Sequence

from chalicelib.catalogue.domain import Service, parse_service


def service(materials: Sequence[tuple[str, bool]] = (), **more: object) -> Service:
    """Return a service that asks for these materials, each by its id and whether it must be."""
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
            {"id": name, "name": {"zh-CN": "材料", "en": "Paper"}, "required": required}
            for name, required in materials
        ],
        **more,
    }
    return parse_service(data)
