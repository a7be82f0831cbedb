"""Answers that are there before they are asked for: published ones, and what guides often tell."""

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.assistant.domain.answers import Sentence, Source
from chalicelib.assistant.domain.passages import often_asked
from chalicelib.catalogue.domain import Service
from chalicelib.core.i18n import Lang
from chalicelib.enquiries.domain.published import LikeAnswer, likeness


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    """An answer, and how like its question is to what was asked, from 0 to 1."""

    sentence: Sentence
    likeness: float


def of_published(like: LikeAnswer | None, lang: Lang) -> ReadyAnswer | None:
    """Return a published answer in a language, if there is one."""
    if like is None:
        return None
    answer = like.answer
    source = Source(answer.service_id, f"/questions/{answer.question_id}")
    return ReadyAnswer(Sentence(answer.answer[answer.language(lang)], source), like.likeness)


def of_guides(text: str, services: Iterable[Service], lang: Lang) -> ReadyAnswer | None:
    """Return the answer of a guide whose question is likest to a text, if any is like it."""
    like = [
        (max(likeness(text, one.question.zh), likeness(text, one.question.en)), service, place)
        for service in services
        if service.guide
        for place, one in enumerate(service.guide.faq)
    ]
    share, service, place = max(like, key=lambda one: one[0], default=(0.0, None, 0))
    if service is None or not share:
        return None
    return ReadyAnswer(often_asked(service, place, lang), share)


def likest(answers: Iterable[ReadyAnswer | None]) -> ReadyAnswer | None:
    """Return the answer that is likest to what was asked."""
    known = [one for one in answers if one]
    return max(known, key=lambda one: one.likeness, default=None)
