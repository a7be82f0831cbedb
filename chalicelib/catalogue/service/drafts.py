"""The catalogue's desk: services are drafted, submitted, and published by a second person.

A draft, its history and what it publishes are kept in one transaction, on the condition that
neither the draft nor the catalogue was changed since they were read; the new version of the
catalogue is written before, under a name that nobody reads yet. A process that stops in between has
published nothing, and the same call does it again; after a lost answer it finds what was done.
Guide and synonyms alone are published by who submits them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chalicelib.catalogue import storage
from chalicelib.catalogue.domain import draft_checks
from chalicelib.catalogue.domain.desk import (
    Decided,
    Desk,
    Publication,
    check,
    decided,
    publication,
)
from chalicelib.catalogue.domain.draft_changes import sections_changed
from chalicelib.catalogue.domain.drafts import SUBJECT_PREFIX, Draft, PublishedVersion
from chalicelib.catalogue.domain.sections import Data, as_of, laid_over, sections_of, state_of
from chalicelib.catalogue.service import cache
from chalicelib.catalogue.storage import drafts as draft_storage
from chalicelib.core import audit, changes
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Author
from chalicelib.core.errors import FieldError, Forbidden, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt

_SHOWN: Final = 20
_UNCHANGED: Final = Text("没有任何改动", "Nothing is changed")


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody writes: sections, when they shall hold, and the draft that they looked at."""

    sections: Mapping[str, Any]
    effective_from: str | None
    version: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody says who submits, approves or discards, and the draft that they looked at."""

    reason: str
    version: int | None


Applied = changes.Applied[Desk]


def desks() -> list[Desk]:
    """Return all services with their drafts, in the catalogue's order."""
    name, services, offices = _catalogue()
    drafts = draft_storage.load_drafts(one["id"] for one in services)
    return [
        Desk(drafts.get(one["id"], Draft(one["id"])), name, services, offices) for one in services
    ]


def desk(service_id: str) -> Desk:
    """Return a service with its draft; raises NotFound."""
    return _load(service_id)


def versions(service_id: str) -> list[PublishedVersion]:
    """Return the last twenty versions that the desk published of a service, newest first."""
    return draft_storage.load_published(service_id, _SHOWN)


def edit(staff: Staff, service_id: str, asked: Edit, now: datetime) -> Desk:
    """Write a draft, in place of what was drafted or submitted. Idempotent.

    Raises NotFound, Forbidden, StaleVersion, or InvalidRequest with all that is wrong.
    """

    def decide(old: Desk) -> Decided | None:
        begins, errors = draft_checks.read_moment(asked.effective_from, now)
        begins = begins if not errors else None
        then = as_of(old.service, begins or now)
        known = sections_of(then)
        sections = sections_changed(known, laid_over(known, asked.sections))
        errors = [*errors, *check(old, sections, begins or now)]
        if errors:
            raise InvalidRequest(errors=errors)
        base, draft = state_of(old.service), old.draft
        written = (draft.status, draft.sections, draft.effective_from, draft.base)
        if written == ("draft", sections, begins, base) or not (sections or draft.edited_by):
            return None
        draft.check(draft.status, version=asked.version)
        new = draft.edited(sections, begins, base, staff.actor, now.replace(microsecond=0))
        return decided(old, new, "guide.drafted", sections)

    return _change(staff, service_id, decide, Author(staff.actor, now)).new


