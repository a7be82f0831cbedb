"""What is billed to a citizen as a person, for their export; offices keep what they billed."""

from typing import Final

from chalicelib.core import dependencies, pagination
from chalicelib.identity import service as identity
from chalicelib.identity.service import personal_data_requests
from chalicelib.payments.bills.domain.bill import Bill
from chalicelib.payments.bills.storage import bills as storage

_PAGE: Final = 100


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's bills as plain JSON values; none of who is not known to be a person."""
    person = identity.profile_of(citizen_id).person
    if person is None:
        return []
    pages = pagination.every(lambda position: storage.list_of_owner(person, position, _PAGE))
    return [_exported(bill) for bill in pages]


def _exported(bill: Bill) -> dict[str, object]:
    now = dependencies.clock().now()
    return {
        "bill_id": bill.bill_id,
        "bill_number": bill.bill_number,
        "kind": bill.terms.kind,
        "title": bill.terms.title,
        "amount": {"cents": bill.amount(now), "currency": "cny"},
        "due_on": bill.terms.due_on.isoformat(),
        "status": bill.status(now).value,
    }


PERSONAL_DATA: Final = personal_data_requests.Holder("bills", held_about)
