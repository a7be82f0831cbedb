"""What a guide shows beside papers, fee and limits: the fields of GB/T 36114 (service guides)."""

from typing import Any, Literal

from chalicelib.catalogue.domain import Material, Service, guides
from chalicelib.core.http_messages import BodyModel
from chalicelib.core.i18n import Lang, Text

PaperForm = Literal["original", "copy", "original_and_copy"]
_ARTICLE = Text("第 {n} 条", "Article {n}")


class LegalBasisView(BodyModel):
    """A law, and its article; null where the article was not seen in its text."""

    law: str
    article: str | None


class SampleLineView(BodyModel):
    """One line of the sample."""

    name: str
    value: str


class OutcomeView(BodyModel):
    """What one gets in the end, with a sample of a person who does not exist."""

    name: str
    sample: list[SampleLineView]


class FaqView(BodyModel):
    """A question that is often asked, and its answer."""

    question: str
    answer: str


class CodesView(BodyModel):
    """The nation's codes of the matter; null where they are not known."""

    basic: str | None
    implementation: str | None


def standard_fields(service: Service, lang: Lang) -> dict[str, Any]:
    """Return the fields of the standard; empty for a service that was published without them."""
    guide = service.guide
    if guide is None:
        return _NOTHING
    outcome = guide.outcome
    return {
        "audience": guide.audience.in_language(lang),
        "conditions": [one.in_language(lang) for one in guide.conditions],
        "legal_basis": [_basis_view(one, lang) for one in guide.legal_basis],
        "outcome": OutcomeView(
            name=outcome.name.in_language(lang),
            sample=[
                SampleLineView(name=one.name.in_language(lang), value=one.value.in_language(lang))
                for one in outcome.sample
            ],
        ),
        "faq": [
            FaqView(question=one.question.in_language(lang), answer=one.answer.in_language(lang))
            for one in guide.faq
        ],
        "contact_phone": guide.contact_phone,
        "supervision_phone": guide.supervision_phone,
        "codes": CodesView(basic=guide.basic_code, implementation=guide.implementation_code),
        "updated_on": guide.updated_on.isoformat(),
    }


def paper_fields(paper: Material, lang: Lang) -> dict[str, Any]:
    """Return what the standard asks of a paper."""
    facts = paper.facts
    return {
        "form": guides.form_of(paper.original),
        "issued_by": facts.issued_by.in_language(lang) if facts else None,
        "common_mistakes": [one.in_language(lang) for one in facts.mistakes] if facts else [],
    }


_NOTHING: dict[str, Any] = {
    "audience": None,
    "conditions": [],
    "legal_basis": [],
    "outcome": None,
    "faq": [],
    "contact_phone": None,
    "supervision_phone": None,
    "codes": CodesView(basic=None, implementation=None),
    "updated_on": None,
}


def _basis_view(basis: guides.LegalBasis, lang: Lang) -> LegalBasisView:
    article = _ARTICLE.in_language(lang, {"n": basis.article}) if basis.article else None
    return LegalBasisView(law=basis.law.in_language(lang), article=article)