def submit(staff: Staff, service_id: str, step: Step, attempt: Attempt, now: datetime) -> Applied:
    """Submit a draft to a second person, or publish it where words alone are changed. Idempotent.

    Raises NotFound, Forbidden, WrongStatus, StaleVersion, IdempotencyKeyReused, or InvalidRequest
    with all that is wrong.
    """

    def decide(old: Desk) -> Decided:
        draft = old.draft
        draft.check("draft", base=state_of(old.service), version=step.version)
        found = old.changes(now)
        errors = check(old, draft.sections, draft.effective_from or now)
        if draft.effective_from:
            errors += draft_checks.read_moment(draft.effective_from.isoformat(), now)[1]
        if not found:
            errors.append(FieldError("", "unchanged", _UNCHANGED))
        if errors:
            raise InvalidRequest(errors=errors)
        word = staff.word("publish", now.replace(microsecond=0), step.reason)
        new = draft.submitted(word)
        if any(one.needs_second_person for one in found):
            return decided(old, new, "guide.submitted", draft.sections, step.reason)
        return publication(replace(old, draft=new), None, now)

    return _change(staff, service_id, decide, Author(staff.actor, now, attempt))


def approve(staff: Staff, service_id: str, step: Step, attempt: Attempt, now: datetime) -> Applied:
    """Publish what another has submitted, from its moment on, or at once where that has passed.

    Idempotent. Raises NotFound, Forbidden, WrongStatus, StaleVersion, SecondPersonNeeded,
    IdempotencyKeyReused, or InvalidRequest.
    """

    def decide(old: Desk) -> Decided:
        draft = old.draft
        draft.check("submitted")
        draft.check_second(staff.word("publish", now, step.reason))
        draft.check("submitted", base=state_of(old.service), version=step.version)
        errors = check(old, draft.sections, draft.effective_from or now)
        if errors:
            raise InvalidRequest(errors=errors)
        return publication(old, staff.actor, now)

    return _change(staff, service_id, decide, Author(staff.actor, now, attempt))


def discard(staff: Staff, service_id: str, step: Step, attempt: Attempt, now: datetime) -> Applied:
    """Throw a draft away, also a submitted one. Idempotent.

    Raises NotFound, Forbidden, WrongStatus, StaleVersion or IdempotencyKeyReused.
    """

    def decide(old: Desk) -> Decided:
        draft = old.draft
        draft.check("draft", "submitted", version=step.version)
        return decided(old, draft.ended(), "guide.discarded", draft.sections, step.reason)

    return _change(staff, service_id, decide, Author(staff.actor, now, attempt))


def history_of(subject_id: str) -> audit.SubjectHistory | None:
    """Return the history of a service's guide, for auditors of the whole city."""
    if not subject_id.startswith(SUBJECT_PREFIX):
        return None
    service_id = subject_id.removeprefix(SUBJECT_PREFIX)
    head = draft_storage.load_draft(service_id).head
    # A service that is taken out of the catalogue leaves its history behind.
    if not head.seq and service_id not in cache.current().services:
        return None
    return audit.SubjectHistory(tuple(draft_storage.load_service_entries(service_id)), head)


def _change(
    staff: Staff, service_id: str, decide: Callable[[Desk], Decided | None], author: Author
) -> Applied:
    _check_may(staff, service_id)
    applied = changes.apply(lambda: _load(service_id), decide, _store, author)
    # Also after a lost answer: this process shows what it has published.
    cache.forget()
    return applied


def _check_may(staff: Staff, service_id: str) -> None:
    """Let staff pass of a hall that offers a service, and of its department or of none."""
    service = cache.current().services.get(service_id)
    if service is None:
        raise NotFound
    halls = {
        hall
        for hall, office in cache.current().offices.items()
        if office.counters.get(service.category)
    }
    leads = service.department.department_id in staff.department_ids
    if halls.isdisjoint(staff.office_ids) or (staff.department_ids and not leads):
        raise Forbidden


def _load(service_id: str) -> Desk:
    name, services, offices = _catalogue()
    if all(one["id"] != service_id for one in services):
        raise NotFound
    return Desk(draft_storage.load_draft(service_id), name, services, offices)


def _catalogue() -> tuple[str, Sequence[Data], Sequence[Data]]:
    name = storage.current_version()
    if name is None:
        raise NotFound
    return (name, *storage.load(name))


def _store(change: changes.Change[Desk, Publication | None]) -> bool:
    return draft_storage.store_draft(
        change.old.draft, change.new.draft, change.entries, change.effects
    )
