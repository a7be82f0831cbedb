"""The routes of everyone: how far an enquiry is, and what was answered to others."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.core import auth, dependencies
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor, TooManyRequests
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request
from chalicelib.core.i18n import Lang
from chalicelib.core.routes import Routes
from chalicelib.core.text import Written, read_code, text
from chalicelib.enquiries.api.views import AnswerGiven, answers_of
from chalicelib.enquiries.domain import EnquiryStatus, Kind, PublishedAnswer
from chalicelib.enquiries.service import progress, published, queries

routes: Final = Routes("enquiries")


class EnquiryProgressQuery(QueryModel):
    """The six digits that came with the number."""

    code: Annotated[str, Written(read_code, 0, 4096)] = ""


class EnquiryProgress(BodyModel):
    """How far an enquiry is, and what was answered; not who asked what."""

    number: str
    kind: Kind
    status: EnquiryStatus
    received_at: str
    due_at: str
    answers: list[AnswerGiven]


class QuestionQuery(QueryModel):
    """About which service, with which words."""

    service_id: Id | None = None
    query: Annotated[str, text(100, 0)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class QuestionView(BodyModel):
    """A published answer; `language` is the asked one, where it was answered in that."""

    question_id: str
    service_id: str | None
    office_id: str
    language: Lang
    question: str
    answer: str
    published_at: str


class QuestionList(BodyModel):
    """Published answers of one page: the likest first, without a query the newest."""

    items: list[QuestionView]
    next_cursor: str | None


@routes.get(
    "/v1/enquiry-progress/{number}",
    auth=auth.public,
    body=EnquiryProgressQuery,
    response=EnquiryProgress,
    errors=[TooManyRequests],
    any_path=True,
)
def look_up(request: Request[EnquiryProgressQuery], number: str) -> EnquiryProgress:
    """Show how far an enquiry is, by its number and code."""
    file = progress.look_up(number, request.input.code, request.source, request.now)
    enquiry = file.enquiry
    return EnquiryProgress(
        number=queries.number_of(enquiry),
        kind=enquiry.kind,
        status=enquiry.status,
        received_at=rfc3339(enquiry.received_at),
        due_at=rfc3339(enquiry.due_at),
        answers=answers_of(file),
    )


@routes.get(
    "/v1/questions",
    auth=auth.public,
    body=QuestionQuery,
    response=QuestionList,
    errors=[InvalidCursor],
)
def find_questions(request: Request[QuestionQuery]) -> QuestionList:
    """Find what was answered to others."""
    query = request.input
    page = dependencies.cursors().page(
        f"questions/{query.service_id}/{query.query}",
        query.cursor,
        lambda position: published.find(query.query, query.service_id, position, query.limit),
    )
    items = [_view(answer, request.lang) for answer in page.items]
    return QuestionList(items=items, next_cursor=page.next_cursor)


def _view(answer: PublishedAnswer, wanted: Lang) -> QuestionView:
    language = answer.language(wanted)
    question = answer.question.get(language) or next(iter(answer.question.values()))
    return QuestionView(
        question_id=answer.question_id,
        service_id=answer.service_id,
        office_id=answer.office_id,
        language=language,
        question=question,
        answer=answer.answer[language],
        published_at=rfc3339(answer.published_at),
    )
