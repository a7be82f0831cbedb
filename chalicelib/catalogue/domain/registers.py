"""What a service asks the registers of other offices, in place of papers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RegisterQuestion:
    """The one thing that a service asks a register: to confirm a claim.

    `fields` are the values that its form needs with it, by their `x-key`.
    """

    register_id: str
    claim: str
    fields: tuple[str, ...] = ()


def parse_questions(data: Mapping[str, Any]) -> tuple[RegisterQuestion, ...]:
    """Read what a service asks registers; raises ValueError for what does not fit together.

    A register is asked once, for values that the form has, and a material names one that is asked.
    """
    questions = tuple(
        RegisterQuestion(one["register"], one["claim"], tuple(one.get("fields", ())))
        for one in data.get("registers", ())
    )
    asked = {one.register_id for one in questions}
    named = {m["register"] for m in data["materials"] if m.get("register")}
    properties = data.get("form", {}).get("properties", {}).values()
    keys = {rules["x-key"] for rules in properties if "x-key" in rules}
    needed = {key for one in questions for key in one.fields}
    if len(asked) < len(questions) or named - asked or needed - keys:
        unknown = sorted((named - asked) | (needed - keys))
        message = f"{data['id']}: registers, materials and form do not fit: {unknown}"
        raise ValueError(message)
    return questions
