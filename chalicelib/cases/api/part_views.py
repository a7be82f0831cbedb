"""How departments' parts of a case look from outside."""

from datetime import datetime
from typing import Any

from chalicelib.cases.domain import Case, CasePart, PartStatus
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Part
from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel
from chalicelib.core.i18n import Lang


class CasePartView(BodyModel):
    """What one department decides of the case; it has no promise before it opens."""

    part_id: str
    department_id: str
    department: str
    name: str
    status: PartStatus
    promised_at: str | None
    decided_at: str | None


class HandledPart(CasePartView):
    """A part as staff see it, with who works on it, and whether its department is late with it."""

    claimed_by: str | None
    overdue: bool


def part_views(case: Case, lang: Lang) -> list[CasePartView]:
    """Present the parts of a case, in the order of the guide."""
    return [CasePartView(**_fields(part, rule, lang)) for part, rule in _in_order(case)]


def handled_parts(case: Case, lang: Lang, now: datetime) -> list[HandledPart]:
    """Present the parts of a case to staff, in the order of the guide."""
    return [
        HandledPart(
            **_fields(part, rule, lang),
            claimed_by=part.claimed_by,
            overdue=part.limit is not None and (case.decided_at or now) > part.limit,
        )
        for part, rule in _in_order(case)
    ]


def _in_order(case: Case) -> list[tuple[CasePart, Part | None]]:
    """Return the parts with their rules; those that have left the guide come last, without one."""
    service = catalogue.current().services.get(case.service_id)
    rules = {one.part_id: one for one in service.parts} if service else {}
    order = {part_id: place for place, part_id in enumerate(rules)}
    parts = sorted(case.parts, key=lambda one: order.get(one.part_id, len(order)))
    return [(part, rules.get(part.part_id)) for part in parts]


def _fields(part: CasePart, rule: Part | None, lang: Lang) -> dict[str, Any]:
    return {
        "part_id": part.part_id,
        "department_id": part.department_id,
        "department": rule.department.name.in_language(lang) if rule else part.department_id,
        "name": rule.name.in_language(lang) if rule else part.part_id,
        "status": part.status,
        "promised_at": rfc3339(part.promised_at) if part.promised_at else None,
        "decided_at": rfc3339(part.decided_at) if part.decided_at else None,
    }
