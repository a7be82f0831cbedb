"""Mandates that are given before a clerk, on paper: witnessed, found and ended at the counter."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from chalicelib.core import changes, idempotency
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.four_eyes import Word
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import Document
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.core.key_notes import KeyNote
from chalicelib.core.pagination import Page
from chalicelib.core.plugins import registered
from chalicelib.core.tables import Addition
from chalicelib.identity import service as identity
from chalicelib.identity.service import desk_accounts, rate_limits
from chalicelib.identity.service.members import last_day_as_minor
from chalicelib.identity.service.profiles import person_of
from chalicelib.identity.staff import service as accounts
from chalicelib.mandates import storage
from chalicelib.mandates.domain import (
    MANDATE_ID_LENGTH,
    Mandate,
    OwnMatter,
    Terms,
    Witness,
    witnessed,
)
from chalicelib.mandates.service import guardians
from chalicelib.mandates.service.giving import check_terms

_PURPOSE: Final = "mandate"
_ONESELF: Final = Text("不能委托自己", "One cannot give a mandate to oneself")
_MINOR: Final = Text("代办人须年满十八周岁", "Only an adult acts for others")
_OTHER_NAME: Final = Text(
    "姓名与该证件号码已登记的姓名不一致", "This number is known under another name"
)


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """Who stands before the clerk, by the document that they showed."""

    name: str
    document: Document


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a clerk says: who lets whom do what, by the paper of a scan, and why it was accepted."""

    principal: PersonSeen
    agent: PersonSeen
    terms: Terms
    upload_id: str
    reason: str = ""


def witness(staff: Staff, said: Testimony, attempt: Attempt, now: datetime) -> Applied[Mandate]:
    """Keep a mandate that a clerk witnessed; one that allows much waits for another's same word.

    What follows from it is done by a replay too, as the first call may have stopped before it.
    Raises InvalidRequest, OwnMatter, SecondPersonNeeded or IdempotencyKeyReused.
    """
    known = storage.find_of_scan(said.upload_id)
    if known and idempotency.already_applied(known.ledger, attempt):
        applied = Applied(known, known, replayed=True)
    else:
        key = storage.KEYS.of(attempt, now)
        with key.unless_reused():
            applied = _keep(staff, said, key)
    _looked(staff, applied.new, now)
    if applied.new.state == "active":
        guardians.tell_family(applied.new, now)
    return applied


def _keep(staff: Staff, said: Testimony, key: KeyNote) -> Applied[Mandate]:
    attempt, now = key.attempt, key.now
    office_id = _checked(staff, said, now)
    _check_neither(staff, said)
    principal = _account_of("principal", said.principal, staff, now)
    agent = _account_of("agent", said.agent, staff, now)
    length = MANDATE_ID_LENGTH - len(principal[0])
    random = derived_id("mandate", said.upload_id, length=length)
    fresh = Mandate(
        principal[0] + random,
        *principal,
        *agent,
        said.terms,
        office_time(now).date(),
        accepted_by="counter",
        witness=Witness(office_id, said.upload_id, minor_until=_minor_until(said, now)),
    )
    word = staff.word("witness", now, said.reason)
    author = Author(staff.actor, now, attempt, key=key)
    return changes.apply(
        lambda: storage.find_of_scan(said.upload_id) or fresh,
        lambda old: _decided(old, fresh, word),
        storage.store_witnessed,
        author,
    )


def find(staff: Staff, seen: PersonSeen, reason: str, now: datetime) -> list[Mandate]:
    """Return the mandates that a person gave or acts by; nobody and another name find nothing.

    Each access is recorded, with the reason. Raises TooManyRequests.
    """
    rate_limits.claim_search(staff.staff_id, now)
    account = desk_accounts.find(person_of(seen.document))
    if account is None or identity.me(account.citizen_id).clear.get("name") != seen.name:
        return []
    lists: Iterable[Callable[[str], list[str]]] = (storage.list_given, storage.list_held)
    ids = dict.fromkeys(one for listed in lists for one in listed(account.citizen_id))
    found = storage.load_many(ids)
    for mandate in found:
        _looked(staff, mandate, now, reason)
    return sorted(found, key=lambda one: (one.since, one.mandate_id), reverse=True)


def waiting(
    staff: Staff, office_id: str, position: str | None, limit: int, now: datetime
) -> Page[Mandate]:
    """Return a page of what waits in a hall for a second person; raises NotFound.

    Each access is recorded.
    """
    if office_id not in staff.office_ids:
        raise NotFound
    page = storage.list_waiting(office_id, position, limit)
    for mandate in page.items:
        _looked(staff, mandate, now)
    return page


