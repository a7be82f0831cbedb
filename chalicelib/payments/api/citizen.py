"""The routes of payers: pay, look, give up; and the providers' notifications."""

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core import auth, dependencies, negotiation, page_links, qr
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import (
    InvalidCursor,
    InvalidSignature,
    NotAcceptable,
    NotFound,
    TooManyRequests,
    TryAgain,
    WrongStatus,
)
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request, Response, replayed
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.core.routes import Routes
from chalicelib.core.text import Written, read_code
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import Action, Kind, MandateMissing
from chalicelib.payments.api.views import (
    OwnReceiptView,
    PaymentList,
    PaymentView,
    ReceiptView,
    payment_view,
    receipt_view,
)
from chalicelib.payments.bills.service import lookup
from chalicelib.payments.domain import errors
from chalicelib.payments.domain.payments import Client, Method
from chalicelib.payments.service import listing, payments, receipts, webhooks
from chalicelib.payments.service.amount_due import PaymentRequest
from chalicelib.payments.service.payments import PaymentResult

routes: Final = Routes("payments")
_RECEIPT_MEDIA: Final = ("application/json", "application/pdf", *qr.MEDIA)


class Paying(BodyModel):
    """What to pay for, and how; the amount is the server's.

    It is a case, an appointment, one's own bill, or a bill by its number and code.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"case_id": "Xk29fTq0LmZ3", "method": "wechat_pay", "client": "web"}]
        }
    )

    case_id: Id | None = None
    appointment_id: Id | None = None
    bill_id: Id | None = None
    bill_number: Annotated[str, Written(read_code, 0, 100)] | None = None
    code: Annotated[str, Written(read_code, 0, 100)] | None = None
    method: Method
    client: Client
    on_behalf_of: OnBehalfOf | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> "Paying":
        given = (self.case_id, self.appointment_id, self.bill_id, self.bill_number)
        if sum(one is not None for one in given) != 1:
            raise ValueError("give one of case_id, appointment_id, bill_id and bill_number")
        if (self.bill_number is None) != (self.code is None):
            raise ValueError("give bill_number and code together")
        return self


class PaymentsQuery(QueryModel):
    """Which of one's own payments, or of those that a right made (its id).

    `subject_id` is a case's, an appointment's or a bill's id.
    """

    on_behalf_of: Id | None = None
    subject_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


@routes.post(
    "/v1/payments",
    counted="payment",
    auth=auth.citizen,
    body=Paying,
    response=PaymentView,
    status=201,
    errors=[
        errors.AlreadyPaid,
        errors.PaymentInProgress,
        errors.NothingToPay,
        errors.MethodNotServed,
        errors.PayerUnknown,
        errors.PaymentProviderDown,
        NotFound,
        MandateMissing,
        TooManyRequests,
    ],
    idempotent=True,
)
def start(request: Request[Paying]) -> Response:
    """Begin to pay a fee or a bill; `action` says what the phone is to do."""
    body = request.input
    asked = _asked(request)
    of, _ = mandates.member_of(request.citizen, body.on_behalf_of, None)
    caller = mandates.on_behalf(request.citizen, of, "pay", None, request.now)
    result = payments.start(caller, asked, request.attempt, request.now)
    location = {"Location": f"/v1/payments/{result.payment.payment_id}"}
    return replayed(payment_view(result), again=result.replayed, headers=location)


def _asked(request: Request[Paying]) -> PaymentRequest:
    body = request.input
    if body.case_id:
        return PaymentRequest("case", body.case_id, body.method, body.client)
    if body.appointment_id:
        return PaymentRequest("appointment", body.appointment_id, body.method, body.client)
    if body.bill_id:
        return PaymentRequest("bill", body.bill_id, body.method, body.client)
    number, code = body.bill_number or "", body.code or ""
    bill = lookup.by_number(number, code, request.source, request.now)
    return PaymentRequest("bill", bill.bill_id, body.method, body.client, is_holder=True)


@routes.get(
    "/v1/payments",
    auth=auth.citizen,
    body=PaymentsQuery,
    response=PaymentList,
    errors=[InvalidCursor, MandateMissing],
)
def list_mine(request: Request[PaymentsQuery]) -> PaymentList:
    """List one's own payments."""
    asked, caller = request.input, request.citizen
    scope = mandates.scope_of(caller, asked.on_behalf_of, "payment", request.now)
    page = dependencies.cursors().page(
        f"payments/{scope.key}/{asked.subject_id}",
        asked.cursor,
        lambda position: listing.list_covered(scope, asked.subject_id, position, asked.limit),
    )
    items = [payment_view(PaymentResult(payment)) for payment in page.items]
    return PaymentList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/payments/{payment_id}",
    auth=auth.citizen,
    response=PaymentView,
    errors=[MandateMissing],
)
def show(request: Request[QueryModel], payment_id: str) -> PaymentView:
    """Show one of one's own payments; the provider is asked if it has been open for long."""
    caller = _owner(request, payment_id, "read")
    return payment_view(payments.show(caller.citizen_id, payment_id, request.now))


