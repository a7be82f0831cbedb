"""Services of the guide: what each asks, costs and gives, read from the catalogue's JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar, cast, get_args

from chalicelib.catalogue.domain.departments import Department, parse_department, parse_text
from chalicelib.catalogue.domain.fees import Fee, parse_fee
from chalicelib.catalogue.domain.guides import (
    PaperFacts,
    ServiceGuide,
    parse_guide,
    parse_paper_facts,
)
from chalicelib.catalogue.domain.parts import Part, parse_parts
from chalicelib.catalogue.domain.registers import RegisterQuestion, parse_questions
from chalicelib.catalogue.domain.rules import Ruleset, parse_ruleset
from chalicelib.catalogue.domain.sections import revision_of
from chalicelib.core.i18n import Text

_NUMERALS: Final = "零一两三四五六七八九十"
# The steps of a case that can wait for its fee.
FeeStep = Literal["accept", "review", "approve", "issue"]
# Whether the office sees the paper itself or keeps it, and when.
OriginalNeed = Literal["none", "show", "keep"]
ORIGINALS: Final[tuple[OriginalNeed, ...]] = get_args(OriginalNeed)
OriginalsWhen = Literal["before_decision", "at_handover"]
ORIGINALS_WHEN: Final[tuple[OriginalsWhen, ...]] = get_args(OriginalsWhen)
T = TypeVar("T")
FEE_STEPS: Final[tuple[FeeStep, ...]] = get_args(FeeStep)
# When somebody must have agreed that another lodges for them: before, or, for an aged parent, once
# somebody of the office sees them.
Consent = Literal["before", "at_handover"]
CONSENTS: Final[tuple[Consent, ...]] = get_args(Consent)
SignedAct = Literal["lodge"]
SIGNED_ACTS: Final[tuple[SignedAct, ...]] = get_args(SignedAct)
_NO_FORM: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {},
    "additionalProperties": False,
}

CATEGORIES: Final = {
    "business": Text("开店办企业", "Business"),
    "exit-entry": Text("出入境", "Passports and permits"),
    "family": Text("婚姻家庭", "Family"),
    "housing": Text("住房", "Housing"),
    "identity": Text("身份证户口", "Identity"),
    "property": Text("不动产", "Property"),
    "social-security": Text("社会保障", "Social security"),
    "transport": Text("交通车驾", "Transport"),
}
# What happens in a life that brings people here (一件事一次办), in its order.
LIFE_EVENTS: Final = {
    "birth": Text("出生", "A child is born"),
    "school": Text("上学", "Going to school"),
    "work": Text("工作", "Finding work"),
    "marriage": Text("结婚", "Marrying"),
    "home": Text("买房租房", "Buying or renting a home"),
    "business": Text("开店创业", "Starting a business"),
    "travel": Text("出国出境", "Travelling abroad"),
    "driving": Text("开车", "Driving"),
    "lost-papers": Text("证件丢失", "Lost papers"),
    "retirement": Text("退休养老", "Retiring"),
}


@dataclass(frozen=True, slots=True)
class Material:
    """A paper to bring or to upload; most people's has `usual_pages` files.

    People search for it by what it is `also_called`, in either language. A certificate of one of
    `certificate_types` stands for it, or what the register `register_id` confirms. `original` says
    whether the office sees or keeps the paper itself.
    """

    material_id: str
    name: Text
    required: bool
    usual_pages: int = 1
    also_called: tuple[str, ...] = ()
    certificate_types: tuple[str, ...] = ()
    original: OriginalNeed = "none"
    register_id: str | None = None
    facts: PaperFacts | None = None


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How long the law gives; `unit` is `days` or `working_days`."""

    value: int
    unit: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the guide; `minutes` is a booking's length, None where none is needed.

    `form` is the text of a JSON Schema whose words are maps of languages (docs/catalogue.md).
    A `prepaid` one's seat is held until its fee is paid. `fee_before` is the step of a case that
    waits for the fee; None where none does, as where it is taken with the booking. `life_events`
    are keys of LIFE_EVENTS. `certificate_type` is what its case ends with, None for what is none.
    `department` decides it, or leads those that decide its `parts`. With
    `separation` who accepts a case, or entered it, does not approve it. `questions` are for the
    registers of other offices. By its `ruleset` a machine says yes, or refers to a person. Another
    `revision` is another service to cases that are lodged.
    `signatures` are the acts on it that are signed with a second factor.
    """

    service_id: str
    name: Text
    category: str
    department: Department
    legal_limit: TimeLimit
    promised_working_days: int
    fee: Fee
    trips: int
    online_depth: int
    minutes: int | None
    per_counter: int
    deliverable: bool
    materials: tuple[Material, ...]
    form: str = "{}"
    prepaid: bool = False
    fee_before: FeeStep | None = "issue"
    also_called: tuple[str, ...] = ()
    life_events: tuple[str, ...] = ()
    certificate_type: str | None = None
    consent: Consent = "before"
    parts: tuple[Part, ...] = ()
    separation: bool = True
    originals: OriginalsWhen = "before_decision"
    questions: tuple[RegisterQuestion, ...] = ()
    ruleset: Ruleset | None = None
    guide: ServiceGuide | None = None
    revision: str = ""
    signatures: tuple[SignedAct, ...] = ()

    def question(self, register_id: str) -> RegisterQuestion | None:
        """Return what it asks a register."""
        return next((one for one in self.questions if one.register_id == register_id), None)

    @property
    def departments(self) -> tuple[Department, ...]:
        """Return the departments that decide it, the one that leads first."""
        of_parts = (part.department for part in self.parts)
        return tuple(dict.fromkeys((self.department, *of_parts)))

    @property
    def decided_by(self) -> Text:
        """Return the department's name, or how many there are with the one that leads."""
        lead, number = self.department.name, len(self.departments)
        if number == 1:
            return lead
        zh = f"{lead.zh}等{_NUMERALS[number]}部门"
        return Text(zh, f"{lead.en} and {_others(number - 1)}")

    @property
    def lead_department_id(self) -> str | None:
        """Return the department that leads the others; None where one decides."""
        return self.department.department_id if self.parts else None

    def part(self, part_id: str) -> Part | None:
        """Return a part by its id."""
        return next((one for one in self.parts if one.part_id == part_id), None)

    @property
    def bookable(self) -> bool:
        """Tell whether one can book a time for it."""
        return self.minutes is not None


