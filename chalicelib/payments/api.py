"""The routes of payers: pay, look, give up; and the providers' notifications."""

from typing import Annotated, Final

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core import auth, negotiation, wiring
from chalicelib.core.calls import Call, Id, Model, Query, Reply, replayed
from chalicelib.core.errors import (
    InvalidCursor,
    InvalidSignature,
    NotAcceptable,
    NotFound,
    TryAgain,
    WrongStatus,
)
from chalicelib.core.web import Routes
from chalicelib.payments import domain, drawing, holdings, receipts, service, webhooks
from chalicelib.payments.domain import Client, Method
from chalicelib.payments.service import Wanted
from chalicelib.payments.views import (
    PaymentList,
    PaymentView,
    ReceiptView,
    payment_view,
    receipt_view,
)

routes: Final = Routes("payments")
holdings.enter()
_RECEIPT_MEDIA: Final = ("application/json", "application/pdf", *drawing.MEDIA)


class Paying(Model):
    """What to pay for, a case or an appointment, and how; the amount is the server's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"case_id": "Xk29fTq0LmZ3", "method": "wechat_pay", "client": "web"}]
        }
    )

    case_id: Id | None = None
    appointment_id: Id | None = None
    method: Method
    client: Client

    @model_validator(mode="after")
    def _one_subject(self) -> "Paying":
        if (self.case_id is None) == (self.appointment_id is None):
            raise ValueError("give either case_id or appointment_id")
        return self


class PaymentsQuery(Query):
    """Which of one's own payments; `subject_id` is a case's or an appointment's id."""

    subject_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


@routes.post(
    "/v1/payments",
    auth=auth.citizen,
    takes=Paying,
    answers=PaymentView,
    status=201,
    problems=[
        domain.AlreadyPaid,
        domain.PaymentInProgress,
        domain.NothingToPay,
        domain.MethodNotServed,
        domain.PayerUnknown,
        domain.PaymentProviderDown,
        NotFound,
    ],
    creates=True,
)
def start(call: Call[Paying]) -> Reply:
    """Begin to pay a fee; `action` says what the phone is to do."""
    given = call.input
    subject = given.case_id or given.appointment_id or ""
    wanted = Wanted("case" if given.case_id else "appointment", subject, given.method, given.client)
    shown, again = service.start(call.citizen, wanted, call.attempt, call.now)
    location = {"Location": f"/v1/payments/{shown.payment.payment_id}"}
    return replayed(payment_view(shown), again=again, headers=location)


@routes.get(
    "/v1/payments",
    auth=auth.citizen,
    takes=PaymentsQuery,
    answers=PaymentList,
    problems=[InvalidCursor],
)
def list_mine(call: Call[PaymentsQuery]) -> PaymentList:
    """List one's own payments."""
    asked, cursors, citizen_id = call.input, wiring.cursors(), call.citizen.citizen_id
    scope = f"payments/{citizen_id}/{asked.subject_id}"
    position = cursors.open(scope, asked.cursor)
    page = service.list_mine(citizen_id, asked.subject_id, position, asked.limit)
    items = [payment_view(service.Shown(one, None)) for one in page.items]
    return PaymentList(items=items, next_cursor=cursors.seal(scope, page.next_position))


@routes.get("/v1/payments/{payment_id}", auth=auth.citizen, answers=PaymentView)
def show(call: Call[Query], payment_id: str) -> PaymentView:
    """Show one of one's own payments; the provider is asked if it has been open for long."""
    return payment_view(service.show(call.citizen.citizen_id, payment_id, call.now))


@routes.post(
    "/v1/payments/{payment_id}/cancel",
    auth=auth.citizen,
    answers=PaymentView,
    problems=[WrongStatus, domain.PaymentProviderDown],
    creates=True,
)
def cancel(call: Call[Query], payment_id: str) -> Reply:
    """Give up an open payment, to pay otherwise; a second time answers the same."""
    shown, again = service.cancel(call.citizen, payment_id, call.attempt, call.now)
    return replayed(payment_view(shown), again=again)


@routes.get(
    "/v1/payments/{payment_id}/qr",
    auth=auth.citizen,
    media=drawing.MEDIA,
    problems=[NotFound, NotAcceptable],
)
def show_qr(call: Call[Query], payment_id: str) -> Reply:
    """Draw the wallet's QR code as PNG or SVG by Accept; 404 where there is none to scan."""
    shown = service.show(call.citizen.citizen_id, payment_id, call.now)
    content = shown.action.fields.get("content") if shown.action else None
    if content is None:
        raise NotFound
    wanted = negotiation.media_type(call.headers.get("accept"), drawing.MEDIA)
    return drawing.drawn(content, wanted)


@routes.get(
    "/v1/payments/{payment_id}/receipt",
    auth=auth.citizen,
    answers=ReceiptView,
    media=_RECEIPT_MEDIA,
    problems=[NotFound, NotAcceptable],
)
def show_receipt(call: Call[Query], payment_id: str) -> Reply:
    """Show the receipt as JSON or a page to print, or its code as a picture, by Accept."""
    found = receipts.of(service.mine(call.citizen.citizen_id, payment_id))
    wanted = negotiation.media_type(call.headers.get("accept"), _RECEIPT_MEDIA)
    if wanted == "application/pdf":
        name = f'attachment; filename="{found.number}.pdf"'
        headers = {"Content-Disposition": name}
        body = receipts.pdf(found, call.lang)
        return Reply(body, content_type="application/pdf", headers=headers)
    if wanted == "application/json":
        return Reply(receipt_view(found, call.lang))
    return drawing.drawn(found.url, wanted)


@routes.get("/v1/receipts/{code}", auth=auth.public, answers=ReceiptView)
def verify_receipt(call: Call[Query], code: str) -> ReceiptView:
    """Verify a receipt by its code: what it says now, and nothing about who paid."""
    return receipt_view(receipts.verify(code), call.lang)


@routes.post(
    "/v1/webhooks/payments/{provider}",
    auth=auth.signature,
    problems=[InvalidSignature, NotFound, TryAgain],
    media=("application/json", "text/plain"),
)
def take_notification(call: Call[None], provider: str) -> Reply:
    """Take a provider's notification, signed over the raw body; answered in its own words."""
    said = webhooks.take(provider, call.headers, call.raw_body, call.now)
    return Reply(said.body, status=said.status, content_type=said.content_type)
