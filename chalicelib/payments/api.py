"""The routes of payers: pay, look, give up; and the providers' notifications."""

from typing import Annotated, Final

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core import auth, negotiation, qr, wiring
from chalicelib.core.errors import (
    InvalidCursor,
    InvalidSignature,
    NotAcceptable,
    NotFound,
    TryAgain,
    WrongStatus,
)
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request, Response, replayed
from chalicelib.core.web import Routes
from chalicelib.payments import domain, receipts, service, webhooks
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
_RECEIPT_MEDIA: Final = ("application/json", "application/pdf", *qr.MEDIA)


class Paying(BodyModel):
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


class PaymentsQuery(QueryModel):
    """Which of one's own payments; `subject_id` is a case's or an appointment's id."""

    subject_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


@routes.post(
    "/v1/payments",
    auth=auth.citizen,
    body=Paying,
    response=PaymentView,
    status=201,
    errors=[
        domain.AlreadyPaid,
        domain.PaymentInProgress,
        domain.NothingToPay,
        domain.MethodNotServed,
        domain.PayerUnknown,
        domain.PaymentProviderDown,
        NotFound,
    ],
    idempotent=True,
)
def start(request: Request[Paying]) -> Response:
    """Begin to pay a fee; `action` says what the phone is to do."""
    given = request.input
    subject = given.case_id or given.appointment_id or ""
    wanted = Wanted("case" if given.case_id else "appointment", subject, given.method, given.client)
    shown, again = service.start(request.citizen, wanted, request.attempt, request.now)
    location = {"Location": f"/v1/payments/{shown.payment.payment_id}"}
    return replayed(payment_view(shown), again=again, headers=location)


@routes.get(
    "/v1/payments",
    auth=auth.citizen,
    body=PaymentsQuery,
    response=PaymentList,
    errors=[InvalidCursor],
)
def list_mine(request: Request[PaymentsQuery]) -> PaymentList:
    """List one's own payments."""
    asked, citizen_id = request.input, request.citizen.citizen_id
    scope = f"payments/{citizen_id}/{asked.subject_id}"
    page = wiring.cursors().page(
        scope,
        asked.cursor,
        lambda position: service.list_mine(citizen_id, asked.subject_id, position, asked.limit),
    )
    items = [payment_view(service.Shown(one, None)) for one in page.items]
    return PaymentList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/payments/{payment_id}", auth=auth.citizen, response=PaymentView)
def show(request: Request[QueryModel], payment_id: str) -> PaymentView:
    """Show one of one's own payments; the provider is asked if it has been open for long."""
    return payment_view(service.show(request.citizen.citizen_id, payment_id, request.now))


@routes.post(
    "/v1/payments/{payment_id}/cancel",
    auth=auth.citizen,
    response=PaymentView,
    errors=[WrongStatus, domain.PaymentProviderDown],
    idempotent=True,
)
def cancel(request: Request[QueryModel], payment_id: str) -> Response:
    """Give up an open payment, to pay otherwise; a second time answers the same."""
    shown, again = service.cancel(request.citizen, payment_id, request.attempt, request.now)
    return replayed(payment_view(shown), again=again)


@routes.get(
    "/v1/payments/{payment_id}/qr",
    auth=auth.citizen,
    media=qr.MEDIA,
    errors=[NotFound, NotAcceptable],
)
def show_qr(request: Request[QueryModel], payment_id: str) -> Response:
    """Draw the wallet's QR code as PNG or SVG by Accept; 404 where there is none to scan."""
    shown = service.show(request.citizen.citizen_id, payment_id, request.now)
    content = shown.action.fields.get("content") if shown.action else None
    if content is None:
        raise NotFound
    wanted = negotiation.media_type(request.headers.get("accept"), qr.MEDIA)
    return qr.drawn(content, wanted)


@routes.get(
    "/v1/payments/{payment_id}/receipt",
    auth=auth.citizen,
    response=ReceiptView,
    media=_RECEIPT_MEDIA,
    errors=[NotFound, NotAcceptable],
)
def show_receipt(request: Request[QueryModel], payment_id: str) -> Response:
    """Show the receipt as JSON or a page to print, or its code as a picture, by Accept."""
    found = receipts.of(service.mine(request.citizen.citizen_id, payment_id))
    wanted = negotiation.media_type(request.headers.get("accept"), _RECEIPT_MEDIA)
    if wanted == "application/pdf":
        name = f'attachment; filename="{found.number}.pdf"'
        headers = {"Content-Disposition": name}
        body = receipts.pdf(found, request.lang)
        return Response(body, content_type="application/pdf", headers=headers)
    if wanted == "application/json":
        return Response(receipt_view(found, request.lang))
    return qr.drawn(found.url, wanted)


@routes.get("/v1/receipts/{code}", auth=auth.public, response=ReceiptView)
def verify_receipt(request: Request[QueryModel], code: str) -> ReceiptView:
    """Verify a receipt by its code: what it says now, and nothing about who paid."""
    return receipt_view(receipts.verify(code), request.lang)


@routes.post(
    "/v1/webhooks/payments/{provider}",
    auth=auth.signature,
    errors=[InvalidSignature, NotFound, TryAgain],
    media=("application/json", "text/plain"),
)
def take_notification(request: Request[None], provider: str) -> Response:
    """Take a provider's notification, signed over the raw body; answered in its own words."""
    said = webhooks.take(provider, request.headers, request.raw_body, request.now)
    return Response(said.body, status=said.status, content_type=said.content_type)
