"""What two members of staff do about a person: a corrected number, a new name, a death."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core import changes, dependencies, four_eyes
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import NotFound
from chalicelib.core.event_types import CitizenEvent
from chalicelib.core.id_documents import Document, fields_of
from chalicelib.core.idempotency import Attempt
from chalicelib.core.plugins import registered
from chalicelib.core.tables import Addition
from chalicelib.identity import storage
from chalicelib.identity.domain import NumberTaken, Profile, StaffAct
from chalicelib.identity.domain.person_corrections import PersonAct, check_act
from chalicelib.identity.service import (
    access_log,
    personal_data_requests,
    profiles,
    rate_limits,
)
from chalicelib.identity.service.profiles import Effects, person_of, unwrap_key
from chalicelib.identity.service.revocations import revocations, rights_of
from chalicelib.identity.signing import service as signing

# The alert about what somebody who died has left open.
_DIED: Final = "person_died"
_PURPOSE: Final = "identity_check"
_EVENTS: Final[Mapping[PersonAct, CitizenEvent]] = {
    "correct": "account.corrected",
    "death": "account.closed",
    "undo_death": "account.reopened",
    "sign_out": "account.signed_out",
    "reset_factors": "account.factors_reset",
}
_IDENTITY: Final = ("name", "document_type", "id_number", "country")


@dataclass(frozen=True, slots=True)
class Details:
    """Who somebody is, by name and document."""

    name: str
    document: Document


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done about whom, why; `details` are what a correction makes of them."""

    person_id: str
    act: PersonAct
    reason: str
    details: Details | None = None

    @property
    def said(self) -> str:
        """Return the act as a word has it: of another correction it is another word."""
        if self.details is None:
            return self.act
        text = "\x00".join((self.details.name, *fields_of(self.details.document).values()))
        return f"{self.act}#{dependencies.vault().keyed_hash('correction', text)}"


@dataclass(frozen=True, slots=True)
class PersonShown:
    """A person as staff see them; `done` tells whether what was asked for is done."""

    profile: Profile
    clear: Mapping[str, str]
    done: bool = False
    replayed: bool = False


def find(staff: Staff, details: Details, reason: str, now: datetime) -> PersonShown | None:
    """Return the person with exactly this name and number, by the account of record.

    None for nobody, whatever differs. The look is recorded. Raises TooManyRequests past so many an
    hour of one member of staff.
    """
    shown = find_by_document(staff, details.document, reason, now)
    return shown if shown and shown.clear["name"] == details.name else None


def find_by_document(
    staff: Staff, document: Document, reason: str, now: datetime
) -> PersonShown | None:
    """Return the holder of a document, as `find` does."""
    rate_limits.claim_search(staff.staff_id, now)
    citizen_id = storage.find_of_record(person_of(document))
    if citizen_id is None or profiles.is_erased(citizen_id):
        return None
    return _look_at(staff, citizen_id, now, reason)


def act(staff: Staff, asked: Asked, attempt: Attempt, now: datetime) -> PersonShown:
    """Ask for an act, or do it where another person has asked for it. Idempotent by its key.

    What other rooms do about it comes after, also when the same is said again. Raises NotFound,
    WrongStatus, NumberTaken, SecondPersonNeeded or TryAgain.
    """
    word = staff.word(asked.said, now, asked.reason)

    def decide(owner: Profile) -> Decision[Profile, Effects] | None:
        if owner.person is None:
            raise NotFound
        known = owner.staff_act
        if known and attempt.key in (known.asked_in, known.done_in):
            return None
        if not check_act(asked.act, deceased=owner.deceased):
            return None
        if known is None or not four_eyes.is_agreed(known.pending, word):
            new = replace(owner, staff_act=StaffAct(word, attempt.key))
            facts = {"act": asked.act, "reason": asked.reason}
            return Decision(new, (DomainEvent("account.act_asked", facts),), Effects())
        done = replace(known, done_in=attempt.key, former=owner.person)
        facts = {"asked_by": known.word.by, "reason": asked.reason}
        event = DomainEvent(_EVENTS[asked.act], facts)
        new, also = _done(replace(owner, staff_act=done), asked, now)
        return Decision(new, (event,), Effects(also=also))

    author = Author(staff.actor, now)
    load = lambda: profiles.load_to_open(asked.person_id)  # noqa: E731 - as short as it is.
    applied = changes.apply(load, decide, storage.store_profile, author)
    owner, known = applied.new, applied.new.staff_act
    is_asked = known is not None and known.asked_in == attempt.key
    if not is_asked:
        _follow_up(owner, asked, now)
    shown = _look_at(staff, asked.person_id, now)
    return replace(shown, done=not is_asked, replayed=not applied.changed)


