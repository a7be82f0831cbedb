"""What a guide says beside papers, fee and limits: the fields of GB/T 36114 (service guides)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from chalicelib.catalogue.domain.departments import parse_text
from chalicelib.core.i18n import Text

_FORMS: Final = {"none": "copy", "show": "original_and_copy", "keep": "original"}


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A law, and its article; None where the article was not seen in its text."""

    law: Text
    article: int | None


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One line of a sample of what one gets."""

    name: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one gets in the end, with a sample of a person who does not exist."""

    name: Text
    sample: tuple[SampleLine, ...]


@dataclass(frozen=True, slots=True)
class Faq:
    """A question that is often asked, and its answer."""

    question: Text
    answer: Text


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """Who issues a paper, and what people often do wrong with it."""

    issued_by: Text
    mistakes: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class ServiceGuide:
    """Whom a service is for, on which conditions and by which law, and whom to ask.

    `basic_code` and `implementation_code` are the nation's codes of the matter, None where they are
    not known.
    """

    updated_on: date
    audience: Text
    conditions: tuple[Text, ...]
    legal_basis: tuple[LegalBasis, ...]
    outcome: Outcome
    faq: tuple[Faq, ...]
    contact_phone: str
    supervision_phone: str
    basic_code: str | None = None
    implementation_code: str | None = None


def parse_guide(data: Mapping[str, Any] | None) -> ServiceGuide | None:
    """Read a guide from the catalogue's JSON; None for a service published without one."""
    if not data:
        return None
    return ServiceGuide(
        date.fromisoformat(data["updated_on"]),
        parse_text(data["audience"]),
        _texts(data["conditions"]),
        tuple(LegalBasis(parse_text(one["law"]), one["article"]) for one in data["legal_basis"]),
        _outcome(data["outcome"]),
        tuple(Faq(parse_text(one["question"]), parse_text(one["answer"])) for one in data["faq"]),
        data["contact_phone"],
        data["supervision_phone"],
        data.get("basic_code"),
        data.get("implementation_code"),
    )


def parse_paper_facts(data: Mapping[str, Any] | None) -> PaperFacts | None:
    """Read what is known of a paper; None for one published without it."""
    return PaperFacts(parse_text(data["issued_by"]), _texts(data["mistakes"])) if data else None


def form_of(original: str) -> str:
    """Return in which form a paper is given: a copy is a picture or scan that is uploaded."""
    return _FORMS[original]


def _outcome(data: Mapping[str, Any]) -> Outcome:
    lines = (
        SampleLine(parse_text(one["name"]), parse_text(one["value"])) for one in data["sample"]
    )
    return Outcome(parse_text(data["name"]), tuple(lines))


def _texts(data: list[Mapping[str, str]]) -> tuple[Text, ...]:
    return tuple(map(parse_text, data))
