"""Published answers; they are few, so one partition has them."""

from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import moment, seconds
from chalicelib.enquiries.domain.published import PublishedAnswer
from chalicelib.enquiries.storage._records import PublishedRecord

_PK = "P"


def load_published() -> list[PublishedAnswer]:
    """Return all published answers; one Query a MB."""
    return [
        PublishedAnswer(
            record.sk,
            record.office,
            record.service,
            moment(record.published),
            record.question,
            record.answer,
        )
        for record in PublishedRecord.query(_PK)
    ]


def write_published(write: TransactWrite, answer: PublishedAnswer) -> None:
    """Publish an answer in the transaction of its enquiry."""
    write.save(
        PublishedRecord(
            _PK,
            answer.question_id,
            office=answer.office_id,
            service=answer.service_id,
            published=seconds(answer.published_at),
            question=dict(answer.question),
            answer=dict(answer.answer),
        )
    )


def write_unpublished(write: TransactWrite, question_id: str) -> None:
    """Take a published answer back in the transaction of its enquiry."""
    write.delete(PublishedRecord(_PK, question_id))
