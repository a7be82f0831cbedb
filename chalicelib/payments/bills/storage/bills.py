"""Bills and their histories."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from pynamodb.exceptions import TransactWriteError

from chalicelib.core.attributes import ledger_of, moment, read_ledger, seconds
from chalicelib.core.changes import Change
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Entry, Head
from chalicelib.core.pagination import Page
from chalicelib.core.tables import (
    Addition,
    failed_conditions,
    load_in_order,
    page_of_keys,
    transaction,
)
from chalicelib.payments.bills.domain.bill import Bill, BillMoney
from chalicelib.payments.bills.domain.terms import Item, LateFee, Order, Terms
from chalicelib.payments.bills.storage._records import (
    BillRecord,
    HistoryRecord,
    bill_keys,
    entry_record,
)


def load(bill_id: str) -> Bill | None:
    """Return a bill."""
    try:
        return read_bill(BillRecord.get(*bill_keys(bill_id), consistent_read=True))
    except BillRecord.DoesNotExist:
        return None


def load_entries(bill_id: str) -> list[Entry]:
    """Return the history of a bill."""
    return HistoryRecord.entries_of(bill_keys(bill_id)[0], f"E#{bill_id}#")


def store(change: Change[Bill, Sequence[Addition]]) -> bool:
    """Keep a bill's next version with its entries and what goes with it, all or nothing.

    False when another was faster, be it a payment.
    """
    old, new = change.old, change.new
    is_new = BillRecord.pk.does_not_exist()
    try:
        with transaction() as write:
            write.save(bill_record(new), condition=is_still(old) if old.version else is_new)
            for entry in change.entries:
                write.save(entry_record(bill_keys(new.bill_id)[0], entry))
            for add in change.effects:
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def is_still(old: Bill) -> Any:
    """Return the condition that nothing of a bill was changed since, nor of its money."""
    return (BillRecord.version == old.version) & (BillRecord.revision == old.money.revision)


def list_of_owner(owner: str, position: str | None, limit: int) -> Page[Bill]:
    """Return a page of the bills of a person or an organisation, by when they are due; one Query.

    Bills in it have no history and no notes.
    """
    start = json.loads(position) if position else None
    found = BillRecord.by_owner.query(owner, limit=limit, last_evaluated_key=start)
    items = tuple(read_bill(record) for record in found)
    last = found.last_evaluated_key
    return Page(items, json.dumps(last, sort_keys=True) if last else None)


def list_of_office(office_id: str, position: str | None, limit: int) -> Page[Bill]:
    """Return a page of a hall's bills, by when they are due."""
    keys = page_of_keys(BillRecord.queue, _lane(office_id), None, position, limit)  # type: ignore[arg-type]
    return Page(tuple(load_in_order(BillRecord, keys.items, read_bill)), keys.next_position)


def bill_record(bill: Bill) -> BillRecord:
    """Return a bill as it is kept."""
    money, due = bill.money, f"{bill.terms.due_on}#{bill.bill_id}"
    return BillRecord(
        *bill_keys(bill.bill_id),
        number=bill.bill_number,
        issuer=bill.issuer_id,
        office=bill.office_id,
        said=_said(bill.terms, bill.order),
        cancelled=int(bill.cancelled),
        cancelling=_word(bill.cancelling),
        created=seconds(bill.created_at),
        paying=money.paying,
        paid=money.paid,
        cents=money.amount,
        frozen_on=str(money.frozen_on) if money.frozen_on else None,
        received=money.received,
        refunded=money.refunded,
        revision=money.revision,
        settled=bill.settled,
        owed=bill.owed,
        differences=bill.differences,
        told_back=bill.told_back,
        messages=bill.messages,
        difference_of=bill.difference_of,
        version=bill.version,
        hash=bill.head.hash,
        ledger=ledger_of(bill.ledger),
        owner=bill.terms.owner,
        by_due=due,
        lane=_lane(bill.office_id),
        turn=due,
    )


def read_bill(record: BillRecord) -> Bill:
    """Read a bill, or what an index has of it."""
    terms, order = _read_said(record.said)
    version = int(record.version)
    return Bill(
        record.pk[2:],
        record.number,
        record.issuer,
        record.office,
        terms,
        order,
        moment(record.created),
        bool(record.cancelled),
        _read_word(record.cancelling),
        BillMoney(
            record.paying,
            record.paid,
            int(record.cents),
            date.fromisoformat(record.frozen_on) if record.frozen_on else None,
            int(record.received),
            int(record.refunded),
            int(record.revision),
        ),
        None if record.settled is None else int(record.settled),
        int(record.owed),
        int(record.differences),
        int(record.told_back),
        int(record.messages),
        record.difference_of,
        version,
        Head(version, record.hash or Head().hash),
        read_ledger(record.ledger or []),
    )


def _lane(office_id: str) -> str:
    return f"O#{office_id}"


def _said(terms: Terms, order: Order) -> dict[str, Any]:
    late_fee = terms.late_fee
    return {
        "kind": terms.kind,
        "title": terms.title,
        "items": [[item.name, item.cents] for item in terms.items],
        "due_on": str(terms.due_on),
        "late_fee": [late_fee.millionths_a_day, late_fee.cap] if late_fee else None,
        "owner": terms.owner,
        "code": terms.code_hash,
        "order": [order.sequence, order.rank, order.digest],
    }


def _read_said(said: dict[str, Any]) -> tuple[Terms, Order]:
    terms = Terms(
        said["kind"],
        said["title"],
        tuple(Item(*item) for item in said["items"]),
        date.fromisoformat(said["due_on"]),
        LateFee(*said["late_fee"]) if said["late_fee"] else None,
        said["owner"],
        said["code"],
    )
    return terms, Order(*said["order"])


def _word(word: Word | None) -> list[Any] | None:
    return [word.act, word.by, seconds(word.at), word.reason] if word else None


def _read_word(kept: list[Any] | None) -> Word | None:
    return Word(kept[0], kept[1], moment(kept[2]), kept[3]) if kept else None