@routes.post(
    "/v1/payments/{payment_id}/cancel",
    auth=auth.citizen,
    response=PaymentView,
    errors=[WrongStatus, errors.PaymentProviderDown, MandateMissing],
    idempotent=True,
)
def cancel(request: Request[QueryModel], payment_id: str) -> Response:
    """Give up an open payment, to pay otherwise; a second time answers the same."""
    caller = _owner(request, payment_id, "pay")
    result = payments.cancel(caller, payment_id, request.attempt, request.now)
    return replayed(payment_view(result), again=result.replayed)


@routes.get(
    "/v1/payments/{payment_id}/qr",
    auth=auth.citizen,
    media=qr.MEDIA,
    errors=[NotFound, NotAcceptable, MandateMissing],
)
def show_qr(request: Request[QueryModel], payment_id: str) -> Response:
    """Draw the wallet's QR code as PNG or SVG by Accept; 404 where there is none to scan."""
    caller = _owner(request, payment_id, "read")
    result = payments.show(caller.citizen_id, payment_id, request.now)
    content = result.action.fields.get("content") if result.action else None
    if content is None:
        raise NotFound
    media = negotiation.media_type(request.headers.get("accept"), qr.MEDIA)
    return qr.drawn(content, media)


@routes.get(
    "/v1/payments/{payment_id}/receipt",
    auth=auth.citizen,
    response=OwnReceiptView,
    media=_RECEIPT_MEDIA,
    errors=[NotFound, NotAcceptable, MandateMissing],
)
def show_receipt(request: Request[QueryModel], payment_id: str) -> Response:
    """Show the receipt as JSON or a page to print, or its code as a picture, by Accept."""
    caller = _owner(request, payment_id, "read")
    payment = payments.mine(caller.citizen_id, payment_id)
    receipt = receipts.of(payment)
    media = negotiation.media_type(request.headers.get("accept"), _RECEIPT_MEDIA)
    if media == "application/pdf":
        name = f'attachment; filename="{receipt.number}.pdf"'
        headers = {"Content-Disposition": name}
        body = receipts.pdf(receipt, request.lang)
        return Response(body, content_type="application/pdf", headers=headers)
    if media == "application/json":
        view = receipt_view(receipt, request.lang).model_dump()
        for_name, by_name = receipts.names(payment, acting=caller.standing is not None)
        return Response(OwnReceiptView(**view, for_name=for_name, by_name=by_name))
    return qr.drawn(receipt.url, media)


def _owner(request: Request[Any], payment_id: str, action: Action) -> Citizen:
    made: tuple[Kind, str] = ("payment", payment_id)
    return mandates.owner_of(request.citizen, made, action, request.now)


@routes.get("/v1/receipts/{code}", auth=auth.public, response=ReceiptView, media=page_links.MEDIA)
def verify_receipt(request: Request[QueryModel], code: str) -> Response | ReceiptView:
    """Verify a receipt by its code: what it says now, and nothing about who paid."""
    page = page_links.page_for(request, "bills/verify", code=code)
    return page or receipt_view(receipts.verify(code), request.lang)


@routes.post(
    "/v1/webhooks/payments/{provider}",
    auth=auth.signature,
    errors=[InvalidSignature, NotFound, TryAgain],
    media=("application/json", "text/plain"),
)
def take_notification(request: Request[None], provider: str) -> Response:
    """Take a provider's notification, signed over the raw body; answered in its own words."""
    answer = webhooks.take(provider, request.headers, request.raw_body, request.now)
    return Response(answer.body, status=answer.status, content_type=answer.content_type)
