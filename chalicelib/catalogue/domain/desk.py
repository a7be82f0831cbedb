"""The catalogue's desk: a service with its draft, and what becomes of the catalogue by it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from chalicelib.catalogue.domain import draft_checks
from chalicelib.catalogue.domain.draft_changes import Change, changes_between
from chalicelib.catalogue.domain.drafts import Draft, PublishedVersion
from chalicelib.catalogue.domain.sections import (
    Data,
    as_of,
    moments,
    published,
    revision_of,
    sections_of,
    state_of,
    version_of,
    with_sections,
)
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import FieldError
from chalicelib.core.event_types import GuideEvent
from chalicelib.core.history import Entry, Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger
from chalicelib.core.ids import derived_id

_NAME_LENGTH: Final = 12
_MOST_SCHEDULED: Final = 4
_TOO_MANY: Final = Text(
    "已有 4 个待生效的版本", "Four versions of this service wait for their day already"
)


@dataclass(frozen=True, slots=True)
class Publication:
    """A new version of the catalogue after `old`, and what is told of it.

    `revisions` are the service as it was and as it will be, for the cases that are lodged by them.
    """

    old: str
    name: str
    services: Sequence[Data]
    offices: Sequence[Data]
    revisions: Sequence[Data]
    published: PublishedVersion


@dataclass(frozen=True, slots=True)
class Desk:
    """A service and its draft, in the catalogue that holds."""

    draft: Draft
    catalogue: str
    services: Sequence[Data]
    offices: Sequence[Data]

    @property
    def subject_id(self) -> str:
        """Return the id that the service's history entries name."""
        return self.draft.subject_id

    @property
    def head(self) -> Head:
        """Return the end of the service's history."""
        return self.draft.head

    @property
    def ledger(self) -> Ledger:
        """Return the attempts that took effect."""
        return self.draft.ledger

    def advanced(self, entries: tuple[Entry, ...], ledger: Ledger) -> Self:
        """Return it with the service's next history entries."""
        return replace(self, draft=self.draft.advanced(entries, ledger))

    @property
    def service(self) -> Data:
        """Return the service as it is stored, with what is scheduled."""
        return next(one for one in self.services if one["id"] == self.draft.service_id)

    def before(self, now: datetime) -> dict[str, Any]:
        """Return the sections that the draft would replace: those of its moment, or of now."""
        return sections_of(as_of(self.service, max(self.draft.effective_from or now, now)))

    def changes(self, now: datetime) -> tuple[Change, ...]:
        """Return what the draft changes."""
        return changes_between(self.before(now), self.draft.sections)

    @property
    def is_outdated(self) -> bool:
        """Tell whether another version of the service was published since the draft was written."""
        return self.draft.status != "none" and self.draft.base != state_of(self.service)


Decided = Decision[Desk, Publication | None]


def check(desk: Desk, sections: Data, begins: datetime) -> list[FieldError]:
    """Return what is wrong with sections, at their moment and with what is scheduled after it."""
    types = {
        type_
        for service in desk.services
        for one in service["materials"]
        for type_ in one.get("certificate_types", ())
    }
    known, day = draft_checks.Known(frozenset(types)), office_time(begins).date()
    later = [moment for moment in moments([desk.service]) if moment > begins]
    errors = []
    if len(later) >= _MOST_SCHEDULED:
        errors.append(FieldError("/effective_from", "too_many", _TOO_MANY))
    then = with_sections(as_of(desk.service, begins), sections, day.isoformat())
    errors += draft_checks.check(then, sections, known, day)
    if errors:
        return errors
    new = published(desk.service, sections, 0, begins, begins)
    for moment in later:
        errors += draft_checks.check(as_of(new, moment), {}, known, day)
    return errors


def decided(
    old: Desk, new: Draft, type_: GuideEvent, sections: Iterable[str], reason: str = ""
) -> Decided:
    """Return the next state of a draft, with what happened to it."""
    facts = {"service": new.service_id, "sections": ",".join(sections)}
    if reason:
        facts["reason"] = reason
    return Decision(replace(old, draft=new), (DomainEvent(type_, facts),), None)


def publication(old: Desk, approved_by: str | None, now: datetime) -> Decided:
    """Return the publication of a submitted draft: a new catalogue, and what is told of it."""
    draft, service = old.draft, old.service
    begins = office_time(max(draft.effective_from or now, now))
    number = version_of(service) + 1
    new = published(service, draft.sections, number, begins, now)
    services = [new if one is service else one for one in old.services]
    word = draft.asked
    told = PublishedVersion(
        service_id=draft.service_id,
        number=number,
        effective_from=begins,
        published_at=now,
        edited_by=draft.edited_by or "",
        submitted_by=word.by if word else "",
        approved_by=approved_by,
        reason=word.reason if word else "",
        changes=old.changes(now),
    )
    name = derived_id(old.catalogue, json.dumps(services), length=_NAME_LENGTH)
    facts = {
        "service": draft.service_id,
        "sections": ",".join(draft.sections),
        "version": str(number),
        "effective_from": begins.isoformat(),
        "state": state_of(new),
        "edited_by": told.edited_by,
        "submitted_by": told.submitted_by,
    }
    revisions = _revisions(service, new, now)
    effects = Publication(old.catalogue, name, services, old.offices, revisions, told)
    after = replace(old, draft=draft.ended(), catalogue=name, services=services)
    return Decision(after, (DomainEvent("guide.published", facts),), effects)


def _revisions(old: Data, new: Data, now: datetime) -> list[Data]:
    """Return all that a service is or will be, each once: cases will be lodged by them."""
    every = [as_of(one, moment) for one in (old, new) for moment in (now, *moments([one]))]
    return list({revision: one for one in every if (revision := revision_of(one))}.values())