def show(staff: Staff, mandate_id: str, now: datetime) -> Mandate:
    """Return a mandate that was witnessed in the staff's halls; raises NotFound.

    The access is recorded.
    """
    mandate = storage.load(mandate_id)
    if mandate is None or mandate.witness is None:
        raise NotFound
    if mandate.witness.office_id not in staff.office_ids:
        raise NotFound
    _looked(staff, mandate, now)
    return mandate


def look_at_scan(staff: Staff, upload_id: str, now: datetime) -> None:
    """Record that staff look at a scan, where it is of a mandate."""
    mandate = storage.find_of_scan(upload_id)
    if mandate:
        _looked(staff, mandate, now)


def revoke(
    staff: Staff, mandate_id: str, reason: str, attempt: Attempt, now: datetime
) -> Applied[Mandate]:
    """End a mandate for its principal, who stands at a counter of any hall. Idempotent.

    One that waits for a second person is taken back. Raises NotFound or WrongStatus.
    """

    def load() -> Mandate:
        mandate = storage.load(mandate_id)
        if mandate is None:
            raise NotFound
        return mandate

    def decide(old: Mandate) -> Decision[Mandate, tuple[Addition, ...]] | None:
        new = old.answered("revoke", "principal", now)
        if new == old:
            return None
        event = DomainEvent("mandate.revoked", {**_facts(old), "reason": reason})
        return Decision(new, (event,), (storage.write_not_waiting(old),))

    author = Author(staff.actor, now, attempt)
    applied = changes.apply(load, decide, storage.store_change, author)
    _looked(staff, applied.new, now)
    guardians.tell_family(applied.new, now)
    return applied


def _decided(
    old: Mandate, fresh: Mandate, word: Word
) -> Decision[Mandate, tuple[Addition, ...]] | None:
    new = witnessed(old, fresh, word)
    if new is None:
        return None
    waits, first = new.state == "asked", new.witness.asked if new.witness else None
    facts = {**_facts(new), "reason": word.reason}
    if first and not waits:
        facts["asked_by"] = first.by
    event = DomainEvent("mandate.asked" if waits else "mandate.witnessed", facts)
    return Decision(new, (event,), ())


def _facts(mandate: Mandate) -> dict[str, str]:
    office = {"office": mandate.witness.office_id} if mandate.witness else {}
    sides = {"principal": mandate.principal, "agent": mandate.agent}
    return {**sides, "ends": mandate.until.isoformat(), **office}


def _checked(staff: Staff, said: Testimony, now: datetime) -> str:
    """Return the hall of the scan; raises InvalidRequest with all that is wrong."""
    errors: list[FieldError] = []
    (scan_of,) = registered("SCANS")
    office_id = ""
    try:
        office_id = scan_of(staff, said.upload_id)
    except InvalidRequest as refused:
        errors += refused.errors
    try:
        check_terms(said.terms, now, _minor_until(said, now))
    except InvalidRequest as refused:
        errors += refused.errors
    if said.principal.document.person_key == said.agent.document.person_key:
        errors.append(FieldError("/agent/id_number", "oneself", _ONESELF))
    if last_day_as_minor(said.agent.document, office_time(now).date()):
        errors.append(FieldError("/agent/id_number", "minor", _MINOR))
    if errors:
        raise InvalidRequest(errors=errors)
    return office_id


def _check_neither(staff: Staff, said: Testimony) -> None:
    """Raise OwnMatter where the clerk is known to be one of the two."""
    own = accounts.person_of(staff.staff_id)
    if own in [person_of(one.document) for one in (said.principal, said.agent)]:
        raise OwnMatter


def _minor_until(said: Testimony, now: datetime) -> date | None:
    """Return the last day on which the principal is a minor; None for an adult."""
    return last_day_as_minor(said.principal.document, office_time(now).date())


def _account_of(side: str, seen: PersonSeen, staff: Staff, now: datetime) -> tuple[str, str]:
    """Return the account of record of a side, and its person.

    Raises InvalidRequest for another name, and for who has died.
    """
    account = desk_accounts.account_of(seen.name, seen.document, staff.actor, now)
    if not identity.me(account.citizen_id).is_seen_as(seen.name):
        error = FieldError(f"/{side}/name", "name_differs", _OTHER_NAME)
        raise InvalidRequest(errors=[error])
    return account.citizen_id, account.person or ""


def _looked(staff: Staff, mandate: Mandate, now: datetime, reason: str = _PURPOSE) -> None:
    what = f"mandate:{mandate.mandate_id}"
    for citizen_id in (mandate.principal, mandate.agent):
        identity.record_access(citizen_id, staff, reason, what, now)
