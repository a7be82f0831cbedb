"""Giving a mandate to whom a code names; one of much is signed, and uses the signature up."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import changes, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.key_notes import KeyNote
from chalicelib.identity.signing import service as signing
from chalicelib.mandates import storage
from chalicelib.mandates.domain import (
    ALL_SERVICES,
    MANDATE_ID_LENGTH,
    AgentCode,
    Mandate,
    Terms,
    latest_end,
)
from chalicelib.mandates.service import agent_codes, mandate_sheet, organisations
from chalicelib.mandates.service.proof import proven_person

_UNKNOWN: Final = Text("没有找到", "Not found")
_OVER: Final = Text("截止日期已过", "The last day is over")
_TOO_LONG: Final = Text("委托期限最长三年", "A mandate lasts three years at most")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who shall have which mandate; `source` stands for the network address of who gives it."""

    agent_code: str
    terms: Terms
    source: str
    organisation_id: str | None = None
    signature: str | None = None


def give(caller: Citizen, asked: Asked, attempt: Attempt, now: datetime) -> tuple[Mandate, bool]:
    """Give a mandate, which is active at once; tells whether the same attempt had done so before.

    For an organisation its managers do.
    Raises VerificationRequired, Forbidden, NotRepresentative, InvalidRequest, TooManyRequests,
    SignatureRequired, SignatureInvalid or IdempotencyKeyReused.
    """
    # The id follows from the principal too.
    key = storage.KEYS.of(attempt, now)
    with key.unless_reused():
        return _give(caller, asked, key)


def _give(caller: Citizen, asked: Asked, key: KeyNote) -> tuple[Mandate, bool]:
    attempt, now = key.attempt, key.now
    person = proven_person(caller.citizen_id)
    principal, counted_as = caller.citizen_id, person
    if asked.organisation_id:
        organisation = organisations.managed(caller, asked.organisation_id, now)
        principal, counted_as = organisation.organisation_id, organisation.person
    random = attempt.id_for("mandate", MANDATE_ID_LENGTH - CITIZEN_ID_LENGTH)
    mandate_id = principal + random
    made = storage.load(mandate_id)
    if made:
        return _again(made, attempt)
    check_terms(asked.terms, now)
    code = agent_codes.named_by(person, asked.agent_code, asked.source, now, mandate_id)
    parties = (principal, counted_as, code.citizen_id, code.person)
    given = Mandate(
        mandate_id,
        *parties,
        asked.terms,
        office_time(now).date(),
        of_organisation=asked.organisation_id is not None,
    )
    use = _signed(caller, asked, code, now)
    event = _given(given, use)
    decision = Decision(given, (event,), ())
    author = Author(caller.actor, now, attempt, key=key)
    change = changes.append(given, decision, author)
    also = [*change.also, *([use.write(mandate_id, now)] if use else [])]
    if storage.create(change.new, change.entries[0], asked.agent_code, also):
        return change.new, False
    made = storage.load(mandate_id)
    if made is None:
        _signed(caller, asked, code, now)
        raise agent_codes.used_meanwhile()
    # The answer to this very write may have been lost.
    return (made, False) if made.head == change.new.head else _again(made, attempt)


def _given(given: Mandate, use: signing.Use | None) -> DomainEvent:
    facts = {"principal": given.principal, "agent": given.agent, "ends": given.until.isoformat()}
    return DomainEvent("mandate.given", {**facts, **(use.facts if use else {})})


def _signed(caller: Citizen, asked: Asked, code: AgentCode, now: datetime) -> signing.Use | None:
    """Return the signature of a mandate that needs one; raises SignatureRequired or -Invalid."""
    if not asked.terms.is_signed:
        return None
    sheet = mandate_sheet.of(caller.citizen_id, asked.agent_code, code.citizen_id, asked.terms)
    if asked.organisation_id:
        sheet = mandate_sheet.in_name_of(sheet, asked.organisation_id)
    return signing.require(sheet, asked.signature, now)


def check_terms(terms: Terms, now: datetime, latest: date | None = None) -> None:
    """Refuse services that nobody knows, and days that are over or too far; raises InvalidRequest.

    A mandate may end three years from its first day, or on the `latest` day that is later.
    """
    errors, today = [], office_time(now).date()
    if not all(map(_is_known, terms.services - {ALL_SERVICES})):
        errors.append(FieldError("/services", "unknown", _UNKNOWN))
    if terms.until < today:
        errors.append(FieldError("/until", "over", _OVER))
    if terms.until > max(latest_end(today), latest or today):
        errors.append(FieldError("/until", "too_long", _TOO_LONG))
    if errors:
        raise InvalidRequest(errors=errors)


def _is_known(service_id: str) -> bool:
    try:
        catalogue.service(service_id)
    except NotFound:
        return False
    return True


def _again(made: Mandate, attempt: Attempt) -> tuple[Mandate, bool]:
    idempotency.already_applied(made.ledger, attempt)
    return made, True
