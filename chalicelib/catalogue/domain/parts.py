"""The parts of a service that several departments decide, read from the catalogue's JSON."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.catalogue.domain.departments import Department, parse_department, parse_text
from chalicelib.core.i18n import Text

# The steps before which the fee of a service with parts can be asked: the others take themselves.
_FEE_STEPS: Final = ("accept", "issue", None)


@dataclass(frozen=True, slots=True)
class Condition:
    """The answer in the form with which a part is needed."""

    field: str
    value: bool | str

    def holds(self, form: Mapping[str, Any]) -> bool:
        """Tell whether a form gives that answer."""
        return bool(form.get(self.field) == self.value)


@dataclass(frozen=True, slots=True)
class Part:
    """What one department decides of a service, from which fields and papers of it.

    It opens once the parts that it `requires` are approved, and must then be decided within
    `promised_working_days`. Without the answer of `when` it is not needed; an `optional` one that
    is rejected does not hold up the others.
    """

    part_id: str
    department: Department
    name: Text
    promised_working_days: int
    fields: frozenset[str]
    materials: frozenset[str]
    requires: tuple[str, ...] = ()
    when: Condition | None = None
    optional: bool = False

    def is_needed(self, form: Mapping[str, Any]) -> bool:
        """Tell whether what is applied for needs this part."""
        return self.when is None or self.when.holds(form)


def parse_parts(data: Mapping[str, Any]) -> tuple[Part, ...]:
    """Read the parts of a service from the catalogue's JSON; raises ValueError."""
    parts = tuple(_parse_part(one) for one in data.get("parts", ()))
    for wrong in _faults(data, parts) if parts else ():
        message = f"{data['id']}: {wrong}"
        raise ValueError(message)
    return parts


def longest_chain(parts: Sequence[Part]) -> int:
    """Return the working days of the longest chain of parts that require one another."""
    ends: dict[str, int] = {}
    for part in parts:
        begins = max((ends[one] for one in part.requires), default=0)
        ends[part.part_id] = begins + part.promised_working_days
    return max(ends.values(), default=0)


def _parse_part(data: Mapping[str, Any]) -> Part:
    when = data.get("when")
    return Part(
        data["id"],
        parse_department(data["department"]),
        parse_text(data["name"]),
        data["promised_working_days"],
        frozenset(data["fields"]),
        frozenset(data["materials"]),
        tuple(data.get("requires", ())),
        Condition(when["field"], when["is"]) if when else None,
        bool(data.get("optional")),
    )


def _faults(data: Mapping[str, Any], parts: Sequence[Part]) -> list[str]:
    """Return what would leave a case stuck, or a department without what it decides by."""
    faults = []
    if parse_department(data["department"]) not in {one.department for one in parts}:
        faults.append("the department that leads decides no part")
    if all(one.when for one in parts):
        faults.append("no part is always needed")
    if data.get("fee_before", "issue") not in _FEE_STEPS:
        faults.append("no step of a case with parts waits for a fee before it is approved")
    known: set[str] = set()
    for part in parts:
        if not known.issuperset(part.requires):
            faults.append(f"{part.part_id} requires no required part that stands before it")
        known |= set() if part.optional else {part.part_id}
    if len({one.part_id for one in parts}) < len(parts):
        faults.append("two parts have one id")
    asked = data.get("form", {}).get("properties", {})
    papers = {one["id"] for one in data["materials"]}
    faults += _unseen("fields", asked, [one.fields for one in parts])
    faults += _unseen("materials", papers, [one.materials for one in parts])
    conditions = [one.when.field for one in parts if one.when]
    faults += [f"no field {field}" for field in conditions if field not in asked]
    if not faults and longest_chain(parts) != data["promised_working_days"]:
        faults.append("the longest chain of its parts is not what it promises")
    return faults


def _unseen(what: str, asked: Collection[str], seen: Sequence[frozenset[str]]) -> list[str]:
    wrong = frozenset(asked).symmetric_difference(frozenset().union(*seen))
    return [f"{what} of no part, or of parts alone: {sorted(wrong)}"] if wrong else []
