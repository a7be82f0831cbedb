"""The table of questions: what was asked, how often, and what could not be answered.

| pk | sk | holds |
|---|---|---|
| `Q#<question id>` | `q` | a question, masked, with its answer, for 30 days |
| `C#<month>` | `<day>#<service>#<topic>` | a day's counts |
| `U#<day>` | `<question id>` | a question that was not answered or did not help, for 30 days |
| `G#<source>` | `<window>` | how many questions came from a network address in a minute |

No record says who asked. A question, its count and its place in the list are one transaction.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError

from chalicelib.assistant.domain.questions import COUNTS, DailyCounts, Question, Unhelped, Why
from chalicelib.core.attributes import moment, seconds
from chalicelib.core.claims import Claims
from chalicelib.core.rate_limit import Window
from chalicelib.core.settings import SETTINGS
from chalicelib.core.statistics import months_between
from chalicelib.core.tables import (
    Addition,
    Record,
    Table,
    failed_conditions,
    store_once,
    transaction,
)

TABLE: Final = Table("assistant")
_CLAIMS: Final = Claims(TABLE)
_QUESTION: Final = "q"


class _Record(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Question(_Record):
    asked = NumberAttribute()
    text = UnicodeAttribute()
    service = UnicodeAttribute()
    topic = UnicodeAttribute()
    known = BooleanAttribute()
    reply = JSONAttribute()
    fingerprint = UnicodeAttribute()
    helpful = BooleanAttribute(null=True)
    tidy_at = NumberAttribute()


class _Counts(_Record):
    asked = NumberAttribute(default=0)
    unanswered = NumberAttribute(default=0)
    helpful = NumberAttribute(default=0)
    unhelpful = NumberAttribute(default=0)


class _Unhelped(_Record):
    text = UnicodeAttribute()
    service = UnicodeAttribute()
    why = UnicodeAttribute()
    tidy_at = NumberAttribute()


def claim(source: str, window: Window, limit: int) -> bool:
    """Claim one question of so many in a window; False for none left."""
    return _CLAIMS.claim((f"G#{source}", window.name), window, limit)


def create(question: Question) -> bool:
    """Keep a question and count it, once; False when it is there."""
    counted = {"asked": 1} if question.known else {"asked": 1, "unanswered": 1}
    also = [_counting(question, counted)]
    if not question.known:
        also.append(_listing(question, "unanswered"))
    return store_once(_record(question), also)


def load(question_id: str, now: datetime) -> Question | None:
    """Return a question that is kept; one read unit a 4 KB."""
    try:
        record = _Question.get(f"Q#{question_id}", _QUESTION, consistent_read=True)
    except _Question.DoesNotExist:
        return None
    return _question(question_id, record) if record.tidy_at > seconds(now) else None


def rate(question: Question, *, helpful: bool) -> bool:
    """Note whether an answer helped; False when somebody else has said so meanwhile."""
    counted = {"helpful" if helpful else "unhelpful": 1}
    if question.helpful is not None:
        counted["unhelpful" if helpful else "helpful"] = -1
    record, was = _record(question), question.helpful
    same = _Question.helpful.does_not_exist() if was is None else _Question.helpful == was
    try:
        with transaction() as write:
            write.update(record, [_Question.helpful.set(helpful)], condition=same)
            _counting(question, counted)(write)
            if not helpful and question.known:
                _listing(question, "unhelpful")(write)
            if helpful and was is False and question.known:
                write.delete(_Unhelped(*_unhelped_keys(question)))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def load_daily_counts(first: date, last: date) -> Iterator[DailyCounts]:
    """Yield the counts from `first` to `last`, both days included, one Query a month."""
    for month, begin, end in months_between(first, last):
        for record in _Counts.query(f"C#{month:%Y%m}", _Counts.sk.between(begin, end)):
            day, service, topic = record.sk.split("#")
            counts = {name: int(getattr(record, name) or 0) for name in COUNTS}
            yield DailyCounts(month.replace(day=int(day)), service, topic, counts)


def load_unhelped(first: date, last: date, now: datetime) -> Iterator[Unhelped]:
    """Yield what was not answered or did not help, of the days that are kept; one Query a day."""
    day = max(first, (now - Question.KEPT_FOR - timedelta(days=1)).date())
    while day <= last:
        for record in _Unhelped.query(f"U#{day:%Y%m%d}"):
            if record.tidy_at > seconds(now):
                why: Why = "unanswered" if record.why == "unanswered" else "unhelpful"
                yield Unhelped(day, record.text, record.service, why)
        day += timedelta(days=1)


def _record(question: Question) -> _Question:
    return _Question(
        f"Q#{question.question_id}",
        _QUESTION,
        asked=seconds(question.asked_at),
        text=question.text,
        service=question.service,
        topic=question.topic,
        known=question.known,
        reply=dict(question.reply),
        fingerprint=question.fingerprint,
        helpful=question.helpful,
        tidy_at=seconds(question.kept_until),
    )


def _question(question_id: str, record: _Question) -> Question:
    return Question(
        question_id,
        moment(record.asked),
        record.text,
        record.service,
        record.topic,
        record.known,
        record.reply,
        record.fingerprint,
        record.helpful,
    )


def _counting(question: Question, counted: Mapping[str, int]) -> Addition:
    sk = f"{question.day:%d}#{question.service}#{question.topic}"
    record = _Counts(f"C#{question.day:%Y%m}", sk)
    added = [getattr(_Counts, name).add(by) for name, by in counted.items()]
    return lambda write: write.update(record, added)


def _unhelped_keys(question: Question) -> tuple[str, str]:
    return f"U#{question.day:%Y%m%d}", question.question_id


def _listing(question: Question, why: Why) -> Addition:
    record = _Unhelped(
        *_unhelped_keys(question),
        text=question.text,
        service=question.service,
        why=why,
        tidy_at=seconds(question.kept_until),
    )
    return lambda write: write.save(record)
