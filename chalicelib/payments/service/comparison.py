"""One provider's day beside ours: every difference has a name, is repaired or alarmed.

| name | means |
|---|---|
| missing_here | the provider moved money that our books do not have |
| missing_there | our books have money that the provider did not move |
| amount | both have it, of different amounts |
| refund_outside | money went back without us, by a refund made at the provider |
| chargeback | a payer's bank took money back |
| returned | money of a refund or a dispute came back to us |
| unknown_payment | the provider moved money of a payment that we never had, or cannot name |
| unreadable | a line of the provider's list cannot be read |
| not_compared | the provider did not answer; the next look compares again |

What went back without us is written down at its payment, and stays a difference all the same.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from chalicelib.core.changes import Author
from chalicelib.core.clock import OFFICE_ZONE, rfc3339
from chalicelib.core.errors import NotFound, TryAgain
from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.payments import providers, storage
from chalicelib.payments.domain.movements import RETURNED, Books, Movement, add, no_sums
from chalicelib.payments.domain.payments import Payment, is_payment_id
from chalicelib.payments.domain.provider_state import (
    ExternalRefund,
    ExternalRefundKind,
    ProviderState,
    external_refund_id,
    is_external,
    is_refund_id,
)
from chalicelib.payments.providers.base import Listed, Unanswered
from chalicelib.payments.service import orders, refunds, transitions
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert

_LOG: Final = logging.getLogger("onetrip.payments")
_ACTOR: Final = "system:settle"
NOT_COMPARED: Final = "not_compared"
# A payment may count to the neighbouring day on the other side's clock.
_NEIGHBOURS: Final = (timedelta(days=-1), timedelta(days=1))
_LONGEST: Final = 64
_MOST: Final = 1000
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of theirs and the payment that it names; `outside` is what went without us."""

    listed: Listed
    key: _Key
    payment: Payment | None
    outside: ExternalRefund | None = None


