"""Answering a question, and hearing whether the answer helped.

A question's id is made from the attempt, so that a retry finds the answer that was given. What a
crash loses is the answer alone: a question is kept, counted and listed in one transaction.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from chalicelib.assistant import providers, storage
from chalicelib.assistant.domain import ready_answers
from chalicelib.assistant.domain.answers import Action, Context, Findings, Sentence, Source
from chalicelib.assistant.domain.questions import NONE, Question
from chalicelib.assistant.domain.retrieval import Knowledge, find
from chalicelib.assistant.domain.topics import without_person
from chalicelib.assistant.service import contexts
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.service import search
from chalicelib.core import masking, rate_limit
from chalicelib.core.changes import until_stored
from chalicelib.core.errors import IdempotencyKeyReused, NotFound, TryAgain
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.core.settings import SETTINGS
from chalicelib.enquiries.service import published

_ID_LENGTH: Final = 22
_WINDOW_SECONDS: Final = 60
_UNKNOWN: Final = Text(
    "这个问题我不知道，不能乱答。您可以把它转给工作人员，一个工作日内答复。",
    "I do not know that, and will not guess. You can send it to the office as an enquiry.",
)
_TO_DO: Final[Mapping[str, Text]] = {
    "progress": Text(
        "办件进度在“我的办件”里，也可凭回执号和查询码查询。",
        "Your cases show how far they are; a receipt number and its code show it too.",
    ),
    "cancel": Text(
        "取消或改时间，请打开那次预约。", "To cancel or move a visit, open your appointment."
    ),
    "complain": Text(
        "投诉由没有经办此事的人处理。", "A complaint is handled by people who were not involved."
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, in which language, after what, and from where."""

    text: str
    lang: Lang
    context: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `notice` says what is no answer of the catalogue: that it is not known."""

    question_id: str
    answer: tuple[Sentence, ...]
    actions: tuple[Action, ...]
    confidence: float
    context: str
    notice: str | None


def ask(asked: Asked, attempt: Attempt, now: datetime) -> tuple[Reply, bool]:
    """Answer a question; tells whether the same attempt had asked before.

    Raises InvalidRequest, TooManyRequests or IdempotencyKeyReused.
    """
    # Keys of people who are not logged in are told apart by where they come from.
    attempt = replace(attempt, key=derived_id(attempt.key, asked.source))
    context = contexts.open_sealed(asked.context, now)
    window = rate_limit.window(now, _WINDOW_SECONDS)
    allowed = rate_limit.of_source(SETTINGS.assistant_questions_a_minute)
    if not storage.claim(asked.source, window, allowed):
        raise window.exceeded(now)
    said = without_person(masking.masked(asked.text, ()))
    findings = find(said, context, _knowledge(), asked.lang)
    question = _question(asked, findings, context, attempt, now)
    if storage.create(question):
        return _reply(question), False
    return _reply(_asked_before(question, now)), True


def rate(question_id: str, *, helpful: bool, now: datetime) -> None:
    """Hear whether an answer helped; the last word counts. Idempotent; raises NotFound."""

    def write() -> bool | None:
        question = storage.load(question_id, now)
        if question is None:
            raise NotFound
        return question.helpful == helpful or storage.rate(question, helpful=helpful) or None

    until_stored(write)


def _knowledge() -> Knowledge:
    return Knowledge(
        search.likest,
        catalogue.current().services.get,
        catalogue.offices_of,
        lambda: list(catalogue.current().offices.values()),
        _ready,
    )


def _ready(text: str, lang: Lang) -> ready_answers.ReadyAnswer | None:
    services = catalogue.current().services.values()
    of_office = ready_answers.of_published(published.likest(text), lang)
    return ready_answers.likest([of_office, ready_answers.of_guides(text, services, lang)])


def _question(
    asked: Asked, findings: Findings, before: Context, attempt: Attempt, now: datetime
) -> Question:
    """Return a question as it is kept, answered: masked before anybody else sees it."""
    text = masking.masked(asked.text, ())
    answer = providers.answerer()(text, asked.lang, findings)
    after = findings.context if findings.known else before
    now = now.replace(microsecond=0)
    reply = {
        "answer": [asdict(one) for one in answer],
        "actions": [asdict(one) for one in findings.actions],
        "confidence": round(findings.confidence, 2),
        "context": contexts.seal(after, now),
        "notice": _notice(findings, asked.lang),
    }
    about = findings.context
    return Question(
        attempt.id_for("question", _ID_LENGTH),
        now,
        text,
        next(iter(about.service_ids), NONE),
        findings.deed or next(iter(about.topics), NONE),
        findings.known,
        reply,
        attempt.fingerprint,
    )


def _notice(findings: Findings, lang: Lang) -> str | None:
    if findings.deed:
        return _TO_DO[findings.deed].in_language(lang)
    return None if findings.known else _UNKNOWN.in_language(lang)


def _asked_before(question: Question, now: datetime) -> Question:
    kept = storage.load(question.question_id, now)
    if kept is None:
        raise TryAgain(retry_after=1)
    if kept.fingerprint != question.fingerprint:
        raise IdempotencyKeyReused
    return kept


def _reply(question: Question) -> Reply:
    kept = question.reply
    return Reply(
        question.question_id,
        tuple(map(_sentence, kept["answer"])),
        tuple(Action(**one) for one in kept["actions"]),
        float(kept["confidence"]),
        kept["context"],
        kept["notice"],
    )


def _sentence(kept: Mapping[str, Any]) -> Sentence:
    return Sentence(kept["text"], Source(**kept["source"]))
