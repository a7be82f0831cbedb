"""A look-up: what a register was asked about a person, for one service, and what it said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from chalicelib.core.attributes import seconds
from chalicelib.core.decisions import Versioned
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Attempt, Ledger
from chalicelib.core.ids import CITIZEN_ID_LENGTH, base62

# How long it may be given with an application.
FRESH_FOR: Final = timedelta(hours=24)
_TIME_LENGTH: Final = 6
_REST_LENGTH: Final = 8

Outcome = Literal["confirmed", "denied", "not_found"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a register says of a claim, with the values that were asked for, by their keys."""

    outcome: Outcome
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lookup(Versioned):
    """One look-up of one citizen's account, about `person` (a keyed hash) of the family or oneself.

    `claim` is what the register was asked to confirm, `consent` the version of the text that was
    agreed to. `answer` is sealed under the citizen's key: None until the register has answered, and
    once the citizen was erased.
    """

    lookup_id: str
    register_id: str
    service_id: str
    claim: str
    person: str
    consent: str
    asked_at: datetime
    for_member: str | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.lookup_id

    @property
    def citizen_id(self) -> str:
        """Return whose account it belongs to."""
        return self.lookup_id[:CITIZEN_ID_LENGTH]

    @property
    def expires_at(self) -> datetime:
        """Return until when it may be given with an application."""
        return (self.answered_at or self.asked_at) + FRESH_FOR

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether it was answered, and may be given with an application."""
        return self.answer is not None and now < self.expires_at


def id_for(citizen_id: str, attempt: Attempt, now: datetime) -> str:
    """Return the id of a look-up that an attempt begins; ids of a citizen sort by their time."""
    return first_id(citizen_id, now) + attempt.id_for("lookup", _REST_LENGTH)


def first_id(citizen_id: str, now: datetime) -> str:
    """Return what the ids of a citizen's look-ups begin with at a time, or are greater later."""
    return citizen_id + base62(seconds(now), _TIME_LENGTH)


def is_id(text: str) -> bool:
    """Tell whether a text has the length of a look-up's id."""
    return len(text) == CITIZEN_ID_LENGTH + _TIME_LENGTH + _REST_LENGTH


def is_owned(lookup_id: str, citizen_id: str) -> bool:
    """Tell whether an id is of a citizen's look-up."""
    return lookup_id[:CITIZEN_ID_LENGTH] == citizen_id
