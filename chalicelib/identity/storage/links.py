"""Accounts of record of persons, and accounts that ask to be joined to them."""

from datetime import datetime
from typing import Final

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.tables import Addition
from chalicelib.identity.domain import LinkRequest
from chalicelib.identity.storage._records import LinkRequestRecord, PersonRecord, get

_PERSON: Final = "person"
_REQUEST: Final = "link"


def find_of_record(person: str) -> str | None:
    """Return the citizen of a person's account of record."""
    return next((r.citizen_id for r in get(PersonRecord, f"P#{person}", _PERSON)), None)


def write_of_record(person: str, citizen_id: str) -> Addition:
    """Make an account the person's account of record; it fails where the person has another."""
    record = PersonRecord(f"P#{person}", _PERSON, citizen_id=citizen_id)
    is_free = PersonRecord.pk.does_not_exist() | (PersonRecord.citizen_id == citizen_id)
    return lambda write: write.save(record, condition=is_free)


def write_no_record(person: str, citizen_id: str) -> Addition:
    """Leave a person without an account of record; it fails where the person has another."""
    record = PersonRecord(f"P#{person}", _PERSON)
    is_free = PersonRecord.pk.does_not_exist() | (PersonRecord.citizen_id == citizen_id)
    return lambda write: write.delete(record, condition=is_free)


def find_link_request(citizen_id: str, now: datetime) -> LinkRequest | None:
    """Return what an account asks for, unless that is over."""
    for r in get(LinkRequestRecord, f"C#{citizen_id}", _REQUEST):
        request = LinkRequest(r.link_id, citizen_id, r.of_record, moment(r.tidy_at))
        return request if request.expires_at > now else None
    return None


def write_link_request(request: LinkRequest, now: datetime) -> Addition:
    """Keep what an account asks for; it fails where that was asked for already."""
    record = LinkRequestRecord(
        f"C#{request.citizen_id}",
        _REQUEST,
        link_id=request.link_id,
        of_record=request.of_record,
        tidy_at=seconds(request.expires_at),
    )
    is_over = LinkRequestRecord.tidy_at <= seconds(now)
    is_other = LinkRequestRecord.of_record != request.of_record
    is_new = LinkRequestRecord.pk.does_not_exist() | is_over | is_other
    return lambda write: write.save(record, condition=is_new)
