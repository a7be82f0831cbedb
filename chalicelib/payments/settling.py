"""Asking providers what is true, and keeping it: each change is one transaction.

What a truth makes of a payment is said in `truths`.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import history, idempotency, wiring
from chalicelib.core.errors import NotFound, TryAgain
from chalicelib.core.idempotency import Attempt
from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import service as identity
from chalicelib.payments import providers, storage, truths
from chalicelib.payments.domain import (
    ASK_AFTER,
    Client,
    PayerUnknown,
    Payment,
    Refund,
    RefundStatus,
    Status,
)
from chalicelib.payments.providers.base import Action, Order, Started, Truth
from chalicelib.payments.storage import RETURNED, Kept, Movement

Facts = Mapping[str, str]
Marker = tuple[str, str]
_LOG: Final = logging.getLogger("onetrip.payments")
_TRIES: Final = 24
PLATFORMS: Final[Mapping[Client, str]] = {"wechat_mini": "wechat", "alipay_mini": "alipay"}


def load(payment_id: str) -> Payment:
    """Return a payment; raises NotFound."""
    found = storage.load(payment_id)
    if found is None:
        raise NotFound
    return found


def order_of(payment: Payment) -> Order:
    """Return what a provider is told about a payment."""
    waiting = [one for one in payment.refunds if one.status is RefundStatus.PENDING]
    return Order(
        payment.payment_id,
        payment.amount,
        payment.method,
        payment.client,
        _title(payment.service_id),
        payment.created_at,
        payment.expires_at,
        payment.reference,
        refund_ids=tuple(one.refund_id for one in waiting),
        received=Money(payment.received, payment.currency) if payment.received else None,
    )


def start(payment: Payment, payer: str | None = None) -> Started:
    """Begin a payment at its provider, or find it begun; looks up the payer who is not given.

    Raises PayerUnknown, and what the port says.
    """
    payer = payer or payer_of(payment.citizen_id, payment.client)
    order = replace(order_of(payment), payer=payer)
    return providers.provider(payment.provider).start(order)


def confirm(payment: Payment, started: Started, now: datetime) -> Payment:
    """Keep what a provider answered to a start: its reference, and what the phone is to do."""

    def decide(old: Payment) -> tuple[Payment, list[tuple[str, Facts]]]:
        if old.status is not Status.CREATED:
            return old, []
        sealed = _seal(old, started.action)
        reference = started.reference or old.reference
        new = replace(old.to(Status.PENDING, now), reference=reference, sealed_action=sealed)
        return new, [("payment.pending", {})]

    return change(payment.payment_id, decide, "system:settle", now)


def action_of(payment: Payment) -> Action | None:
    """Return what the phone is to do, as it is kept; None once there is nothing to do."""
    if payment.finished or payment.sealed_action is None:
        return None
    key = identity.key_of(payment.citizen_id)
    kept = json.loads(key.open(f"payment/{payment.payment_id}", payment.sealed_action))
    return Action(kept["kind"], kept["fields"])


def ask(payment: Payment, now: datetime, marker: Marker | None = None) -> Payment:
    """Fetch the truth about a payment and keep it; raises Unanswered."""
    provider = providers.provider(payment.provider)
    order = order_of(payment)
    if marker:
        # What it tells of may be a refund that had succeeded.
        known = [one for one in payment.refunds if one.status is not RefundStatus.FAILED]
        order = replace(order, refund_ids=tuple(one.refund_id for one in known))
    truth = provider.fetch(order)
    if truth.state == "failed" and not payment.finished:
        # What failed may be tried again at the provider until it is closed there.
        closed = provider.cancel(order)
        truth = closed if closed.state == "succeeded" else replace(closed, state="failed")
    return keep(payment, truth, now, marker)


def close(payment: Payment, end: Status, actor: str, now: datetime) -> Payment:
    """Close a payment at its provider and end it, unless it is paid or being paid already.

    Raises Unanswered.
    """
    truth = providers.provider(payment.provider).cancel(order_of(payment))
    return keep(payment, truth, now, end=end, actor=actor)


def keep(  # noqa: PLR0913 - a truth is kept with these.
    payment: Payment,
    truth: Truth,
    now: datetime,
    marker: Marker | None = None,
    *,
    end: Status | None = None,
    actor: str = "system:settle",
) -> Payment:
    """Keep what a provider says; `end` is what becomes of what it has closed."""

    def decide(old: Payment) -> tuple[Payment, list[tuple[str, Facts]]]:
        return truths.decided(old, truth, now, end)

    return change(payment.payment_id, decide, actor, now, marker=marker)


def change(  # noqa: PLR0913 - a change has these facts.
    payment_id: str,
    decide: Callable[[Payment], tuple[Payment, list[tuple[str, Facts]]]],
    actor: str,
    now: datetime,
    *,
    attempt: Attempt | None = None,
    marker: Marker | None = None,
) -> Payment:
    """Decide and keep until nobody was faster; what decides nothing writes nothing.

    Raises NotFound, TryAgain and what `decide` raises.
    """
    for _ in range(_TRIES):
        old = load(payment_id)
        if attempt and idempotency.already_applied(old.ledger, attempt):
            return old
        new, events = decide(old)
        if not events:
            _put_off(old, now)
            if marker:
                storage.mark(*marker, at=str(now))
            return old
        kept = _commit(old, new, events, actor, now, attempt, marker)
        if kept:
            return kept
    raise TryAgain(retry_after=1)


def next_ask(payment: Payment, now: datetime) -> datetime | None:
    """Return when the timer should ask the provider again: after twice the time each time.

    None once nothing is open: the payment has ended and so have its refunds.
    """
    waiting = [one for one in payment.refunds if one.status is RefundStatus.PENDING]
    unapproved = all(one.needs_approval and one.approved_by is None for one in waiting)
    if payment.finished and (not waiting or unapproved):
        return None
    since = payment.created_at
    if payment.finished:
        since = max(one.asked_at for one in waiting)
    pause = min(max(now - since, timedelta(minutes=1)), timedelta(hours=6))
    due = now + pause
    return due if payment.finished else min(due, max(payment.expires_at, now + ASK_AFTER))


def entry_facts(payment: Payment) -> dict[str, str]:
    """Return what every entry of a payment says."""
    return {
        payment.kind: payment.subject,
        "service": payment.service_id,
        "office": payment.office_id,
        "status": payment.status.value,
        "method": payment.method,
        "amount": str(payment.received or payment.amount.cents),
        "currency": payment.currency,
    }


def receipt_code(payment_id: str) -> str:
    """Return the code by which anyone can verify a payment's receipt."""
    return wiring.vault().keyed_hash("receipt", payment_id)


