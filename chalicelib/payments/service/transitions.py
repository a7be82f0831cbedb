"""How a payment changes: what its provider says is fetched and applied, in one transaction each.

Who calls has loaded the payment. It is decided upon as it was loaded, and loaded again only when
another was faster.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core import changes, dependencies
from chalicelib.core.changes import Applied, Author
from chalicelib.core.clock import rfc3339
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import NotFound, TryAgain
from chalicelib.payments import providers, storage
from chalicelib.payments.domain import provider_state
from chalicelib.payments.domain.movements import is_first_money
from chalicelib.payments.domain.payments import (
    Outcome,
    Payment,
    PaymentStatus,
    entry_facts,
    happened,
    next_ask,
)
from chalicelib.payments.domain.provider_state import ProviderState
from chalicelib.payments.domain.refunds import RefundStatus
from chalicelib.payments.providers.base import Started, Unanswered
from chalicelib.payments.service import orders
from chalicelib.payments.storage import Effects

# A provider's name, and the id of one of its notifications.
Notification = tuple[str, str]
_ACTOR: Final = "system:settle"


def load(payment_id: str) -> Payment:
    """Return a payment; raises NotFound."""
    payment = storage.load(payment_id)
    if payment is None:
        raise NotFound
    return payment


def apply_notification(payment_id: str, notification: Notification, now: datetime) -> None:
    """Fetch and apply what a notification told of, once; raises NotFound or TryAgain."""
    if storage.took_effect(*notification):
        return
    try:
        refresh(load(payment_id), now, notification)
    except Unanswered as error:
        raise TryAgain(retry_after=5) from error


def refresh(payment: Payment, now: datetime, notification: Notification | None = None) -> Payment:
    """Fetch a payment's state at its provider and apply it; raises Unanswered."""
    state = _fetch(payment, every_refund=notification is not None)
    return apply_state(payment, state, Author(_ACTOR, now), notification=notification).new


def close(payment: Payment, end: PaymentStatus, author: Author) -> Applied[Payment]:
    """Close a payment at its provider and end it, unless it is paid or being paid already.

    Raises Unanswered.
    """
    state = providers.provider(payment.provider).cancel(orders.order_of(payment))
    return apply_state(payment, state, author, end=end)


def apply_state(
    payment: Payment,
    state: ProviderState,
    author: Author,
    *,
    end: PaymentStatus | None = None,
    notification: Notification | None = None,
) -> Applied[Payment]:
    """Apply what a provider says; `end` is what becomes of a payment that it has closed."""
    account = providers.provider(payment.provider).account

    def decide(old: Payment) -> Outcome:
        return provider_state.apply(old, state, author.now, account=account, end=end)

    return change(payment, decide, author, notification)


def confirm(payment: Payment, started: Started, now: datetime) -> Payment:
    """Keep what a provider answered to a start: its reference, and what the phone is to do."""

    def decide(old: Payment) -> Outcome | None:
        if old.status is not PaymentStatus.CREATED:
            return None
        sealed = orders.seal_action(old, started.action)
        reference = started.reference or old.reference
        new = replace(old.to(PaymentStatus.PENDING, now), reference=reference, sealed_action=sealed)
        return happened(new, "payment.pending")

    return change(payment, decide, Author(_ACTOR, now)).new


def change(
    payment: Payment,
    decide: Callable[[Payment], Outcome | None],
    author: Author,
    notification: Notification | None = None,
) -> Applied[Payment]:
    """Change a payment in one transaction; where nothing is decided it is asked about later.

    A `notification` is noted as having taken effect in either case. Raises NotFound, TryAgain and
    what `decide` raises.
    """
    loaded = [payment]

    def current() -> Payment:
        return loaded.pop() if loaded else load(payment.payment_id)

    def decided(old: Payment) -> Decision[Payment, Effects] | None:
        outcome = decide(old)
        return _decision(old, outcome, author.now, notification) if outcome else None

    applied = changes.apply(current, decided, storage.store_change, author)
    if not applied.changed and not applied.replayed:
        _put_off(applied.new, author.now)
        if notification:
            storage.mark(*notification, at=rfc3339(author.now))
    return applied


def receipt_code(payment_id: str) -> str:
    """Return the code by which anyone can verify a payment's receipt."""
    return dependencies.vault().keyed_hash("receipt", payment_id)


def _decision(
    old: Payment, outcome: Outcome, now: datetime, notification: Notification | None
) -> Decision[Payment, Effects]:
    new = replace(outcome.payment, ask_at=next_ask(outcome.payment, now))
    always = entry_facts(new)
    events = tuple(DomainEvent(one.type, {**always, **one.facts}) for one in outcome.events)
    code = receipt_code(new.payment_id) if is_first_money(old, new) else None
    return Decision(new, events, Effects(code, notification))


def _fetch(payment: Payment, *, every_refund: bool) -> ProviderState:
    provider, order = providers.provider(payment.provider), orders.order_of(payment)
    if every_refund:
        # What a notification tells of may be a refund that had succeeded.
        open_ = [one for one in payment.refunds if one.status is not RefundStatus.FAILED]
        order = replace(order, refund_ids=tuple(one.refund_id for one in open_))
    state = provider.fetch(order)
    if state.status == "failed" and not payment.finished:
        # What failed may be tried again at the provider until it is closed there.
        closed = provider.cancel(order)
        return closed if closed.status == "succeeded" else replace(closed, status="failed")
    return state


def _put_off(payment: Payment, now: datetime) -> None:
    if payment.ask_at and payment.ask_at <= now:
        storage.store_ask(replace(payment, ask_at=next_ask(payment, now)))
