"""Taking what was offered: the seat that is held becomes an appointment."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.appointments import storage as slots
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.slots import reservation_mark
from chalicelib.appointments.service import bookable, bookings, drafts, openings, seats
from chalicelib.appointments.waiting import domain, storage
from chalicelib.appointments.waiting.domain import EntryStatus, Offer, WaitingEntry
from chalicelib.appointments.waiting.service import endings, joining, offers
from chalicelib.core import idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author
from chalicelib.core.errors import TryAgain
from chalicelib.core.idempotency import Attempt
from chalicelib.core.tables import Addition
from chalicelib.mandates.service import Acting


def accept(caller: Citizen, entry_id: str, attempt: Attempt, now: datetime) -> Applied[Appointment]:
    """Book the seat that is held for an entry; a second time answers the same. Idempotent.

    Raises NotFound, OfferExpired, IdempotencyKeyReused, and what a booking is refused by.
    """
    entry = joining.mine(caller.citizen_id, entry_id)
    offer = entry.offer
    if offer and (appointment := _taken(entry, offer, attempt)):
        _finish(entry, offer, attempt, now)
        return Applied(appointment, appointment, replayed=True)
    if offer is None or entry.status is not EntryStatus.OFFERED or now >= offer.until:
        raise domain.nothing_offered(entry)
    made = _book(caller, entry, offer, attempt, now)
    _finish(entry, offer, attempt, now)
    return made


def _taken(entry: WaitingEntry, offer: Offer, attempt: Attempt) -> Appointment | None:
    """Return what was booked of the offer, also where that stopped right after it.

    Of a visit that has ended since nothing is left to take but for the attempt that booked it.
    """
    may_be = entry.status in (EntryStatus.OFFERED, EntryStatus.ACCEPTED)
    booked = slots.load(offer.seat.seat_id) if may_be else None
    if booked and (idempotency.already_applied(booked.ledger, attempt) or booked.active):
        return booked
    return None


def _book(
    caller: Citizen, entry: WaitingEntry, offer: Offer, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    service = bookable.service(entry.wish.service_id)
    acting = openings.acting_as(caller, entry.for_member, now)
    terms = drafts.Terms(service, entry.for_member, _while_offered(caller, acting, entry))
    mark = reservation_mark(offer.seat.seat_id, now) if service.prepaid else None
    taken = seats.take_again(replace(offer.seat, reservation=mark), now)
    if taken is None:
        raise domain.nothing_offered(_without_offer(entry, offer, now))
    try:
        return bookings.book_taken(caller, terms, taken, attempt, now)
    except TryAgain:
        # The offer may have ended in this very moment.
        entry = endings.existing(entry.entry_id)
        if not entry.holds(offer.seat.seat_id):
            raise domain.nothing_offered(entry) from None
        raise


def _without_offer(entry: WaitingEntry, offer: Offer, now: datetime) -> WaitingEntry:
    """End an offer of a seat that is there no more; who answered it has let nothing lapse."""

    def decide(old: WaitingEntry) -> WaitingEntry | None:
        return domain.declined(old) if old.holds(offer.seat.seat_id) else None

    ended = endings.change(
        lambda: endings.existing(entry.entry_id), decide, Author(endings.ACTOR, now)
    )
    seat = endings.freed_seat(ended)
    if seat:
        offers.give_up(seat, now)
    return ended.new


def _while_offered(caller: Citizen, acting: Acting | None, entry: WaitingEntry) -> Acting:
    """Return the leave to book that holds as long as the entry is offered the seat."""
    conditions: list[Addition] = [partial(storage.is_unchanged, entry=entry)]
    if acting and acting.stands:
        conditions.append(acting.stands)

    def stands(write: Any) -> None:
        for condition in conditions:
            condition(write)

    if acting:
        return replace(acting, stands=stands)
    return Acting(caller.person, caller.person, stands)


def _finish(entry: WaitingEntry, offer: Offer, attempt: Attempt, now: datetime) -> None:
    """Take the entry off the list, whose seat is booked, and the mark of the offer off the seat."""

    def decide(old: WaitingEntry) -> WaitingEntry | None:
        return domain.accepted(old) if old.holds(offer.seat.seat_id) else None

    author = Author(f"citizen:{entry.citizen_id}", now, attempt)
    endings.change(lambda: endings.existing(entry.entry_id), decide, author)
    for seat in offer.seat.singles:
        slots.forget_offer(seat, entry.entry_id)