@dataclass(frozen=True, slots=True)
class RatingSummary:
    """What people thought: the mean of their scores from 1 to 5, and how many they were."""

    average: float | None
    count: int


def _others(number: int) -> str:
    return "another department" if number == 1 else f"{number} other departments"


def parse_service(data: Mapping[str, Any]) -> Service:
    """Read a service from the catalogue's JSON."""
    booking = data.get("appointment")
    return Service(
        data["id"],
        parse_text(data["name"]),
        data["category"],
        parse_department(data["department"]),
        TimeLimit(data["legal_time_limit"]["value"], data["legal_time_limit"]["unit"])
        if data.get("legal_time_limit")
        else TimeLimit(data["promised_working_days"], "working_days"),
        data["promised_working_days"],
        parse_fee(data),
        data["trips"],
        data["online_depth"],
        booking["duration_minutes"] if booking else None,
        booking.get("capacity_per_counter", 1) if booking else 1,
        data["deliverable"],
        tuple(_material(m) for m in data["materials"]),
        json.dumps(data.get("form", _NO_FORM), ensure_ascii=False),
        prepaid=bool(data.get("prepaid")),
        fee_before=_fee_before(data),
        also_called=tuple(data.get("also_called", ())),
        life_events=_life_events(data),
        certificate_type=data.get("result", {}).get("certificate_type"),
        consent=_consent(data),
        parts=parse_parts(data),
        separation=bool(data.get("separation", True)),
        originals=_one_of(data, "originals", "before_decision", ORIGINALS_WHEN),
        questions=parse_questions(data),
        ruleset=parse_ruleset(data),
        guide=parse_guide(data.get("guide")),
        revision=revision_of(data),
        signatures=_signatures(data),
    )


def _signatures(data: Mapping[str, Any]) -> tuple[SignedAct, ...]:
    acts = tuple(data.get("signatures", ()))
    if not set(acts) <= set(SIGNED_ACTS):
        message = f"{data['id']}: signatures are none of {SIGNED_ACTS}: {acts!r}"
        raise ValueError(message)
    return acts


def _life_events(data: Mapping[str, Any]) -> tuple[str, ...]:
    events = tuple(data.get("life_events", ()))
    unknown = set(events) - LIFE_EVENTS.keys()
    if unknown:
        message = f"{data['id']}: no life events: {sorted(unknown)}"
        raise ValueError(message)
    return events


def _consent(data: Mapping[str, Any]) -> Consent:
    said = data.get("consent", "before")
    if said not in CONSENTS:
        message = f"{data['id']}: nobody agrees at that time: {said!r}"
        raise ValueError(message)
    return cast("Consent", said)


def _material(data: Mapping[str, Any]) -> Material:
    return Material(
        data["id"],
        parse_text(data["name"]),
        data["required"],
        data.get("usual_pages", 1),
        tuple(data.get("also_called", ())),
        tuple(data.get("certificate_types", ())),
        _one_of(data, "original", "none", ORIGINALS),
        data.get("register"),
        parse_paper_facts(data.get("facts")),
    )


def _one_of(data: Mapping[str, Any], name: str, unsaid: T, known: tuple[T, ...]) -> T:
    """Return what the data say, or what holds unless they do; raises ValueError."""
    said = data.get(name, unsaid)
    if said not in known:
        message = f"{data['id']}: {name} is none of {known}: {said!r}"
        raise ValueError(message)
    return cast("T", said)


def _fee_before(data: Mapping[str, Any]) -> FeeStep | None:
    said = data.get("fee_before", None if data.get("prepaid") else "issue")
    if said is not None and said not in FEE_STEPS:
        message = f"{data['id']}: no step of a case waits for a fee: {said!r}"
        raise ValueError(message)
    return cast("FeeStep | None", said)
