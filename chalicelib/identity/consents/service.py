"""Saying yes or no about a purpose, and what was said.

One conditional write keeps a word with the attempt that brought it: a retry after a crash or a lost
answer finds it, and of two at once one decides again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core import changes, idempotency, pagination
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.identity.consents import storage
from chalicelib.identity.consents.domain import LIMIT, Consent, Word
from chalicelib.identity.service import personal_data_requests

_TOO_MANY: Final = Text("用途过多", "There are too many purposes")


def say(citizen_id: str, purpose: str, word: Word, attempt: Attempt) -> tuple[Consent, bool]:
    """Keep what a citizen says; tells whether the same attempt had done so before.

    Raises InvalidRequest for too many purposes, IdempotencyKeyReused or TryAgain, and
    Unauthenticated of who is leaving.
    """

    def write() -> tuple[Consent, bool] | None:
        known = storage.list_of(citizen_id, None, LIMIT).items
        old = next((one for one in known if one.purpose == purpose), Consent(purpose))
        # A key that was used for another purpose is found there, and refused.
        if any(idempotency.already_applied(one.ledger, attempt) for one in known):
            return old, True
        if not old.words and len(known) == LIMIT:
            raise InvalidRequest(errors=[FieldError("/purpose", "too_many", _TOO_MANY)])
        ledger = idempotency.note(old.ledger, attempt, word.at)
        new = replace(old.said(word), ledger=ledger)
        return (new, False) if storage.store(citizen_id, old, new, word.at) else None

    return changes.until_stored(write)


def list_mine(citizen_id: str, position: str | None, limit: int) -> Page[Consent]:
    """Return a page of what a citizen said, by purpose."""
    return storage.list_of(citizen_id, position, limit)


def _held_about(citizen_id: str) -> list[Mapping[str, object]]:
    said = pagination.every(lambda position: storage.list_of(citizen_id, position, LIMIT))
    return [
        {
            "purpose": one.purpose,
            "words": [
                {"version": word.version, "given": word.given, "at": rfc3339(word.at)}
                for word in one.words
            ],
        }
        for one in said
    ]


def _forget(citizen_id: str, _now: datetime) -> None:
    storage.delete_all(citizen_id)


PERSONAL_DATA: Final = personal_data_requests.Holder("consents", _held_about, _forget)
