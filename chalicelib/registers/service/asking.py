"""Asking a register: agreed to each time, for one service, for the least that it needs.

What is asked is kept before the register is asked, so that no look-up goes unrecorded: a call that
was cut short leaves its question, and the same attempt asks again and keeps the answer in the same
place. Of two answers to one question the first is kept.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import RegisterQuestion, Service
from chalicelib.core import changes, rate_limit
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Author
from chalicelib.core.errors import (
    FieldError,
    IdempotencyKeyReused,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    unknown,
)
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import document_of
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import service as identity
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.mandates.service import Acting, acting_for
from chalicelib.mandates.service.proof import proven_person
from chalicelib.registers import providers, storage
from chalicelib.registers.domain import Answer, Lookup, answered, asked, asked_again, id_for
from chalicelib.registers.providers.base import Purpose, Question
from chalicelib.registers.service import encryption, queries, registers
from chalicelib.registers.service.queries import Shown

A_DAY: Final = 60
_NOT_ASKED: Final = Text("本事项不需要查询该登记", "This service does not ask this register")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which register is asked for which service, for whom of the family; None for oneself."""

    register_id: str
    service_id: str
    for_member: str | None = None


def look_up(caller: Citizen, wanted: Asked, attempt: Attempt, now: datetime) -> tuple[Shown, bool]:
    """Ask a register; tells whether the same attempt had its answer before.

    Raises InvalidRequest, VerificationRequired, ConsentRequired, TooManyRequests,
    ProviderUnavailable or IdempotencyKeyReused.
    """
    lookup = _begun(caller, attempt)
    if lookup:
        shown = queries.opened(lookup)
        if shown:
            return shown, True
    service, question = _question(wanted)
    if lookup is None:
        lookup = _begin(caller, wanted, question, attempt, now)
    _tell(lookup, "lookup", lookup.asked_at)
    answer = _ask(lookup, service, "application", caller.actor)
    key = identity.key_of(caller.citizen_id)
    sealed = encryption.seal_answer(lookup.lookup_id, key, answer)
    applied = changes.apply(
        lambda: queries.load(lookup.lookup_id),
        lambda old: answered(old, sealed, now.replace(microsecond=0)),
        storage.store,
        Author(f"register:{lookup.register_id}", now),
    )
    kept = queries.opened(applied.new)
    if kept is None:
        raise Unauthenticated
    return kept, False


def ask_again(shown: Shown, case_id: str, actor: str, now: datetime) -> Answer:
    """Ask a register once more for a person's decision of a case, and note it.

    A register that is away holds nothing up: what it said first stands.
    """
    try:
        return ask_for_decision(shown, case_id, actor, now)
    except ProviderUnavailable:
        return shown.answer


def ask_for_decision(shown: Shown, case_id: str, actor: str, now: datetime) -> Answer:
    """Ask a register once more for the decision of a case, and note it.

    Raises ProviderUnavailable.
    """
    lookup = shown.lookup
    service = catalogue.current().services.get(lookup.service_id)
    if service is None or service.question(lookup.register_id) is None:
        return shown.answer
    answer = _ask(lookup, service, "decision", actor)
    key = identity.key_of(lookup.citizen_id)
    sealed = encryption.seal_answer(lookup.lookup_id, key, answer)
    changes.apply(
        lambda: queries.load(lookup.lookup_id),
        lambda old: asked_again(old, sealed, case_id),
        storage.store,
        Author(actor, now),
    )
    _tell(lookup, "lookup_for_decision", now)
    return answer


def _begun(caller: Citizen, attempt: Attempt) -> Lookup | None:
    """Return what an attempt began; raises IdempotencyKeyReused."""
    known = storage.find_attempt(caller.citizen_id, attempt)
    if known is None:
        return None
    lookup_id, fingerprint = known
    if fingerprint != attempt.fingerprint:
        raise IdempotencyKeyReused
    return storage.load(lookup_id)


def _question(wanted: Asked) -> tuple[Service, RegisterQuestion]:
    """Return the service and what it asks the register; raises InvalidRequest."""
    try:
        service = catalogue.service(wanted.service_id)
    except NotFound as error:
        raise unknown("/service_id") from error
    question = service.question(wanted.register_id)
    if question is None:
        raise InvalidRequest(errors=[FieldError("/register_id", "not_asked", _NOT_ASKED)])
    return service, question


def _begin(
    caller: Citizen, wanted: Asked, question: RegisterQuestion, attempt: Attempt, now: datetime
) -> Lookup:
    """Keep what is asked, by whose right, and that it was agreed to."""
    window, citizen_id = rate_limit.day(now), caller.citizen_id
    acting = _acting(caller, wanted.for_member, now)
    if storage.count(citizen_id, window) > A_DAY:
        raise window.exceeded(now)
    new = Lookup(
        lookup_id=id_for(citizen_id, attempt, now),
        register_id=wanted.register_id,
        service_id=wanted.service_id,
        claim=question.claim,
        person=acting.person,
        consent=registers.known().consent.version,
        asked_at=now.replace(microsecond=0),
        for_member=wanted.for_member,
    )

    def write() -> Lookup | None:
        stands = _acting(caller, wanted.for_member, now).stands
        change = changes.append(new, asked(new), Author(caller.actor, now))
        if storage.begin(change, attempt, stands):
            return change.new
        return _begun(caller, attempt)

    return changes.until_stored(write)


def _acting(caller: Citizen, member_id: str | None, now: datetime) -> Acting:
    """Return about whom one asks.

    Raises VerificationRequired, ConsentRequired, or InvalidRequest for nobody of the family.
    """
    person = proven_person(caller.citizen_id)
    if member_id is None:
        return Acting(person, person)
    try:
        return acting_for(caller, member_id, "lodge", now)
    except NotFound as error:
        raise unknown("/for_member") from error


def _ask(lookup: Lookup, service: Service, purpose: Purpose, actor: str) -> Answer:
    """Ask the register what a look-up is about; raises ProviderUnavailable."""
    question = service.question(lookup.register_id)
    fields = question.fields if question else ()
    return providers.office_register().ask(
        Question(
            lookup.register_id,
            lookup.claim,
            fields,
            _claim(lookup),
            lookup.service_id,
            actor,
            purpose,
        )
    )


def _claim(lookup: Lookup) -> IdentityClaim:
    """Return the name and the document of whom a look-up is about."""
    citizen_id, member_id = lookup.citizen_id, lookup.for_member
    if member_id is None:
        clear = identity.me(citizen_id).clear
    else:
        member = identity.find_member(citizen_id, member_id)
        clear = identity.member_in_clear(citizen_id, member)
    return IdentityClaim(clear["name"], document_of(clear))


def _tell(lookup: Lookup, reason: str, at: datetime) -> None:
    """Let the look-up stand among the looks at whom it is about, and who asked. Idempotent."""
    who, what = f"register:{lookup.register_id}", f"lookup:{lookup.lookup_id}"
    told = [lookup.citizen_id]
    if lookup.for_member:
        principal = identity.principal_of(lookup.citizen_id, lookup.for_member, at)
        told += [principal] if principal else []
    for citizen_id in told:
        identity.record_access(
            citizen_id, who, reason, what, at, access_id=f"{reason}.{lookup.lookup_id}"
        )