@dataclass
class Comparison:
    """One provider's day; what was listed once is not asked for again."""

    name: str
    day: date
    now: datetime
    _lists: dict[date, Sequence[Listed]] = field(default_factory=dict)

    def run(self) -> Books:
        """Return the day's books; raises Unanswered where there is no list."""
        ours = self._ours(self.day)
        named = [self._named(one) for one in self._listed(ours)]
        lines = [one for one in named if not self._is_others(one)]
        theirs = _by_key([one for one in lines if one.payment and one.listed.kind != "unreadable"])
        differences = [self._strange(one) for one in lines if one.key not in theirs]
        for key in sorted({*ours, *theirs} - _there_and_back(ours, theirs)):
            differences += self._difference(key, ours.get(key), theirs.get(key))
        sums = no_sums()
        for moved in ours.values():
            add(sums, moved)
        for line in lines:
            back = line.listed.refund_id and line.listed.kind != "returned"
            sums["their_out" if back else "their_in"] += line.listed.amount.cents
        # They are kept as one item: what was repaired is the first to be left out.
        differences.sort(key=lambda one: one["repaired"] == "yes")
        return Books(self.name, rfc3339(self.now), sums, differences[:_MOST])

    def not_compared(self) -> Books:
        """Return books that say that there was nothing to compare with, with an alert."""
        difference = self._difference_of(NOT_COMPARED, ("", ""), None, None, None)
        self._alarm("books_unavailable", f"books:{self.name}:{self.day}", None, difference)
        return Books(self.name, rfc3339(self.now), no_sums(), [difference])

    def _ours(self, day: date) -> dict[_Key, Movement]:
        return {
            (one.payment_id, "" if one.what == "in" else one.what): one
            for one in storage.movements_of(f"{day:%Y%m%d}")
            if one.provider == self.name
        }

    def _listed(self, ours: Mapping[_Key, Movement]) -> Sequence[Listed]:
        """Return their list, or what they say of each of ours where they give none yet."""
        if providers.bookkeeper(self.name, self.day, self.now):
            return self._list_of(self.day)
        return [line for key, moved in ours.items() for line in self._asked(key, moved)]

    def _list_of(self, day: date) -> Sequence[Listed]:
        if day not in self._lists:
            bookkeeper = providers.bookkeeper(self.name, day, self.now)
            self._lists[day] = bookkeeper.listed(day) if bookkeeper else ()
        return self._lists[day]

    def _asked(self, key: _Key, moved: Movement) -> Iterator[Listed]:
        payment_id, refund_id = key
        payment = transitions.load(payment_id)
        refund = payment.refund(refund_id) if refund_id else None
        if refund and is_external(refund):
            # They know it by another number, and list it tomorrow.
            yield Listed(payment_id, moved.amount, refund_id)
            return
        order = replace(orders.order_of(payment), refund_ids=(refund_id,) if refund_id else ())
        state = providers.provider(self.name).fetch(order)
        if not refund_id and state.received:
            yield Listed(payment_id, state.received)
        elif state.refunds.get(refund_id) == "succeeded":
            yield Listed(payment_id, moved.amount, refund_id)

    def _named(self, listed: Listed) -> _Line:
        payment = self._payment(listed)
        payment_id = payment.payment_id if payment else listed.payment_id
        refund_id = listed.refund_id or ""
        if listed.kind == "returned":
            return _Line(listed, (payment_id, RETURNED + refund_id), payment)
        ours = not listed.kind and is_refund_id(payment_id, refund_id)
        if payment is None or not refund_id or ours:
            return _Line(listed, (payment_id, refund_id), payment)
        at = datetime.combine(self.day, time(12), OFFICE_ZONE)
        kind: ExternalRefundKind = "chargeback" if listed.kind == "chargeback" else "refund"
        outside = ExternalRefund(refund_id, listed.amount, kind, at)
        key = (payment_id, external_refund_id(payment, outside))
        return _Line(listed, key, payment, outside)

    def _payment(self, listed: Listed) -> Payment | None:
        own = listed.payment_id if len(listed.payment_id) <= _LONGEST else ""
        payment = storage.load(own) if own else None
        if payment is None and 0 < len(listed.reference) <= _LONGEST:
            named = storage.find("reference", f"{self.name}#{listed.reference}")
            payment = storage.load(named) if named else None
        return payment if payment and payment.provider == self.name else None

    def _is_others(self, line: _Line) -> bool:
        """Tell whether a line is of another system on the same account."""
        listed = line.listed
        named = bool(listed.payment_id or listed.reference) and listed.kind != "unreadable"
        unmarked = line.payment is None and not is_payment_id(listed.payment_id)
        return self.name in SETTINGS.shared_accounts and named and unmarked

    def _strange(self, line: _Line) -> Mapping[str, str]:
        """Return what cannot be named: it is money all the same."""
        listed = line.listed
        name = "unreadable" if listed.kind == "unreadable" else "unknown_payment"
        difference = self._difference_of(
            name, line.key, None, None, listed.amount if name != "unreadable" else None
        )
        # Others may share the account: one alert a day tells of what bears no number of ours.
        marked = is_payment_id(line.key[0])
        subject = line.key[1] or line.key[0] if marked else f"books:{self.name}:{self.day}"
        self._alarm(f"books_{name}", subject, None, difference)
        return difference

    def _difference(
        self, key: _Key, ours: Movement | None, line: _Line | None
    ) -> Iterator[Mapping[str, str]]:
        theirs = line.listed.amount if line else None
        payment = line.payment if line else storage.load(key[0])
        if line and line.outside and payment:
            kept = self._write_down(payment, line.outside).refund(key[1])
            mine = Money(kept.amount, payment.currency) if kept else None
            name = "chargeback" if line.outside.kind == "chargeback" else "refund_outside"
            difference = self._difference_of(name, key, payment, mine, theirs)
            self._alarm(name, key[1], payment, difference)
        elif ours and ours.amount == theirs:
            return
        elif line and line.listed.kind == "returned":
            difference = self._difference_of("returned", key, payment, None, theirs)
            self._alarm("books_returned", key[1], payment, difference)
        elif not (ours and line) and self._is_neighbours(key, here=ours is None):
            return
        else:
            name = "amount" if ours and line else "missing_there" if ours else "missing_here"
            difference = self._difference_of(
                name, key, payment, ours.amount if ours else None, theirs
            )
            if name == "missing_here" and payment and self._repaired(payment, key):
                difference = {**difference, "repaired": "yes"}
            else:
                self._alarm(f"books_{name}", key[1] or key[0], payment, difference)
        yield difference

    def _write_down(self, payment: Payment, outside: ExternalRefund) -> Payment:
        try:
            if not payment.received:
                payment = transitions.refresh(payment, self.now)
            state = ProviderState("unknown", outside=(outside,))
            return transitions.apply_state(payment, state, Author(_ACTOR, self.now)).new
        except (Unanswered, TryAgain):
            return payment

    def _is_neighbours(self, key: _Key, *, here: bool) -> bool:
        """Tell whether the missing side has the movement on the day before or after."""
        days = [self.day + step for step in _NEIGHBOURS]
        if here:
            return any(key in self._ours(day) for day in days)
        return any(self._named(one).key == key for day in days for one in self._list_of(day))

    def _repaired(self, payment: Payment, key: _Key) -> bool:
        try:
            payment = refunds.resend(transitions.refresh(payment, self.now), self.now)
        except (Unanswered, TryAgain, NotFound):
            return False
        refund = payment.refund(key[1]) if key[1] else None
        return payment.received > 0 if not key[1] else bool(refund and refund.ended_at)

    def _difference_of(
        self,
        name: str,
        key: _Key,
        payment: Payment | None,
        ours: Money | None,
        theirs: Money | None,
    ) -> dict[str, str]:
        return {
            "name": name,
            "provider": self.name,
            "payment_id": key[0],
            "refund_id": key[1].removeprefix(RETURNED),
            "office_id": payment.office_id if payment else "",
            "ours": str(ours.cents) if ours else "",
            "theirs": str(theirs.cents) if theirs else "",
            "currency": ours.currency if ours else theirs.currency if theirs else "",
            "their_currency": theirs.currency if theirs else "",
            "repaired": "no",
        }

    def _alarm(
        self, code: str, subject: str, payment: Payment | None, difference: Mapping[str, str]
    ) -> None:
        _LOG.error("reconciliation_difference", extra={"reason": code})
        office_id = payment.office_id if payment else None
        facts = {**difference, "date": str(self.day)}
        supervision.raise_alert(Alert(subject, code, "fee", office_id, self.now, facts=facts))


def _there_and_back(ours: Mapping[_Key, object], theirs: Mapping[_Key, object]) -> set[_Key]:
    """Return what went and came back in the day, where their list leaves out both."""
    backs = {(one, RETURNED + refund_id): (one, refund_id) for one, refund_id in ours if refund_id}
    return {
        key
        for pair in backs.items()
        if pair[0] in ours and not any(key in theirs for key in pair)
        for key in pair
    }


def _by_key(lines: Sequence[_Line]) -> dict[_Key, _Line]:
    """Return the lines by what they are of; money that was moved twice is one sum."""
    lines_by_key: dict[_Key, _Line] = {}
    for one in lines:
        if one.key in lines_by_key:
            before = lines_by_key[one.key].listed.amount
            both = Money(before.cents + one.listed.amount.cents, before.currency)
            outside = replace(one.outside, amount=both) if one.outside else None
            listed = replace(one.listed, amount=both)
            lines_by_key[one.key] = replace(one, listed=listed, outside=outside)
        else:
            lines_by_key[one.key] = one
    return lines_by_key
