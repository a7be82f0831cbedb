"""How payments look from outside."""

from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import Amount, BodyModel
from chalicelib.core.i18n import Lang
from chalicelib.payments.domain.next_action import Action
from chalicelib.payments.domain.payments import Client, Method, Payment, PaymentStatus
from chalicelib.payments.domain.refunds import Refund, RefundStatus
from chalicelib.payments.service.payments import PaymentResult
from chalicelib.payments.service.receipts import Receipt


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
# Our names for what the vendors' functions request otherwise.
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


class HeldView(BodyModel):
    """Money that came and is not believed."""

    reason: str
    amount: Amount


class PaymentView(BodyModel):
    """One try to pay a fee; what was given back is told by the sums."""

    payment_id: str
    case_id: str | None
    appointment_id: str | None
    bill_id: str | None
    amount: Amount
    method: Method
    client: Client
    status: PaymentStatus
    finished: bool
    action: ActionView | None
    amount_received: Amount
    amount_refunded: Amount
    amount_refund_pending: Amount
    held: HeldView | None
    receipt_url: str | None
    refunds: list[RefundView]
    created_at: str
    expires_at: str
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


class OwnReceiptView(ReceiptView):
    """One's own receipt; `for_name` is for whom it is, `by_name` (masked) who paid for one."""

    for_name: str | None
    by_name: str | None


class PaymentList(BodyModel):
    """Payments of one page, newest first."""

    items: list[PaymentView]
    next_cursor: str | None


def payment_view(result: PaymentResult) -> PaymentView:
    """Present a payment to its payer."""
    payment = result.payment
    return PaymentView(
        payment_id=payment.payment_id,
        case_id=subject_of(payment, "case"),
        appointment_id=subject_of(payment, "appointment"),
        bill_id=subject_of(payment, "bill"),
        amount=Amount.of(payment.amount),
        method=payment.method,
        client=payment.client,
        status=payment.status,
        finished=payment.finished,
        action=_action(result.action),  # type: ignore[arg-type]
        amount_received=amount_of(payment, payment.received),
        amount_refunded=amount_of(payment, payment.refunded),
        amount_refund_pending=amount_of(payment, payment.refund_pending),
        held=unmatched_view(payment),
        receipt_url=f"/v1/payments/{payment.payment_id}/receipt"
        if payment.receipt_number
        else None,
        refunds=[_refund(payment, one) for one in payment.refunds],
        created_at=rfc3339(payment.created_at),
        expires_at=rfc3339(payment.expires_at),
        version=payment.version,
    )


def receipt_view(receipt: Receipt, lang: Lang) -> ReceiptView:
    """Present a receipt."""
    return ReceiptView(
        receipt_number=receipt.number,
        code=receipt.code,
        verify_url=receipt.url,
        service=receipt.service.in_language(lang),
        office=receipt.office.in_language(lang),
        amount=Amount.of(receipt.amount),
        amount_refunded=Amount.of(receipt.refunded),
        method=receipt.method,
        paid_at=rfc3339(receipt.paid_at),
    )


def _refund(payment: Payment, refund: Refund) -> RefundView:
    given = amount_of(payment, refund.amount)
    return RefundView(refund_id=refund.refund_id, amount=given, status=refund.status)


def unmatched_view(payment: Payment) -> HeldView | None:
    """Present money that is neither accepted nor sent back."""
    money = payment.undecided
    return HeldView(reason=money.reason, amount=Amount.of(money.amount)) if money else None


def amount_of(payment: Payment, cents: int) -> Amount:
    """Present a sum of a payment's money."""
    return Amount(cents=cents, currency=payment.currency)


def subject_of(payment: Payment, kind: str) -> str | None:
    """Return what is paid for, if it is of this kind."""
    return payment.subject if payment.kind == kind else None


def _action(action: Action | None) -> BodyModel | None:
    if action is None:
        return None
    fields = {_OURS.get(name, name): value for name, value in action.fields.items()}
    return _MODELS[action.kind].model_validate({"kind": action.kind, **fields})
