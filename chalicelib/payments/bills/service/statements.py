"""What issuers say of bills: whose they are is kept as a keyed hash, and their code as one."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.core import dependencies
from chalicelib.core.changes import Applied
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.id_documents import read_document
from chalicelib.identity.service.profiles import person_of
from chalicelib.payments.bills.domain.bill import Bill
from chalicelib.payments.bills.domain.terms import (
    BillKind,
    Item,
    LateFee,
    Statement,
    StatementType,
    Terms,
    day_of,
)
from chalicelib.payments.bills.service import bills
from chalicelib.payments.bills.service.issuers import DIRECTORY


@dataclass(frozen=True, slots=True)
class Said:
    """What an issuer's message says, as it was sent; a payer has either of both numbers."""

    type: StatementType
    sequence: int
    bill_number: str
    code: str
    kind: BillKind
    title: str
    items: tuple[Item, ...]
    due_on: date
    late_fee: LateFee | None
    id_number: str | None
    credit_code: str | None


def take(issuer_id: str, said: Said, now: datetime) -> Applied[Bill]:
    """Apply what an issuer says of a bill; raises NotFound for another's, or InvalidRequest."""
    issuer = DIRECTORY.find(issuer_id)
    terms = Terms(
        said.kind,
        said.title,
        said.items,
        said.due_on,
        said.late_fee,
        _owner(said, now),
        hash_of_code(said.bill_number, said.code),
    )
    # Of two that bear one number the same must hold, whichever comes first.
    digest = dependencies.vault().keyed_hash("statement", repr(replace(said, bill_number="")))
    statement = Statement(said.type, said.sequence, terms, digest[:8])
    return bills.state(issuer, said.bill_number, statement, now)


def hash_of_code(bill_number: str, code: str) -> str:
    """Return what stands for a bill's code."""
    return dependencies.vault().keyed_hash("bill-code", f"{bill_number}/{code}")


def _owner(said: Said, now: datetime) -> str | None:
    if said.credit_code:
        return dependencies.vault().keyed_hash("organisation", said.credit_code)
    if said.id_number is None:
        return None
    try:
        return person_of(read_document(said.id_number, day_of(now)))
    except InvalidRequest as error:
        wrong = [
            FieldError(f"/data/payer{one.pointer}", one.code, one.detail) for one in error.errors
        ]
        raise InvalidRequest(errors=wrong) from error
