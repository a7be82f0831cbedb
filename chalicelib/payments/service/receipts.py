"""Receipts: a number, a code that anyone can verify, and a page to print in two languages.

A receipt names the service, the hall, the sums and the day, and no person. Its page is set in a
font that is cut to these words and the catalogue's names (`infra/make_receipt_font.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.appointments import service as appointments
from chalicelib.cases import service as cases
from chalicelib.catalogue import service as catalogue
from chalicelib.core import receipt_pages
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.mandates import service as mandates
from chalicelib.payments import storage
from chalicelib.payments.bills.domain import kinds
from chalicelib.payments.domain.payments import Method, Payment
from chalicelib.payments.service import transitions

_TITLE: Final = Text("政务服务缴费凭证", "Receipt for a government service fee")
_LABELS: Final = {
    "number": Text("凭证号", "Receipt number"),
    "service": Text("事项", "Service"),
    "office": Text("办理地点", "Service hall"),
    "amount": Text("金额", "Amount"),
    "refunded": Text("已退金额", "Given back"),
    "method": Text("支付方式", "Paid by"),
    "paid_at": Text("支付时间", "Paid at"),
}
_METHODS: Final[dict[Method, Text]] = {
    "wechat_pay": Text("微信支付", "WeChat Pay"),
    "alipay": Text("支付宝", "Alipay"),
    "card": Text("银行卡", "Card"),
}
_VERIFY: Final = Text(
    "扫描二维码或访问以下网址，可核验本凭证：",
    "Scan the code or open this address to verify the receipt:",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says; `refunded` may grow after it was printed."""

    number: str
    code: str
    service: Text
    office: Text
    amount: Money
    refunded: Money
    method: Method
    paid_at: datetime

    @property
    def url(self) -> str:
        """Return where anyone can verify it."""
        return f"{SETTINGS.public_url}/v1/receipts/{self.code}"


def of(payment: Payment) -> Receipt:
    """Return a payment's receipt; raises NotFound while no money was received."""
    if payment.receipt_number is None or payment.received_at is None:
        raise NotFound
    currency = payment.currency
    return Receipt(
        payment.receipt_number,
        transitions.receipt_code(payment.payment_id),
        _service_name(payment.service_id),
        _office_name(payment.office_id),
        Money(payment.received, currency),
        Money(payment.refunded, currency),
        payment.method,
        payment.received_at,
    )


def names(payment: Payment, *, acting: bool) -> tuple[str | None, str | None]:
    """Return for whom a fee was paid, and who did it for the reader, as the owner reads them.

    Who is `acting` for the owner reads whom they act for.
    """
    if payment.kind == "bill":
        return None, None
    room = cases if payment.kind == "case" else appointments
    subject = room.load(payment.subject)
    known = mandates.names_of(payment.citizen_id, [subject], acting=acting)
    return known.for_name(subject), known.by_name(subject)


def verify(code: str) -> Receipt:
    """Return the receipt of a code, for anyone; raises NotFound."""
    payment_id = storage.find("code", code)
    payment = storage.load(payment_id) if payment_id else None
    if payment is None:
        raise NotFound
    return of(payment)


def pdf(receipt: Receipt, lang: Lang) -> bytes:
    """Set the receipt as a page to print."""
    lines = [(_LABELS[name].in_language(lang), value) for name, value in _lines(receipt, lang)]
    page = receipt_pages.Page(
        _TITLE.in_language(lang), tuple(lines), _VERIFY.in_language(lang), receipt.url
    )
    return receipt_pages.pdf(page, receipt.paid_at, lang)


def yuan(amount: Money) -> str:
    """Write an amount as 120.00 CNY."""
    return f"{amount.cents // 100}.{amount.cents % 100:02} {amount.currency.upper()}"


def _lines(receipt: Receipt, lang: Lang) -> list[tuple[str, str]]:
    lines = [
        ("number", receipt.number),
        ("service", receipt.service.in_language(lang)),
        ("office", receipt.office.in_language(lang)),
        ("amount", yuan(receipt.amount)),
        ("method", _METHODS[receipt.method].in_language(lang)),
        ("paid_at", f"{office_time(receipt.paid_at):%Y-%m-%d %H:%M}"),
    ]
    if receipt.refunded.cents:
        lines.insert(4, ("refunded", yuan(receipt.refunded)))
    return lines


def _service_name(service_id: str) -> Text:
    kind = kinds.name_of(service_id)
    if kind:
        return kind
    try:
        return catalogue.service(service_id).name
    except NotFound:
        # A service may have left the guide since.
        return Text(service_id, service_id)


def _office_name(office_id: str) -> Text:
    try:
        return catalogue.office(office_id).name
    except NotFound:
        return Text(office_id, office_id)
