"""Books that are right: asking about all that is open, and comparing each day with the providers.

Every difference has a name, and is repaired by asking the provider about the payment, or alarmed:

| name | means |
|---|---|
| missing_here | the provider moved money that our books do not have |
| missing_there | our books have money that the provider did not move |
| amount | both have it, of different amounts |
| unknown_payment | the provider moved money of a payment that we never had |
| not_compared | the provider did not answer; the next look compares again |
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain import HOLDS
from chalicelib.cases import alerts
from chalicelib.catalogue import service as catalogue
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.errors import TryAgain
from chalicelib.payments import providers, refunds, settling, storage
from chalicelib.payments.domain import Payment, Status
from chalicelib.payments.providers.base import Listed, Unanswered
from chalicelib.payments.storage import Books, Movement

_LOG: Final = logging.getLogger("onetrip.payments")
_ACTOR: Final = "system:reconcile"
_NOT_COMPARED: Final = "not_compared"
# A payment may count to the neighbouring day on the other side's clock.
_NEIGHBOURS: Final = (timedelta(days=-1), timedelta(days=1))
# Today's books go on; who looks often sees them as they were a moment ago.
_LOOKED_AT: Final = timedelta(seconds=5)
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run did: payments asked about, of these ended, and held seats given up."""

    asked: int = 0
    ended: int = 0
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """A day's books of some halls: sums by provider and currency, what differs, since when."""

    totals: Mapping[tuple[str, str], Mapping[str, int]]
    differences: Sequence[Mapping[str, str]]
    compared_at: str | None


def reconcile(now: datetime) -> Reconciled:
    """Ask about all that has been open too long, and end what is past its time; again is safe."""
    asked = ended = 0
    for payment_id in storage.list_to_ask(now):
        try:
            ended += _looked_after(settling.load(payment_id), now).finished
        except (Unanswered, TryAgain):
            _LOG.warning("a payment waits", extra={"reason": "unanswered"})
        asked += 1
    return Reconciled(asked, ended, sum(_give_up_holds(now)))


def compare(day: date, now: datetime) -> list[Books]:
    """Compare a day with each provider, and keep what was found."""
    found = []
    for name in providers.in_use():
        try:
            found.append(_compare(name, day, now))
        except Unanswered:
            found.append(_not_compared(name, day, now))
    for books in found:
        storage.store_books(f"{day:%Y%m%d}", books)
    return found


def of_day(staff: Staff, day: date, now: datetime) -> Day:
    """Return a day's books of the staff's halls, and the differences from the providers'.

    A day that was last compared before it was over, or in vain, is compared now.
    """
    totals: dict[tuple[str, str], dict[str, int]] = {}
    for moved in storage.movements_of(f"{day:%Y%m%d}"):
        if moved.office_id in staff.office_ids:
            sums = totals.setdefault((moved.provider, moved.amount.currency), _nothing())
            _add(sums, moved)
    kept = storage.load_books(f"{day:%Y%m%d}")
    if not kept or any(_is_old(books, day, now) for books in kept):
        kept = compare(day, now)
    offices = staff.office_ids | {""}
    differences = [
        one for books in kept for one in books.differences if one["office_id"] in offices
    ]
    return Day(totals, differences, max((books.at for books in kept), default=None))


def _is_old(books: Books, day: date, now: datetime) -> bool:
    at = datetime.fromisoformat(books.at)
    in_vain = any(one["name"] == _NOT_COMPARED for one in books.differences)
    return (in_vain or office_time(at).date() <= day) and now - at > _LOOKED_AT


def _not_compared(name: str, day: date, now: datetime) -> Books:
    facts = {"provider": name, "date": str(day)}
    _alarm("books_unavailable", f"books:{name}:{day}", None, facts, now)
    unknown = dict.fromkeys(("payment_id", "refund_id", "office_id", "ours", "theirs"), "")
    difference = {"name": _NOT_COMPARED, "provider": name, "repaired": "no", "currency": ""}
    return Books(name, rfc3339(now), _nothing(), [unknown | difference])


def _looked_after(payment: Payment, now: datetime) -> Payment:
    if not payment.finished and payment.expires_at <= now:
        payment = settling.close(payment, Status.EXPIRED, _ACTOR, now)
    else:
        payment = settling.ask(payment, now)
    return refunds.resend(payment, now)


def _give_up_holds(now: datetime) -> Iterator[bool]:
    """Give up the seats whose fee was not paid in time; the provider is asked first."""
    for appointment_id in appointments.held_before(now - HOLDS):
        open_id, paid_id = storage.load_guard(appointment_id)
        payment = storage.load(open_id) if open_id else None
        try:
            if payment and not payment.finished:
                payment = settling.close(payment, Status.EXPIRED, _ACTOR, now)
        except (Unanswered, TryAgain):
            continue
        waits = payment and (not payment.finished or payment.status is Status.SUCCEEDED)
        # What is paid books the seat by its own event, which may be on its way.
        if not waits and paid_id is None:
            appointments.expire_held(appointment_id, now)
            yield True


