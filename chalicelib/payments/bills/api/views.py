"""How bills, their issuers and the messages to these look from outside."""

from datetime import datetime
from typing import Final

from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import Amount, BodyModel, PendingView, WholeList
from chalicelib.core.money import Money
from chalicelib.payments.bills.domain.bill import Bill, BillStatus
from chalicelib.payments.bills.domain.issuer import Issuer
from chalicelib.payments.bills.domain.terms import BillKind
from chalicelib.payments.bills.service.issuers import DIRECTORY
from chalicelib.webhooks.api.views import AttemptView, message_fields
from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.domain.message import Message, MessageState

# Of a millionth, which late fees are counted in.
_PERMILLE: Final = 1000


class BillItem(BodyModel):
    """A line of a bill."""

    name: str
    cents: int


class LateFeeView(Amount):
    """The late fee that is in the amount now, and how it grows by the day, up to its cap."""

    per_day_permille: float
    cap_cents: int


class BillView(BodyModel):
    """A bill, its amount as it is now; nothing in it says who is to pay.

    `difference_of` is the number of the bill that was changed after it was paid, of which this one
    asks for the rest.
    """

    bill_id: str
    bill_number: str
    kind: BillKind
    title: str
    payee: str
    items: list[BillItem]
    amount: Amount
    late_fee: LateFeeView | None
    due_on: str
    status: BillStatus
    difference_of: str | None
    created_at: str
    version: int


class BillList(BodyModel):
    """Bills of one page, by when they are due."""

    items: list[BillView]
    next_cursor: str | None


class StaffBillView(BillView):
    """A bill as staff see it; `payment_id` is the payment that is open or succeeded.

    `pending` is the first person's word where one asked for it to be cancelled.
    """

    issuer_id: str
    office_id: str
    payment_id: str | None
    pending: PendingView | None


class StaffBillList(BodyModel):
    """Bills of one page, by when they are due."""

    items: list[StaffBillView]
    next_cursor: str | None


class IssuerView(BodyModel):
    """An issuer's account; `office_id` is the hall that looks after the money of its bills."""

    issuer_id: str
    name: str
    department_id: str
    office_id: str
    endpoint: str
    state: AccountState
    answering: bool
    version: int


class IssuerMade(IssuerView):
    """An issuer's account with a fresh secret, which is told this once."""

    secret: str | None


class IssuerList(WholeList):
    """All issuers."""

    items: list[IssuerView]


class IssuerMessageView(BodyModel):
    """A message to an issuer, with its attempts."""

    message_id: str
    type: str
    bill_id: str | None
    sequence: int
    state: MessageState
    occurred_at: str
    next_attempt_at: str | None
    attempts: list[AttemptView]


class IssuerMessageList(BodyModel):
    """Messages of one page: those that wait, those that failed, those that were sent."""

    items: list[IssuerMessageView]
    next_cursor: str | None


def bill_view(bill: Bill, now: datetime) -> BillView:
    """Present a bill at a moment."""
    terms = bill.terms
    return BillView(
        bill_id=bill.bill_id,
        bill_number=bill.bill_number,
        kind=terms.kind,
        title=terms.title,
        payee=DIRECTORY.name_of(bill.issuer_id) or bill.issuer_id,
        items=[BillItem(name=item.name, cents=item.cents) for item in terms.items],
        amount=Amount.of(Money(bill.amount(now))),
        late_fee=_late_fee(bill, now),
        due_on=str(terms.due_on),
        status=bill.status(now),
        difference_of=bill.difference_of,
        created_at=rfc3339(bill.created_at),
        version=bill.shown_version,
    )


def staff_bill_view(bill: Bill, now: datetime) -> StaffBillView:
    """Present a bill to staff."""
    pending = None if bill.cancelled else PendingView.of(bill.cancelling)
    return StaffBillView(
        **dict(bill_view(bill, now)),
        issuer_id=bill.issuer_id,
        office_id=bill.office_id,
        payment_id=bill.money.paid or bill.money.paying,
        pending=pending,
    )


def issuer_view(issuer: Issuer) -> IssuerView:
    """Present an issuer's account."""
    return IssuerView.model_validate(_issuer_fields(issuer))


def issuer_made(issuer: Issuer, secret: str | None) -> IssuerMade:
    """Present an issuer's account with its fresh secret."""
    return IssuerMade.model_validate({**_issuer_fields(issuer), "secret": secret})


def issuer_message_view(message: Message) -> IssuerMessageView:
    """Present a message."""
    about = None if message.is_ping else message.subject
    return IssuerMessageView.model_validate({**message_fields(message), "bill_id": about})


def _late_fee(bill: Bill, now: datetime) -> LateFeeView | None:
    rule = bill.terms.late_fee
    if rule is None:
        return None
    return LateFeeView(
        cents=bill.late_fee(now),
        currency="cny",
        per_day_permille=rule.millionths_a_day / _PERMILLE,
        cap_cents=rule.cap,
    )


def _issuer_fields(issuer: Issuer) -> dict[str, object]:
    health = DIRECTORY.health().get(issuer.account_id)
    return {
        "issuer_id": issuer.account_id,
        "name": issuer.name,
        "department_id": issuer.department_id,
        "office_id": issuer.office_id,
        "endpoint": issuer.endpoint,
        "state": issuer.state,
        "answering": not (health and health.troubled),
        "version": issuer.version,
    }
