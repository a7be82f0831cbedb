"""Entering a draw, and one's own entries."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments.domain.slots import parse_slot_id
from chalicelib.appointments.draws import storage
from chalicelib.appointments.draws.domain.draws import AlreadyEntered, Draw, DrawClosed, DrawEntry
from chalicelib.appointments.draws.service import lookup, persons
from chalicelib.appointments.service import openings, timetable
from chalicelib.catalogue import service as catalogue
from chalicelib.core import idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, until_stored
from chalicelib.core.errors import NotFound, unknown
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from chalicelib.identity.domain import ConsentRequired
from chalicelib.mandates.service import Acting

_ID_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which draw somebody enters, for which member of the family, and the slots they prefer."""

    draw_id: str
    for_member: str | None
    preferences: tuple[str, ...]


def enter(caller: Citizen, wanted: Wanted, attempt: Attempt, now: datetime) -> Applied[DrawEntry]:
    """Enter a draw for oneself or a member of the family, once for each person. Idempotent.

    Raises NotFound, VerificationRequired, ConsentRequired, InvalidRequest, DrawClosed,
    AlreadyEntered or IdempotencyKeyReused; Unauthenticated of who has left.
    """
    draw = lookup.existing(wanted.draw_id)
    acting, person = _who(caller, wanted.for_member, now)
    _check_preferences(draw, wanted.preferences)
    entry = _new(caller.citizen_id, person, wanted, attempt, now)
    try:
        draw.check_open(now)
    except DrawClosed as closed:
        return _replayed(entry.entry_id, attempt, closed)

    def write() -> Applied[DrawEntry] | None:
        nonlocal entry
        refused = storage.add(
            entry, acting.stands if acting else None, acting.until if acting else None
        )
        if refused is None:
            return Applied(entry, entry)
        if refused.existing:
            if _gives_way(refused.existing, entry, now):
                return None
            return _replayed(entry.entry_id, attempt, AlreadyEntered())
        if refused.closed:
            raise DrawClosed
        counted = openings.counted_now(caller, wanted.for_member, entry.person, now)
        entry = replace(entry, person=counted)
        return None

    return until_stored(write)


def _gives_way(existing_id: str, entry: DrawEntry, now: datetime) -> bool:
    """Tell whether another entered for the person, may act for them no more, and is out now."""
    existing = storage.load_entry(existing_id)
    if existing is None or existing.citizen_id == entry.citizen_id:
        return False
    return persons.withdraw_unless_by_right(existing, now)


def _new(
    citizen_id: str, person: str, wanted: Wanted, attempt: Attempt, now: datetime
) -> DrawEntry:
    return DrawEntry(
        citizen_id + attempt.id_for("draw", _ID_LENGTH),
        wanted.draw_id,
        citizen_id,
        person,
        wanted.for_member,
        # Random, so that the list says nothing of whose it is.
        new_id(),
        wanted.preferences,
        now,
        ledger=idempotency.note((), attempt, now),
    )


def mine(citizen_id: str, draw_id: str, entry_id: str) -> DrawEntry:
    """Return a citizen's own entry in a draw; raises NotFound."""
    entry = storage.load_entry(entry_id) if entry_id.startswith(citizen_id) else None
    if entry is None or entry.draw_id != draw_id:
        raise NotFound
    return entry


def all_of(citizen_id: str, draw_id: str) -> list[DrawEntry]:
    """Return a citizen's entries in a draw, the first to enter first; raises NotFound."""
    lookup.existing(draw_id)
    entries = [one for one in storage.entries_of(citizen_id) if one.draw_id == draw_id]
    return sorted(entries, key=lambda one: (one.entered_at, one.entry_id))


def _replayed(
    entry_id: str, attempt: Attempt, refusal: AlreadyEntered | DrawClosed
) -> Applied[DrawEntry]:
    """Return what the same attempt has made before, or raise why there is nothing."""
    existing = storage.load_entry(entry_id)
    if existing is None:
        raise refusal
    idempotency.already_applied(existing.ledger, attempt)
    return Applied(existing, existing, replayed=True)


def _who(caller: Citizen, for_member: str | None, now: datetime) -> tuple[Acting | None, str]:
    """Return by whose leave it is, and who enters: a person who is known."""
    person = openings.verified(caller)
    acting = openings.acting_as(caller, for_member, now)
    if acting is None:
        return None, person
    if acting.counted_as != acting.person:
        raise ConsentRequired
    return acting, acting.person


def _check_preferences(draw: Draw, preferences: Iterable[str]) -> None:
    """Refuse what is none of the draw's slots; raises InvalidRequest."""
    known = _slot_ids(draw)
    for number, slot_id in enumerate(preferences):
        key = parse_slot_id(slot_id)
        if key is None or key.slot_id not in known:
            raise unknown(f"/preferences/{number}")


def _slot_ids(draw: Draw) -> set[str]:
    office = catalogue.office(draw.office_id)
    group = catalogue.group(draw.office_id, draw.category)
    days = (draw.days[-1] - draw.days[0] + timedelta(days=1)).days
    slots = timetable.slots_of(office, group, draw.days[0], days)
    return {slot.key.slot_id for slot in slots if slot.quota == draw.service_id}