def _compare(name: str, day: date, now: datetime) -> Books:
    ours = {
        (one.payment_id, "" if one.what == "in" else one.what): one
        for one in storage.movements_of(f"{day:%Y%m%d}")
        if one.provider == name
    }
    listed = _listed(name, day, ours, now)
    theirs = {(one.payment_id, one.refund_id or ""): one for one in listed}
    differences = []
    for key in sorted({*ours, *theirs}):
        difference = _difference(name, day, key, ours.get(key), theirs.get(key), now)
        if difference:
            differences.append(difference)
    sums = _nothing()
    for moved in ours.values():
        _add(sums, moved)
    for line in theirs.values():
        sums["their_out" if line.refund_id else "their_in"] += line.amount.cents
    return Books(name, rfc3339(now), sums, differences)


def _listed(name: str, day: date, ours: Mapping[_Key, Movement], now: datetime) -> Sequence[Listed]:
    """Return the provider's list, or what it says of each of ours where it gives no list yet."""
    bookkeeper = providers.bookkeeper(name, day, now)
    if bookkeeper:
        return bookkeeper.listed(day)
    found = []
    for (payment_id, refund_id), moved in ours.items():
        order = settling.order_of(settling.load(payment_id))
        asked = replace(order, refund_ids=(refund_id,) if refund_id else ())
        truth = providers.provider(name).fetch(asked)
        if not refund_id and truth.received:
            found.append(Listed(payment_id, truth.received))
        elif truth.refunds.get(refund_id) == "succeeded":
            found.append(Listed(payment_id, moved.amount, refund_id))
    return found


def _difference(  # noqa: PLR0913 - a comparison has these sides.
    name: str,
    day: date,
    key: _Key,
    ours: Movement | None,
    theirs: Listed | None,
    now: datetime,
) -> Mapping[str, str] | None:
    if ours and theirs and ours.amount == theirs.amount:
        return None
    payment = storage.load(key[0])
    if payment is None:
        code = "unknown_payment"
    elif ours and theirs:
        code = "amount"
    elif _is_neighbours(name, day, key, now, here=ours is None):
        return None
    else:
        code = "missing_there" if ours else "missing_here"
    repaired = code == "missing_here" and payment is not None and _repaired(payment, key, now)
    found = {
        "name": code,
        "provider": name,
        "payment_id": key[0],
        "refund_id": key[1],
        "office_id": payment.office_id if payment else "",
        "ours": str(ours.amount.cents) if ours else "",
        "theirs": str(theirs.amount.cents) if theirs else "",
        "currency": _currency(ours, theirs),
        "repaired": "yes" if repaired else "no",
    }
    if not repaired:
        facts = {**found, "date": str(day)}
        _alarm(f"books_{code}", key[1] or key[0], payment, facts, now)
    return found


def _currency(ours: Movement | None, theirs: Listed | None) -> str:
    return ours.amount.currency if ours else theirs.amount.currency if theirs else ""


def _is_neighbours(name: str, day: date, key: _Key, now: datetime, *, here: bool) -> bool:
    """Tell whether the missing side has the movement on the day before or after."""
    for step in _NEIGHBOURS:
        other = day + step
        if here:
            moved = storage.movements_of(f"{other:%Y%m%d}")
            if any((one.payment_id, one.what) == (key[0], key[1] or "in") for one in moved):
                return True
            continue
        bookkeeper = providers.bookkeeper(name, other, now)
        lines = bookkeeper.listed(other) if bookkeeper else ()
        if any((one.payment_id, one.refund_id or "") == key for one in lines):
            return True
    return False


def _repaired(payment: Payment, key: _Key, now: datetime) -> bool:
    try:
        payment = refunds.resend(settling.ask(payment, now), now)
    except (Unanswered, TryAgain):
        return False
    refund = payment.refund(key[1]) if key[1] else None
    return payment.received > 0 if not key[1] else bool(refund and refund.ended_at)


def _alarm(
    code: str, subject: str, payment: Payment | None, facts: Mapping[str, str], now: datetime
) -> None:
    _LOG.error("the books differ", extra={"reason": code})
    # What belongs to no hall is looked at in the first one.
    office = payment.office_id if payment else min(catalogue.current().offices)
    alerts.raise_alert("fee", code, office, subject, now, facts=facts)


def _nothing() -> dict[str, int]:
    return {"in": 0, "out": 0, "their_in": 0, "their_out": 0}


def _add(sums: dict[str, int], moved: Movement) -> None:
    sums["in" if moved.what == "in" else "out"] += moved.amount.cents