def _commit(  # noqa: PLR0913 - a change has these facts.
    old: Payment,
    new: Payment,
    events: Sequence[tuple[str, Facts]],
    actor: str,
    now: datetime,
    attempt: Attempt | None,
    marker: Marker | None,
) -> Payment | None:
    entries, head = [], old.head
    for type_, facts in events:
        data = {**entry_facts(new), **facts}
        entry = history.append(old.payment_id, head, type_=type_, at=now, actor=actor, data=data)
        entries.append(entry)
        head = entry.head
    ledger = idempotency.note(old.ledger, attempt, now) if attempt else old.ledger
    new = replace(new, version=head.seq, head=head, ledger=ledger, ask_at=next_ask(new, now))
    known = {one.refund_id: one for one in old.refunds}
    refunds = tuple(one for one in new.refunds if known.get(one.refund_id) != one)
    first_money = new.received > 0 and old.received == 0
    code = receipt_code(new.payment_id) if first_money else None
    kept = Kept(refunds, code, _movements(new, refunds, first_money=first_money), marker)
    if storage.store_change(old, new, entries, kept):
        return new
    # The answer of a write that took effect may have got lost.
    current = storage.load(old.payment_id)
    return current if current and current.head == head else None


def _movements(
    new: Payment, refunds: Sequence[Refund], *, first_money: bool
) -> tuple[Movement, ...]:
    def moved(what: str, cents: int, at: datetime) -> Movement:
        return Movement(
            what,
            new.payment_id,
            new.provider,
            new.office_id,
            new.service_id,
            new.method,
            Money(cents, new.currency),
            at,
        )

    found = [moved("in", new.received, new.received_at)] if first_money and new.received_at else []
    for one in refunds:
        if one.status is RefundStatus.SUCCEEDED and one.ended_at:
            found.append(moved(one.refund_id, one.amount, one.ended_at))
        elif one.returned and one.ended_at:
            found.append(moved(RETURNED + one.refund_id, one.amount, one.ended_at))
    return tuple(found)


def _put_off(payment: Payment, now: datetime) -> None:
    if payment.ask_at and payment.ask_at <= now:
        storage.store_ask(replace(payment, ask_at=next_ask(payment, now)))


def _seal(payment: Payment, action: Action) -> str:
    key = identity.key_of(payment.citizen_id)
    return key.seal(f"payment/{payment.payment_id}", json.dumps(asdict(action)))


def _title(service_id: str) -> str:
    try:
        return catalogue.service(service_id).name.zh
    except NotFound:
        # A service may have left the guide since.
        return service_id


def payer_of(citizen_id: str, client: Client) -> str | None:
    """Return the account with which a citizen pays inside a mini-program; None elsewhere.

    Raises PayerUnknown.
    """
    platform = PLATFORMS.get(client)
    if platform is None:
        return None
    known = identity.channels(citizen_id)
    if known is None or known.account is None:
        raise PayerUnknown
    if known.platform != platform and not (known.platform == "demo" and SETTINGS.demonstration):
        raise PayerUnknown
    return known.account
