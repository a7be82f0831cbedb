"""What changes of a payment, with all that goes with it."""

from dataclasses import dataclass
from typing import Any

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

from chalicelib.core.changes import Change
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Addition, condition_failed, failed_conditions, transaction
from chalicelib.payments.bills.storage import money
from chalicelib.payments.domain import refund_limits
from chalicelib.payments.domain.movements import changed_refunds, movements_between
from chalicelib.payments.domain.payments import Payment, PaymentStatus
from chalicelib.payments.domain.refunds import Refund
from chalicelib.payments.storage._records import (
    AloneRecord,
    GuardRecord,
    PaymentRecord,
    PointerRecord,
    alone_keys,
    ask_keys,
    entry_record,
    guard_keys,
    movement_record,
    payment_keys,
)
from chalicelib.payments.storage.notifications import done_record
from chalicelib.payments.storage.payments import payment_record
from chalicelib.payments.storage.refunds import (
    refund_record,
    write_waiting,
    write_waiting_elsewhere,
)


@dataclass(frozen=True, slots=True)
class Effects:
    """What is kept with a payment's next version, and does not follow from it.

    `receipt_code` is the code by which anyone can verify its receipt; `notification` is the
    provider's name and the id of the notification that took effect by the change.
    """

    receipt_code: str | None = None
    notification: tuple[str, str] | None = None


def store_change(change: Change[Payment, Effects]) -> bool:
    """Keep the next version with its entries, refunds, pointers and movements.

    False when the old one is not there, or when a new refund passes what may be given back without
    a second person. The guard is freed when the payment ends without success or is given back
    whole, and says `paid` when it succeeds.
    """
    old, new, effects = change.old, change.new, change.effects
    try:
        with transaction() as write:
            write.save(payment_record(new), condition=is_still(old))
            for entry in change.entries:
                write.save(entry_record(new.payment_id, entry))
            for refund in changed_refunds(old, new):
                write.save(refund_record(new.payment_id, refund))
                write_waiting(write, old, new, refund)
                if refund_limits.is_alone(refund) and old.refund(refund.refund_id) is None:
                    _count(write, new, refund)
            for pk in _pointers(old, new, effects.receipt_code):
                write.save(PointerRecord(pk, "payment", payment=new.payment_id))
            for movement in movements_between(old, new):
                write.save(movement_record(movement))
            guard_actions = _guard_actions(old, new)
            if guard_actions:
                write.update(GuardRecord(*guard_keys(new.subject)), guard_actions)
            for add in (*change.also, *_in_bill(old, new), *_elsewhere(old, new)):
                add(write)
            if effects.notification:
                write.save(done_record(*effects.notification, at=change.entries[-1].at))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def store_ask(payment: Payment) -> None:
    """Keep when to ask next, which is no new version."""
    record = PaymentRecord(*payment_keys(payment.payment_id))
    actions: list[Any] = [PaymentRecord.ask.remove(), PaymentRecord.ask_at.remove()]
    lane, at = ask_keys(payment)
    if lane and at:
        actions = [PaymentRecord.ask.set(lane), PaymentRecord.ask_at.set(at)]
    try:
        record.update(actions, condition=is_still(payment))
    except UpdateError as error:
        condition_failed(error)


def is_still(old: Payment) -> Any:
    """Return the condition that a payment was not changed since."""
    return PaymentRecord.version == old.version


def _count(write: TransactWrite, payment: Payment, refund: Refund) -> None:
    """Add a refund to its sums; a sum that would pass the limit cancels the transaction."""
    left = AloneRecord.cents <= SETTINGS.refund_approval_cents - refund.amount
    condition = AloneRecord.cents.does_not_exist() | left
    added: list[Any] = [AloneRecord.cents.add(refund.amount)]
    for name in refund_limits.counted_at(payment, refund):
        write.update(AloneRecord(*alone_keys(name)), added, condition=condition)


def _guard_actions(old: Payment, new: Payment) -> list[Any]:
    if new.status is PaymentStatus.SUCCEEDED:
        if new.refunded == new.received > old.refunded:
            return [GuardRecord.paid.remove()]
        if new.refunded < new.received == old.refunded:
            # What came back from a bank is paid again, unless another is.
            return [GuardRecord.paid.set(GuardRecord.paid | new.payment_id)]
        if old.status is not PaymentStatus.SUCCEEDED:
            return [GuardRecord.payment.remove(), GuardRecord.paid.set(new.payment_id)]
        return []
    return [GuardRecord.payment.remove()] if new.finished and not old.finished else []


def _in_bill(old: Payment, new: Payment) -> list[Addition]:
    """Return what tells a bill of its payment's end and money; what came too late is not its."""
    if new.kind != "bill":
        return []
    if new.status is PaymentStatus.SUCCEEDED:
        sums = (new.received, new.refunded)
        if old.status is PaymentStatus.SUCCEEDED and sums == (old.received, old.refunded):
            return []
        return [money.write_paid(new.subject, new.payment_id, *sums)]
    return [money.write_ended(new.subject)] if new.finished and not old.finished else []


def _elsewhere(old: Payment, new: Payment) -> list[Addition]:
    """Return what goes with a payment to another hall."""
    if new.office_id == old.office_id:
        return []
    return [lambda write: write_waiting_elsewhere(write, old, new)]


def _pointers(old: Payment, new: Payment, code: str | None) -> list[str]:
    keys = []
    if new.reference and new.reference != old.reference:
        keys.append(f"R#{new.provider}#{new.reference}")
    if code:
        keys.append(f"V#{code}")
    return keys
