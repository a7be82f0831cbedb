"""Suggesting: what an account's things say is due is told in its inbox, at most one a week.

What is told is kept first, with its day, and then told under an id that follows from both: a run
that is stopped in between is made up for by the next, which finds the same notice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.cases.domain import CaseStatus
from chalicelib.cases.service import queries as cases
from chalicelib.catalogue import service as catalogue
from chalicelib.certificates.domain import CertificateStatus
from chalicelib.certificates.service import queries as certificates
from chalicelib.core import parallel
from chalicelib.core.clock import office_time
from chalicelib.core.id_documents import document_of
from chalicelib.identity import service as identity
from chalicelib.identity.service import reach
from chalicelib.identity.service.reach import Channels
from chalicelib.notifications.preferences import service as preferences
from chalicelib.notifications.preferences.domain import Preferences, SuggestionKind
from chalicelib.notifications.service import sending
from chalicelib.notifications.suggestions import storage
from chalicelib.notifications.suggestions.domain import (
    Known,
    Matter,
    Paper,
    Person,
    Suggestion,
    Told,
    choose,
)
from chalicelib.notifications.suggestions.storage import Watched

# A run every night finds it due, also one that begins a little sooner than the last.
_NEXT_NIGHT: Final = timedelta(hours=20)
# By then what the citizen said is kept, or it was not said.
_SAID_BY: Final = timedelta(hours=1)
_GRANTED: Final = frozenset({CaseStatus.ISSUED, CaseStatus.COMPLETED})


@dataclass(frozen=True, slots=True)
class Shown:
    """What one wants to be told before asking, and what one was told."""

    preferences: Preferences
    told: Told


def plan(citizen_id: str, now: datetime) -> None:
    """Look at a citizen's things from the next night on, if they want it by then. Idempotent."""
    storage.plan(citizen_id, now + _SAID_BY)


def show(citizen_id: str) -> Shown:
    """Return what a citizen wants, and was told; one round trip."""
    reads: list[Callable[[str], Any]] = [preferences.preferences_of, storage.load]
    wanted, watched = parallel.map_concurrently(lambda read: read(citizen_id), reads)
    return Shown(wanted, watched.told)


def suggest(citizen_id: str, now: datetime) -> bool:
    """Tell a citizen what is due, if anything is; tells whether it was. Idempotent."""
    watched, recipient = storage.load(citizen_id), reach.channels(citizen_id)
    kinds = preferences.preferences_of(citizen_id).suggestion_kinds
    if recipient is None or not kinds:
        storage.end(watched, None)
        return False
    telling = watched.telling or _begun(watched, kinds, now)
    if telling and telling.kind in kinds:
        _tell(citizen_id, telling, recipient, watched.at or now)
    storage.end(watched, now + _NEXT_NIGHT)
    return telling is not None


def _begun(watched: Watched, kinds: tuple[SuggestionKind, ...], now: datetime) -> Suggestion | None:
    today = office_time(now).date()
    if not watched.told.is_time(today):
        return None
    known = known_of(watched.citizen_id, now)
    chosen = choose(known, kinds, catalogue.current().services, watched.told, today)
    if chosen is None:
        return None
    told = watched.told.and_now(chosen, today)
    return chosen if storage.begin(watched, chosen, told, now) else None


def _tell(citizen_id: str, one: Suggestion, recipient: Channels, at: datetime) -> None:
    facts = {"service": one.service_id, "until": one.on.isoformat()}
    if one.member_id:
        facts["member"] = one.member_id
    event = f"suggestion.{one.kind}"
    notice = sending.notice_of(citizen_id, event, one.key, one.service_id, facts, at)
    sending.tell(notice, recipient, at, current=True)


def known_of(citizen_id: str, now: datetime) -> Known:
    """Return what an account gave and was given; nothing else is read."""
    reads: list[Callable[[], Any]] = [
        lambda: _people(citizen_id, now),
        lambda: _papers(citizen_id, now),
        lambda: _matters(citizen_id),
    ]
    people, papers, matters = parallel.map_concurrently(lambda read: read(), reads)
    return Known(people, papers, matters)


def _people(citizen_id: str, now: datetime) -> tuple[Person, ...]:
    clear = identity.clear_of(citizen_id)
    own = Person(None, document_of(clear).born if "id_number" in clear else None)
    members = (
        Person(
            member.member_id,
            document_of(fields).born,
            member.since,
            is_child=member.relation == "child",
            is_newborn=document_of(fields).document_type == "birth_certificate",
        )
        for member, fields in identity.family(citizen_id)
        if member.status(now) == "active"
    )
    return (own, *members)


def _papers(citizen_id: str, now: datetime) -> tuple[Paper, ...]:
    today = office_time(now).date()
    return tuple(
        Paper(one.certificate_id, one.service_id, one.valid_until)
        for one in certificates.all_of(citizen_id)
        if one.status_on(today) is CertificateStatus.VALID
    )


def _matters(citizen_id: str) -> tuple[Matter, ...]:
    listed = [file.case for file in cases.all_of(citizen_id)]
    return tuple(
        Matter(
            one.case_id,
            one.service_id,
            one.for_member,
            office_time(one.lodged_at).date(),
            office_time(one.decided_at).date()
            if one.status in _GRANTED and one.decided_at
            else None,
        )
        for one in listed
    )
