"""Finding bills: one's own, and by number and code without a log-in, where guessing is slowed."""

from datetime import datetime
from typing import Final

from chalicelib.core.auth import Citizen
from chalicelib.core.code_tries import CodeTries
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.pagination import Page
from chalicelib.core.secret_code import is_right
from chalicelib.identity import service as identity
from chalicelib.mandates.service import first_matching
from chalicelib.payments.bills.domain.bill import Bill, BillStatus
from chalicelib.payments.bills.domain.numbers import is_bill_number
from chalicelib.payments.bills.service.bills import id_of
from chalicelib.payments.bills.service.statements import hash_of_code
from chalicelib.payments.bills.storage import CLAIMS, bill_keys
from chalicelib.payments.bills.storage import bills as storage

_TRIES_OF_BILL: Final = 5
_TRIES_OF_CALLER: Final = 20
_WRONG: Final = Text("缴款识别码有误，请核对", "This is no bill's number; please check it")
_TRIES: Final = CodeTries("bill code", CLAIMS, _TRIES_OF_CALLER, _TRIES_OF_BILL)


def list_mine(
    caller: Citizen,
    status: BillStatus | None,
    position: str | None,
    limit: int,
    now: datetime,
) -> Page[Bill]:
    """Return a page of a person's or an organisation's bills, by when they are due."""
    owner = owner_key(caller)
    return first_matching(
        lambda after: storage.list_of_owner(owner, after, limit),
        lambda bill: status in (None, bill.status(now)),
        position,
    )


def owner_key(caller: Citizen) -> str:
    """Return the keyed hash by which a caller's bills are known."""
    if caller.level == "real_name":
        return caller.person
    # Who was verified a moment ago may come with the token from before.
    return identity.profile_of(caller.citizen_id).person or caller.person


def by_number(bill_number: str, code: str, source: str, now: datetime) -> Bill:
    """Return the bill of a number and its code.

    Raises InvalidRequest for what cannot be a number, NotFound or TooManyRequests.
    """
    if not is_bill_number(bill_number):
        raise InvalidRequest(errors=[FieldError("/bill_number", "check_digit", _WRONG)])
    bill_id = id_of(bill_number)
    with _TRIES.counted(bill_keys(bill_id)[0], source, now):
        bill = storage.load(bill_id)
        expected = bill.terms.code_hash if bill else ""
        salt = bill.difference_of or bill_number if bill else bill_number
        if bill is None or not is_right(expected, hash_of_code(salt, code)):
            raise NotFound
    return bill
