"""Accounts of record of persons, and accounts that ask to be joined to them, or are."""

from datetime import datetime
from typing import Final

from pynamodb.exceptions import PutError

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.four_eyes import Word
from chalicelib.core.tables import Addition, condition_failed
from chalicelib.identity.domain import Link, LinkCode, LinkRequest
from chalicelib.identity.storage._records import (
    LinkCodeRecord,
    LinkRecord,
    LinkRequestRecord,
    PersonRecord,
    get,
)

_PERSON: Final = "person"
_REQUEST: Final = "link"
_CODE: Final = "link-code"


def find_of_record(person: str) -> str | None:
    """Return the citizen of a person's account of record."""
    return next((r.citizen_id for r in get(PersonRecord, f"P#{person}", _PERSON)), None)


def write_of_record(person: str, citizen_id: str) -> Addition:
    """Make an account the person's account of record; it fails where the person has another."""
    record = PersonRecord(f"P#{person}", _PERSON, citizen_id=citizen_id)
    is_free = PersonRecord.pk.does_not_exist() | (PersonRecord.citizen_id == citizen_id)
    return lambda write: write.save(record, condition=is_free)


def claim_of_record(person: str, citizen_id: str, other: str | None) -> bool:
    """Make an account the person's account of record in the place of another, or of none.

    Tells whether nobody else has become it meanwhile.
    """
    is_so = PersonRecord.pk.does_not_exist() if other is None else PersonRecord.citizen_id == other
    try:
        PersonRecord(f"P#{person}", _PERSON, citizen_id=citizen_id).save(condition=is_so)
    except PutError as error:
        condition_failed(error)
        return False
    return True


def write_no_record(person: str, citizen_id: str) -> Addition:
    """Leave a person without an account of record; it fails where the person has another."""
    record = PersonRecord(f"P#{person}", _PERSON)
    is_free = PersonRecord.pk.does_not_exist() | (PersonRecord.citizen_id == citizen_id)
    return lambda write: write.delete(record, condition=is_free)


def find_link_request(citizen_id: str, now: datetime) -> LinkRequest | None:
    """Return what an account asks for, unless that is over."""
    for r in get(LinkRequestRecord, f"C#{citizen_id}", _REQUEST):
        expires_at, asked = moment(r.tidy_at), None
        if r.asked:
            act, by, at, reason = r.asked
            asked = Word(act, by, moment(at), reason)
        request = LinkRequest(
            r.link_id, citizen_id, r.of_record, expires_at, asked, r.asked_in or ""
        )
        return request if request.expires_at > now else None
    return None


def write_link_request(request: LinkRequest, now: datetime) -> Addition:
    """Keep what an account asks for; it fails where that was asked for already."""
    record = _request_record(request)
    is_over = LinkRequestRecord.tidy_at <= seconds(now)
    is_other = LinkRequestRecord.of_record != request.of_record
    is_new = LinkRequestRecord.pk.does_not_exist() | is_over | is_other
    return lambda write: write.save(record, condition=is_new)


def write_asked(request: LinkRequest) -> Addition:
    """Keep a first person's word; it fails where somebody has said so before, or it is over."""
    is_same = LinkRequestRecord.link_id == request.link_id
    is_first = is_same & LinkRequestRecord.asked.does_not_exist()
    return lambda write: write.save(_request_record(request), condition=is_first)


def write_no_link_request(request: LinkRequest) -> Addition:
    """End what an account asks for; it fails where it asks for something else meanwhile."""
    record = LinkRequestRecord(f"C#{request.citizen_id}", _REQUEST)
    is_same = LinkRequestRecord.link_id == request.link_id
    return lambda write: write.delete(record, condition=is_same)


def list_links(citizen_id: str) -> list[Link]:
    """Return the accounts that are or were joined to an account of record; one Query."""
    records = LinkRecord.query(
        f"C#{citizen_id}", LinkRecord.sk.startswith("A#"), consistent_read=True
    )
    return [
        Link(
            r.sk[2:],
            r.account_id,
            r.platform,
            r.platform_key,
            moment(r.linked_at),
            r.ended,
            r.proof or "code",  # type: ignore[arg-type]
        )
        for r in records
    ]


def write_link(citizen_id: str, link: Link) -> Addition:
    """Keep an account that is or was joined to an account of record."""
    record = LinkRecord(
        f"C#{citizen_id}",
        f"A#{link.link_id}",
        account_id=link.account_id,
        platform=link.platform,
        platform_key=link.platform_key,
        linked_at=seconds(link.linked_at),
        ended=link.ended,
        proof=link.proof,
    )
    return lambda write: write.save(record)


def write_no_link(citizen_id: str, link_id: str) -> Addition:
    """Forget an account that is or was joined to an account of record."""
    record = LinkRecord(f"C#{citizen_id}", f"A#{link_id}")
    return lambda write: write.delete(record)


def find_link_code(citizen_id: str) -> LinkCode | None:
    """Return the code that an account of record made last."""
    for r in get(LinkCodeRecord, f"C#{citizen_id}", _CODE):
        return LinkCode(r.attempt, moment(r.tidy_at), r.cancelled_on, int(r.generation or 0))
    return None


def save_link_code(citizen_id: str, code: LinkCode) -> None:
    """Keep an account of record's code in the place of the one before."""
    _code_record(citizen_id, code).save()


def write_link_code(citizen_id: str, old: LinkCode | None, new: LinkCode) -> Addition:
    """Keep a code in the place of another; it fails where that has gone or been replaced."""
    is_old = LinkCodeRecord.pk.does_not_exist()
    if old:
        is_old = (LinkCodeRecord.attempt == old.attempt) & (
            LinkCodeRecord.cancelled_on == old.cancelled_on
        )
    return lambda write: write.save(_code_record(citizen_id, new), condition=is_old)


def write_no_link_code(citizen_id: str, code: LinkCode) -> Addition:
    """Use a code up; it fails where it was used or replaced."""
    record = LinkCodeRecord(f"C#{citizen_id}", _CODE)
    return lambda write: write.delete(record, condition=LinkCodeRecord.attempt == code.attempt)


def _request_record(request: LinkRequest) -> LinkRequestRecord:
    word = request.asked
    return LinkRequestRecord(
        f"C#{request.citizen_id}",
        _REQUEST,
        link_id=request.link_id,
        of_record=request.of_record,
        asked=[word.act, word.by, seconds(word.at), word.reason] if word else None,
        asked_in=request.asked_in or None,
        tidy_at=seconds(request.expires_at),
    )


def _code_record(citizen_id: str, code: LinkCode) -> LinkCodeRecord:
    return LinkCodeRecord(
        f"C#{citizen_id}",
        _CODE,
        attempt=code.attempt,
        cancelled_on=code.cancelled_on,
        generation=code.generation or None,
        tidy_at=seconds(code.expires_at),
    )
