"""The rules by which a machine decides what is applied for, read from the catalogue's JSON.

A rule is an expression (`core.expressions`) over facts: fields of the form that say one of few
things, days, the applicant's age, certificates, look-ups, the fee. Free text and pictures are no
facts. What breaks a rule is referred to a person, or, before it is lodged, shown to be corrected.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from chalicelib.catalogue.domain.departments import parse_text
from chalicelib.core.i18n import Text
from chalicelib.core.ids import derived_id

IfNot = Literal["refer", "correct"]
_IF_NOT: Final = get_args(IfNot)
_VERSION_LENGTH: Final = 12
_ID: Final = re.compile("[a-z][a-z0-9-]{0,39}")
_STRINGS: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAMED: Final = re.compile(r"(?<![\w.])(\w+)\.(\w+)")
# What the facts hold beside the form: its days, and what is known of the case.
FACTS: Final = frozenset(
    {"form", "days_until", "applicant", "certificates", "lookups", "fee", "originals"}
)
_OF_FORM: Final = frozenset({"form", "days_until"})


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold for a yes, in plain words, and as an expression that is true then.

    `legal_basis` names the law where its text was at hand. `field` of the form is what one is asked
    to correct.
    """

    rule_id: str
    text: Text
    expression: str
    if_not: IfNot = "refer"
    legal_basis: Text | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The rules of a service, and the fields of its form by which they may decide.

    Other rules are another version.
    """

    version: str
    rules: tuple[Rule, ...]
    fields: frozenset[str] = frozenset()

    def rule(self, rule_id: str) -> Rule | None:
        """Return a rule by its id."""
        return next((one for one in self.rules if one.rule_id == rule_id), None)


# What holds whatever the service; a person looks where it does not.
GENERAL: Final = (
    Rule(
        "applied-in-person",
        Text(
            "由申请人本人、已同意委托的代办人或家人在网上提交",
            "Lodged online by the applicant, or by somebody to whom they agreed",
        ),
        "applicant.agreed && !applicant.at_counter",
    ),
    Rule(
        "no-person-asked-for",
        Text("申请人没有要求人工办理", "The applicant did not ask for a person"),
        "!applicant.asks_for_person",
    ),
    Rule(
        "certificates-valid",
        Text("所用的电子证照全部有效", "All certificates that are used are valid"),
        "certificates.valid",
    ),
    Rule(
        "lookups-confirmed",
        Text(
            "所用的部门核验再次核验后全部属实",
            "Registers that stand for papers, asked again, confirm all of it",
        ),
        "lookups.confirmed",
    ),
    Rule(
        "no-originals",
        Text("不需要在审批前核验原件", "No originals need to be checked before the decision"),
        "originals.missing == 0",
    ),
)


def parse_ruleset(data: Mapping[str, Any]) -> Ruleset | None:
    """Read the rules of a service from the catalogue's JSON, None without; raises ValueError."""
    written = data.get("rules", ())
    if not written:
        return None
    own = tuple(_parse_rule(one) for one in written)
    for wrong in _faults(data, own):
        message = f"{data['id']}: {wrong}"
        raise ValueError(message)
    return ruleset_of(own, data.get("form", {}).get("properties", {}))


def ruleset_of(own: tuple[Rule, ...], fields: Mapping[str, Any]) -> Ruleset:
    """Return a service's own rules with the general ones behind them, under their version.

    `fields` are those of its form.
    """
    rules = (*own, *GENERAL)
    said = [[one.rule_id, one.expression, one.if_not] for one in rules]
    version = derived_id(json.dumps(said), length=_VERSION_LENGTH)
    return Ruleset(version, rules, decidable(fields))


def decidable(fields: Mapping[str, Any]) -> frozenset[str]:
    """Return the fields of a form by which a machine may decide: all but free text."""
    return frozenset(name for name, schema in fields.items() if schema.get("format") != "text")


def _parse_rule(data: Mapping[str, Any]) -> Rule:
    basis = data.get("legal_basis")
    return Rule(
        data["id"],
        parse_text(data["text"]),
        data["expression"],
        cast("IfNot", data.get("if_not", "refer")),
        parse_text(basis) if basis else None,
        data.get("field"),
    )


def _faults(data: Mapping[str, Any], rules: tuple[Rule, ...]) -> Iterator[str]:
    """Yield what is wrong in the rules, so that no decision would mean what they say."""
    if data.get("parts"):
        yield "what several departments decide is not decided by a machine"
    ids = [one.rule_id for one in (*rules, *GENERAL)]
    yield from (
        f"two rules are called {one}" for one in sorted({i for i in ids if ids.count(i) > 1})
    )
    fields = data.get("form", {}).get("properties", {})
    for one in rules:
        if not _ID.fullmatch(one.rule_id):
            yield f"{one.rule_id!r} is no id of a rule"
        if one.if_not not in _IF_NOT:
            yield f"{one.rule_id}: if_not is none of {_IF_NOT}: {one.if_not!r}"
        yield from (f"{one.rule_id}: {wrong}" for wrong in _unknown(one, fields))
        if one.if_not == "correct" and one.field not in fields:
            yield f"{one.rule_id}: no field is named to correct"


def _unknown(rule: Rule, fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an expression asks for that is no fact."""
    known = decidable(fields)
    days = {name for name, schema in fields.items() if schema.get("format") == "date"}
    facts: Collection[str] = _OF_FORM if rule.if_not == "correct" else FACTS
    for fact, name in _NAMED.findall(_STRINGS.sub("''", rule.expression)):
        if fact not in facts:
            yield f"{fact} is no fact that it may use"
        if fact == "form" and name not in known:
            yield f"{name} is no field by which a machine may decide"
        if fact == "days_until" and name not in days:
            yield f"{name} is no day of the form"
