"""What was asked to be corrected, round by round, and what each answer changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from chalicelib.cases.domain import CaseFile, Remark
from chalicelib.cases.service import encryption

_ASKED: Final = frozenset({"case.correction_requested", "case.part_correction_requested"})


@dataclass(frozen=True, slots=True)
class Change:
    """A field or a paper that an answer gave anew; `before` is the field's value until then.

    None where there was none, for papers, and once the citizen was erased.
    """

    pointer: str
    before: Any | None


@dataclass(frozen=True, slots=True)
class Round:
    """What staff asked for, and the answer to it; `answered_at` is None before."""

    asked_at: str
    asked_by: str
    remarks: tuple[Remark, ...]
    answered_at: str | None = None
    changes: tuple[Change, ...] = ()


def seal_before(case_id: str, before: Mapping[str, Any], names: Mapping[str, Any]) -> str:
    """Seal what stood in the fields that an answer gives anew."""
    known = {name: before[name] for name in names if name in before}
    return encryption.seal_facts(case_id, known)


def of_file(file: CaseFile) -> list[Round]:
    """Return the rounds of a case, oldest first.

    An answer ends all that were open: departments may have asked one after the other.
    """
    case_id = file.case.case_id
    rounds: list[Round] = []
    for entry in file.entries:
        if entry.type in _ASKED and (sealed := entry.data.get("items")):
            remarks = encryption.open_remarks(case_id, sealed)
            rounds.append(Round(entry.at, entry.actor, remarks))
        elif entry.type == "case.corrected":
            changes = _changes(case_id, entry.data)
            rounds = [
                one if one.answered_at else replace(one, answered_at=entry.at, changes=changes)
                for one in rounds
            ]
    return rounds


def _changes(case_id: str, data: Mapping[str, str]) -> tuple[Change, ...]:
    before = encryption.open_facts(case_id, data.get("before")) or {}
    pointers = data.get("changed", "").split()
    return tuple(
        Change(pointer, before.get(pointer.removeprefix("/form/"))) for pointer in pointers
    )
