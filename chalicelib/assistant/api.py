"""The routes of questions in people's own words, for everyone."""

from typing import Annotated, Final

from chalicelib.assistant.domain.answers import ActionKind, Source
from chalicelib.assistant.service import questions
from chalicelib.assistant.service.questions import Asked, Reply
from chalicelib.core import auth
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.http_messages import BodyModel, Request, Response, Token, replayed
from chalicelib.core.routes import Routes
from chalicelib.core.text import text

routes: Final = Routes("assistant")


class QuestionAsked(BodyModel):
    """A question, and what the answer before gave as its context."""

    text: Annotated[str, text(300, lines=True)]
    context: Token | None = None


class SourceView(BodyModel):
    """Where a sentence stands: a JSON Pointer into a service's guide, or a published answer."""

    service_id: str | None
    pointer: str


class SentenceView(BodyModel):
    """One sentence of an answer, and where it stands."""

    text: str
    source: SourceView


class ActionView(BodyModel):
    """What one can do next: `target` is a service, a kind of enquiry, or which of one's things."""

    kind: ActionKind
    target: str


class AnswerView(BodyModel):
    """An answer out of the catalogue and published answers, from 0 to 1 how sure.

    `notice` says that it is not known, or where something is done; it is part of no answer.
    """

    question_id: str
    answer: list[SentenceView]
    actions: list[ActionView]
    confidence: float
    context: str
    notice: str | None


class Feedback(BodyModel):
    """Whether an answer helped."""

    helpful: bool


class FeedbackView(BodyModel):
    """What was said of an answer."""

    question_id: str
    helpful: bool


@routes.post(
    "/v1/assistant/questions",
    auth=auth.public,
    body=QuestionAsked,
    response=AnswerView,
    errors=[TooManyRequests],
    idempotent=True,
)
def ask(request: Request[QuestionAsked]) -> Response:
    """Answer a question from the guides and from published answers, each sentence with its source.

    What is not known is said to be so, and an enquiry is offered.
    """
    asked = Asked(request.input.text, request.lang, request.input.context, request.source)
    reply, again = questions.ask(asked, request.attempt, request.now)
    return replayed(_answer_view(reply), again=again)


@routes.post(
    "/v1/assistant/questions/{question_id}/feedback",
    auth=auth.public,
    body=Feedback,
    response=FeedbackView,
)
def rate_answer(request: Request[Feedback], question_id: str) -> FeedbackView:
    """Say whether an answer helped; the last word counts. Idempotent."""
    helpful = request.input.helpful
    questions.rate(question_id, helpful=helpful, now=request.now)
    return FeedbackView(question_id=question_id, helpful=helpful)


def _answer_view(reply: Reply) -> AnswerView:
    return AnswerView(
        question_id=reply.question_id,
        answer=[SentenceView(text=one.text, source=_source(one.source)) for one in reply.answer],
        actions=[ActionView(kind=one.kind, target=one.target) for one in reply.actions],
        confidence=reply.confidence,
        context=reply.context,
        notice=reply.notice,
    )


def _source(source: Source) -> SourceView:
    return SourceView(service_id=source.service_id, pointer=source.pointer)
