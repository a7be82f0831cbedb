"""Published answers: questions and answers without persons, and how they are found."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from chalicelib.catalogue.domain.search_text import core_of, phrases, plain, terms
from chalicelib.core.i18n import DEFAULT_LANG, Lang


@dataclass(frozen=True, slots=True)
class PublishedAnswer:
    """A question with its answer, in one language or both; cleaned of persons."""

    question_id: str
    office_id: str
    service_id: str | None
    published_at: datetime
    question: dict[Lang, str]
    answer: dict[Lang, str]

    def language(self, wanted: Lang) -> Lang:
        """Return the wanted language where the answer has it, else the one that it has."""
        return wanted if wanted in self.answer else next(iter(self.answer), DEFAULT_LANG)


@dataclass(frozen=True, slots=True)
class LikeAnswer:
    """A published answer, and how like its question is to what was asked, from 0 to 1."""

    answer: PublishedAnswer
    likeness: float


def likest(answers: Iterable[PublishedAnswer], query: str) -> LikeAnswer | None:
    """Return the answer whose question is likest to a query, if any shares a term with it.

    What is asked and what was asked must each stand in the other: an answer to less, or to more,
    is less like it.
    """
    like = [
        LikeAnswer(one, likeness(query, question))
        for one in answers
        for question in one.question.values()
    ]
    best = max(like, key=lambda one: one.likeness, default=None)
    return best if best and best.likeness else None


def likeness(text: str, other: str) -> float:
    """Return from 0 to 1 how like two questions are: twice the terms they share by all of them."""
    asked, known = _pairs(text), _pairs(other)
    shared = len(asked & known)
    return 2 * shared / (len(asked) + len(known)) if shared else 0.0


@lru_cache(4096)
def _pairs(text: str) -> frozenset[str]:
    return frozenset(term for term in terms(phrases(core_of(plain(text)))) if term[1:])


def find(
    answers: Iterable[PublishedAnswer], query: str, service_id: str | None
) -> Sequence[PublishedAnswer]:
    """Return the answers about a service that share terms with a query, the likest first.

    Pairs of characters and words count; without a query all match, newest first.
    """
    known = [one for one in answers if service_id in (None, one.service_id)]
    known.sort(key=lambda one: (one.published_at, one.question_id), reverse=True)
    asked = _pairs(query)
    if not query.strip():
        return known
    asked = asked or frozenset(terms(plain(query)))
    scored = [(_score(asked, one), one) for one in known]
    best = max((score for score, _ in scored), default=0.0)
    likely = [(score, one) for score, one in scored if score and score >= best / 3]
    return [one for _, one in sorted(likely, key=lambda pair: -pair[0])]


def _score(asked: AbstractSet[str], answer: PublishedAnswer) -> float:
    """Return the share of the terms that it has; those in the question count thrice."""
    in_question = Counter(terms(plain(" ".join(answer.question.values()))))
    in_answer = Counter(terms(plain(" ".join(answer.answer.values()))))
    worth = sum(3 if term in in_question else term in in_answer for term in asked)
    return worth / (3 * len(asked)) if asked else 0.0
