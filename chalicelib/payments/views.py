"""How payments look from outside."""

from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import Amount, BodyModel
from chalicelib.core.i18n import Lang
from chalicelib.payments.domain import Client, Method, Payment, Refund, RefundStatus, Status
from chalicelib.payments.providers.base import Action
from chalicelib.payments.receipts import Receipt
from chalicelib.payments.service import Shown


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
    amount: Amount
    method: Method
    client: Client
    status: Status
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


class PaymentList(BodyModel):
    """Payments of one page, newest first."""

    items: list[PaymentView]
    next_cursor: str | None


def payment_view(shown: Shown) -> PaymentView:
    """Present a payment to its payer."""
    found = shown.payment
    return PaymentView(
        payment_id=found.payment_id,
        case_id=subject_of(found, "case"),
        appointment_id=subject_of(found, "appointment"),
        amount=Amount.of(found.amount),
        method=found.method,
        client=found.client,
        status=found.status,
        finished=found.finished,
        action=_action(shown.action),  # type: ignore[arg-type]
        amount_received=amount_of(found, found.received),
        amount_refunded=amount_of(found, found.refunded),
        amount_refund_pending=amount_of(found, found.refund_pending),
        held=held_view(found),
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
        amount=Amount.of(found.amount),
        amount_refunded=Amount.of(found.refunded),
        method=found.method,
        paid_at=rfc3339(found.paid_at),
    )


def _refund(payment: Payment, refund: Refund) -> RefundView:
    given = amount_of(payment, refund.amount)
    return RefundView(refund_id=refund.refund_id, amount=given, status=refund.status)


def held_view(payment: Payment) -> HeldView | None:
    """Present money that is neither accepted nor sent back."""
    held = payment.undecided
    return HeldView(reason=held.reason, amount=Amount.of(held.amount)) if held else None


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