def _done(owner: Profile, asked: Asked, now: datetime) -> tuple[Profile, list[Addition]]:
    """Return the person after an act, and what is written with it: all log-ins end."""
    new, also = replace(owner, generation=owner.generation + 1), list[Addition]()
    if asked.details:
        new, also = _corrected(new, asked.details)
    elif asked.act == "death":
        new, also = replace(new, deceased=True), _alert(owner, now)
    elif asked.act == "undo_death":
        new = replace(new, deceased=False)
    elif asked.act == "reset_factors":
        also = [signing.resetting(owner.citizen_id)]
    ended = revocations.write(f"citizen:{owner.citizen_id}", _rights(new), now)
    return new, [*also, ended]


def _corrected(owner: Profile, details: Details) -> tuple[Profile, list[Addition]]:
    person, key, former = person_of(details.document), unwrap_key(owner), owner.person or ""
    fields = {"name": details.name, **fields_of(details.document)}
    others = {name: text for name, text in owner.sealed.items() if name not in _IDENTITY}
    sealed = {**others, **{name: key.seal(name, text) for name, text in fields.items()}}
    new = replace(owner, person=person, proof="counter", sealed=sealed)
    if person == former:
        return new, []
    if storage.find_of_record(person) not in (None, owner.citizen_id):
        raise NumberTaken
    return new, [
        storage.write_of_record(person, owner.citizen_id),
        storage.write_no_record(former, owner.citizen_id),
    ]


def _alert(owner: Profile, now: datetime) -> list[Addition]:
    """Return the alert about what must be ended by hand, if there is any."""
    still_open = [
        thing
        for of in personal_data_requests.holders()
        for thing in of.open_things(owner.citizen_id)
    ]
    if not still_open:
        return []
    facts = {"things": " ".join(still_open), "number_of_things": str(len(still_open))}
    return [alert(owner.citizen_id, _DIED, facts, now) for alert in _alerts()]


def _alerts() -> tuple[personal_data_requests.AlertWrites, ...]:
    alerts: tuple[personal_data_requests.AlertWrites, ...] = registered("INTEGRITY_ALERTS")
    return alerts


def _follow_up(owner: Profile, asked: Asked, now: datetime) -> None:
    """Know at once which tokens ended, and let other rooms do their part; idempotent."""
    revocations.learn(f"citizen:{owner.citizen_id}", _rights(owner))
    former = owner.staff_act.former if owner.staff_act else ""
    if asked.act == "death":
        for ended in registered("PERSON_DIED"):
            ended(owner.citizen_id, now)
    elif asked.act == "undo_death":
        for clear in registered("INTEGRITY_ALERTS_CLEARED"):
            clear(owner.citizen_id, _DIED, now)
    elif asked.act == "correct" and former not in ("", owner.person):
        for corrected in registered("PERSON_CORRECTED"):
            corrected(owner.citizen_id, former, owner.person, now)


def _rights(owner: Profile) -> str:
    return "" if owner.deceased else rights_of(profiles.caller_of(owner))


def _look_at(staff: Staff, citizen_id: str, now: datetime, reason: str = _PURPOSE) -> PersonShown:
    shown = profiles.me(citizen_id)
    what = f"person:{citizen_id}"
    access_log.record_access(citizen_id, staff, reason, what, now)
    return PersonShown(shown.profile, shown.clear)
