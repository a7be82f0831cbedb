"""The route where issuers tell of their bills."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    RootModel,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from chalicelib.core import auth
from chalicelib.core.credit_code import CreditCode
from chalicelib.core.errors import InvalidJson, InvalidRequest, InvalidSignature, NotFound
from chalicelib.core.http_messages import BodyModel, Day, Moment, Request, Token
from chalicelib.core.parsing import read_body
from chalicelib.core.routes import Routes
from chalicelib.core.text import Name, text, typed
from chalicelib.payments.bills.domain.numbers import is_bill_number
from chalicelib.payments.bills.domain.terms import BillKind, Item, LateFee, StatementType
from chalicelib.payments.bills.service import statements
from chalicelib.payments.bills.service.issuers import DIRECTORY
from chalicelib.payments.bills.service.statements import Said
from chalicelib.webhooks.service import authentication

routes: Final = Routes("bills")

_TYPES: Final = ("bill.created", "bill.changed", "bill.cancelled")
_MOST: Final = 10**10
_THOUSANDTHS: Final = 1000
Cents = Annotated[int, Field(ge=0, le=_MOST)]
Permille = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


def _checked(number: str) -> str:
    """Return a number whose last digit is its check digit."""
    if not is_bill_number(number):
        raise PydanticCustomError("check_digit", "the last digit is not the check digit")
    return number


class BillPayer(BodyModel):
    """Who is to pay: a person by name and number, or an organisation; neither is kept in clear."""

    name: Name | None = None
    id_number: Annotated[str, typed(".{1,40}")] | None = None
    credit_code: CreditCode | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        is_person = self.name is not None and self.id_number is not None
        if is_person == (self.credit_code is not None) or (self.credit_code and self.name):
            raise ValueError("give name and id_number, or credit_code")
        return self


class BillLine(BodyModel):
    """A line of a bill, in cents."""

    name: Annotated[str, text(100)]
    cents: Cents


class LateFeeRule(BodyModel):
    """What each day after the last adds, in thousandths of the sum, and no more than the cap."""

    per_day_permille: Permille
    cap_cents: Cents


class BillData(BodyModel):
    """What an issuer says of a bill; of two messages the higher `sequence` holds."""

    bill_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{20}$"), AfterValidator(_checked)]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    kind: BillKind
    title: Annotated[str, text(100)]
    payer: BillPayer | None = None
    items: Annotated[list[BillLine], Field(min_length=1, max_length=50)]
    due_on: Day
    late_fee: LateFeeRule | None = None
    sequence: Annotated[int, Field(ge=0, le=2**53)]


class BillMessage(BodyModel):
    """A message about a bill, as its issuer sends it."""

    type: StatementType
    timestamp: Moment
    data: BillData


class UnknownMessage(BodyModel):
    """A message of any other type, with what every message of Standard Webhooks has."""

    type: Annotated[Token, StringConstraints(max_length=100)]
    timestamp: Moment
    data: dict[str, Any]


def _kind(message: object) -> str:
    is_bill = isinstance(message, dict) and message.get("type") in _TYPES
    return "bill" if is_bill else "other"


class IssuerMessage(
    RootModel[
        Annotated[
            Annotated[BillMessage, Tag("bill")] | Annotated[UnknownMessage, Tag("other")],
            Discriminator(_kind),
        ]
    ]
):
    """What an issuer sends, by its `type`."""


class BillTaken(BodyModel):
    """What became of a message: it said something new, or nothing new, or nothing of ours."""

    result: Literal["applied", "duplicate", "ignored"]


@routes.post(
    "/v1/webhooks/issuers/{issuer_id}",
    auth=auth.signature,
    body=BillMessage,
    response=BillTaken,
    errors=(InvalidSignature, NotFound, InvalidJson, InvalidRequest),
)
def receive(request: Request[None], issuer_id: str) -> BillTaken:
    """Take what an issuer says, signed by Standard Webhooks; other types are acknowledged only."""
    authentication.verify(DIRECTORY, issuer_id, request.headers, request.raw_body, request.now)
    message = read_body(IssuerMessage, request.raw_body).root
    if isinstance(message, UnknownMessage):
        return BillTaken(result="ignored")
    applied = statements.take(issuer_id, _said(message), request.now)
    return BillTaken(result="applied" if applied.changed else "duplicate")


def _said(message: BillMessage) -> Said:
    data, rule = message.data, message.data.late_fee
    late_fee = None
    if rule:
        late_fee = LateFee(round(rule.per_day_permille * _THOUSANDTHS), rule.cap_cents)
    return Said(
        message.type,
        data.sequence,
        data.bill_number,
        data.code,
        data.kind,
        data.title,
        tuple(Item(line.name, line.cents) for line in data.items),
        data.due_on,
        late_fee,
        data.payer.id_number if data.payer else None,
        data.payer.credit_code if data.payer else None,
    )
