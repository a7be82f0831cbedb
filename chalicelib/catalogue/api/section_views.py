"""The sections of a service as the catalogue's desk writes them: types alone, checked elsewhere.

What values say is looked at in `domain`, all at once with what does not fit together.
"""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from chalicelib.catalogue.api.guide_views import LimitView
from chalicelib.core.http_messages import BodyModel
from chalicelib.core.text import NotPlainError, read_text


def _as_written(given: str) -> str:
    """Return text in its plain form; what has none is told with all other faults."""
    try:
        return read_text(given, lines=True)
    except NotPlainError:
        return given


# A field that may be left out and is never null; the document tells no default of it.
_LEFT_OUT: Final[Any] = Field(default_factory=lambda: None)
Said = Annotated[str, AfterValidator(_as_written)]


class BothLanguages(BodyModel):
    """Words in Chinese and in English."""

    zh: Annotated[Said, Field(alias="zh-CN")]
    en: Said


class LawSection(BodyModel):
    """A law, and the article of it where that was seen."""

    law: BothLanguages
    article: int | None = None


class SampleLineSection(BodyModel):
    """A line of the sample of a result."""

    name: BothLanguages
    value: BothLanguages


class OutcomeSection(BodyModel):
    """What one gets, with a sample."""

    name: BothLanguages
    sample: list[SampleLineSection]


class QuestionSection(BodyModel):
    """A question that people ask, answered."""

    question: BothLanguages
    answer: BothLanguages


class GuideSection(BodyModel):
    """The words of a guide; what a draft leaves out stays as it is."""

    audience: BothLanguages = _LEFT_OUT
    conditions: list[BothLanguages] = _LEFT_OUT
    legal_basis: list[LawSection] = _LEFT_OUT
    outcome: OutcomeSection = _LEFT_OUT
    faq: list[QuestionSection] = _LEFT_OUT
    contact_phone: Said = _LEFT_OUT
    supervision_phone: Said = _LEFT_OUT
    basic_code: Said | None = None
    implementation_code: Said | None = None


class FeeSection(BodyModel):
    """A fee in the smallest unit, and the rule that sets it; what a draft leaves out stays."""

    cents: int = _LEFT_OUT
    currency: str = _LEFT_OUT
    basis: Said | None = None


class MaterialSection(BodyModel):
    """A paper: its name, how it is given, what stands for it, and what people call it."""

    material_id: str
    name: BothLanguages
    required: bool
    usual_pages: int = 1
    original: str = "none"
    certificate_types: list[str] = Field(default_factory=list)
    register_id: str | None = None
    issued_by: BothLanguages | None = None
    common_mistakes: list[BothLanguages] = Field(default_factory=list)
    also_called: list[Said] = Field(default_factory=list)


class LimitsSection(BodyModel):
    """How long the law gives, and what is promised; what a draft leaves out stays."""

    legal_time_limit: LimitView = _LEFT_OUT
    promised_working_days: int = _LEFT_OUT
