"""How payments look from outside."""

from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel
from chalicelib.core.i18n import Lang
from chalicelib.core.money import Money
from chalicelib.payments.domain import Client, Method, Payment, Refund, RefundStatus, Status
from chalicelib.payments.providers.base import Action
from chalicelib.payments.receipts import Receipt
from chalicelib.payments.service import Shown


class Amount(BodyModel):
    """An amount in the smallest unit of an ISO 4217 currency."""

    cents: int
    currency: str


class QrCode(BodyModel):
    """Draw `content` as a QR code, to be scanned with the wallet."""

    kind: Literal["qr_code"]
    content: str
    expires_at: str


class Redirect(BodyModel):
    """Send the browser there."""

    kind: Literal["redirect"]
    url: str


class WxRequestPayment(BodyModel):
    """What `wx.requestPayment` takes."""

    kind: Literal["wx_request_payment"]
    time_stamp: Annotated[str, Field(serialization_alias="timeStamp")]
    nonce_str: Annotated[str, Field(serialization_alias="nonceStr")]
    package: str
    sign_type: Annotated[str, Field(serialization_alias="signType")]
    pay_sign: Annotated[str, Field(serialization_alias="paySign")]


class MyTradePay(BodyModel):
    """What `my.tradePay` takes."""

    kind: Literal["my_trade_pay"]
    trade_no: Annotated[str, Field(serialization_alias="tradeNO")]


class CardAction(BodyModel):
    """What the card form takes."""

    kind: Literal["card"]
    client_secret: str


class NoAction(BodyModel):
    """Nothing to do."""

    kind: Literal["none"]


ActionView = Annotated[
    QrCode | Redirect | WxRequestPayment | MyTradePay | CardAction | NoAction,
    Field(discriminator="kind"),
]
_MODELS: Final[dict[str, type[BodyModel]]] = {
    "qr_code": QrCode,
    "redirect": Redirect,
    "wx_request_payment": WxRequestPayment,
    "my_trade_pay": MyTradePay,
    "card": CardAction,
    "none": NoAction,
}
# Our names for what the vendors' functions call otherwise.
_OURS: Final = {
    "timeStamp": "time_stamp",
    "nonceStr": "nonce_str",
    "signType": "sign_type",
    "paySign": "pay_sign",
    "tradeNO": "trade_no",
}


class RefundView(BodyModel):
    """A giving back, as the payer sees it."""

    refund_id: str
    amount: Amount
    status: RefundStatus


class StaffRefundView(RefundView):
    """A giving back, as staff see it."""

    payment_id: str
    reason: str
    asked_by: str
    asked_at: str
    needs_approval: bool
    approved_by: str | None
    trouble: str | None


class PaymentView(BodyModel):
    """One try to pay a fee; what was given back is told by the sums."""

    payment_id: str
    case_id: str | None
    appointment_id: str | None
    amount: Amount
    method: Method
    client: Client
    status: Status
    finished: bool
    action: ActionView | None
    amount_received: Amount
    amount_refunded: Amount
    amount_refund_pending: Amount
    receipt_url: str | None
    refunds: list[RefundView]
    created_at: str
    expires_at: str
    version: int


class StaffPaymentView(BodyModel):
    """A payment, as staff of its hall see it."""

    payment_id: str
    case_id: str | None
    appointment_id: str | None
    service_id: str
    office_id: str
    amount: Amount
    method: Method
    provider: str
    status: Status
    held: str | None
    amount_received: Amount
    amount_refunded: Amount
    amount_refund_pending: Amount
    receipt_number: str | None
    refunds: list[StaffRefundView]
    created_at: str
    version: int


class ReceiptView(BodyModel):
    """What a receipt says now; `verify_url` is what its QR code holds."""

    receipt_number: str
    code: str
    verify_url: str
    service: str
    office: str
    amount: Amount
    amount_refunded: Amount
    method: Method
    paid_at: str


class PaymentList(BodyModel):
    """Payments of one page, newest first."""

    items: list[PaymentView]
    next_cursor: str | None


class StaffPaymentList(BodyModel):
    """All payments of a case or an appointment, newest first."""

    items: list[StaffPaymentView]
    next_cursor: str | None = None


def amount(money: Money) -> Amount:
    """Present an amount."""
    return Amount(cents=money.cents, currency=money.currency)


def payment_view(shown: Shown) -> PaymentView:
    """Present a payment to its payer."""
    found = shown.payment
    return PaymentView(
        payment_id=found.payment_id,
        case_id=_of(found, "case"),
        appointment_id=_of(found, "appointment"),
        amount=amount(found.amount),
        method=found.method,
        client=found.client,
        status=found.status,
        finished=found.finished,
        action=_action(shown.action),  # type: ignore[arg-type]
        amount_received=_amount(found, found.received),
        amount_refunded=_amount(found, found.refunded),
        amount_refund_pending=_amount(found, found.refund_pending),
        receipt_url=f"/v1/payments/{found.payment_id}/receipt" if found.receipt_number else None,
        refunds=[_refund(found, one) for one in found.refunds],
        created_at=rfc3339(found.created_at),
        expires_at=rfc3339(found.expires_at),
        version=found.version,
    )


def receipt_view(found: Receipt, lang: Lang) -> ReceiptView:
    """Present a receipt."""
    return ReceiptView(
        receipt_number=found.number,
        code=found.code,
        verify_url=found.url,
        service=found.service.in_language(lang),
        office=found.office.in_language(lang),
        amount=amount(found.amount),
        amount_refunded=amount(found.refunded),
        method=found.method,
        paid_at=rfc3339(found.paid_at),
    )


def staff_payment_view(found: Payment) -> StaffPaymentView:
    """Present a payment to staff of its hall."""
    return StaffPaymentView(
        payment_id=found.payment_id,
        case_id=_of(found, "case"),
        appointment_id=_of(found, "appointment"),
        service_id=found.service_id,
        office_id=found.office_id,
        amount=amount(found.amount),
        method=found.method,
        provider=found.provider,
        status=found.status,
        held=found.held,
        amount_received=_amount(found, found.received),
        amount_refunded=_amount(found, found.refunded),
        amount_refund_pending=_amount(found, found.refund_pending),
        receipt_number=found.receipt_number,
        refunds=[staff_refund_view(found, one) for one in found.refunds],
        created_at=rfc3339(found.created_at),
        version=found.version,
    )


def staff_refund_view(payment: Payment, refund: Refund) -> StaffRefundView:
    """Present a refund to staff."""
    return StaffRefundView(
        refund_id=refund.refund_id,
        amount=_amount(payment, refund.amount),
        status=refund.status,
        payment_id=payment.payment_id,
        reason=refund.reason,
        asked_by=refund.asked_by,
        asked_at=rfc3339(refund.asked_at),
        needs_approval=refund.needs_approval and refund.approved_by is None,
        approved_by=refund.approved_by,
        trouble=refund.trouble,
    )


def _refund(payment: Payment, refund: Refund) -> RefundView:
    given = _amount(payment, refund.amount)
    return RefundView(refund_id=refund.refund_id, amount=given, status=refund.status)


def _amount(payment: Payment, cents: int) -> Amount:
    return Amount(cents=cents, currency=payment.amount.currency)


def _of(payment: Payment, kind: str) -> str | None:
    return payment.subject if payment.kind == kind else None


def _action(action: Action | None) -> BodyModel | None:
    if action is None:
        return None
    fields = {_OURS.get(name, name): value for name, value in action.fields.items()}
    return _MODELS[action.kind].model_validate({"kind": action.kind, **fields})
