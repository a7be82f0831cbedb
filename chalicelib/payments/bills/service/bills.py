"""How bills change: by what issuers say, by money, by staff; each in one transaction.

Whatever changes a bill, what its issuer is to be told of its money is written with it, so that a
crash leaves nothing untold: the messages wait in the outbox, and what was not noted of a payment is
noted by whatever comes next, by the payment's event, or by that event's second way.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.core import audit, changes, dependencies
from chalicelib.core.changes import Applied, Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import NotFound
from chalicelib.core.history import Entry
from chalicelib.core.tables import Addition
from chalicelib.payments.bills.domain.bill import Bill
from chalicelib.payments.bills.domain.issuer import Issuer
from chalicelib.payments.bills.domain.numbers import BILL_ID_LENGTH
from chalicelib.payments.bills.domain.settlement import Reckoned, Told, reckon
from chalicelib.payments.bills.domain.terms import Statement
from chalicelib.payments.bills.service.issuers import DIRECTORY
from chalicelib.payments.bills.service.outbox import OUTBOX
from chalicelib.payments.bills.storage import bills as storage
from chalicelib.webhooks.domain.message import Message, message_id
from chalicelib.webhooks.service.sender import compose

_BillDecision = Decision[Bill, Sequence[Addition]]


def id_of(bill_number: str) -> str:
    """Return the id of the bill that has a number."""
    return dependencies.vault().keyed_hash("bill", bill_number)[:BILL_ID_LENGTH]


def load(bill_id: str) -> Bill:
    """Return a bill as it is at this moment; raises NotFound."""
    bill = storage.load(bill_id)
    if bill is None:
        raise NotFound
    return bill


def state(
    issuer: Issuer, bill_number: str, statement: Statement, now: datetime, of: str | None = None
) -> Applied[Bill]:
    """Apply what an issuer says of a bill, whatever was said before.

    `of` is the number of the bill to which it is the difference.

    Raises NotFound for another's bill.
    """
    bill_id = id_of(bill_number)
    nothing = Bill(
        bill_id,
        bill_number,
        issuer.account_id,
        issuer.office_id,
        statement.terms,
        statement.order,
        now,
        difference_of=of,
    )

    def decide(old: Bill) -> Reckoned:
        if old.issuer_id != issuer.account_id or old.difference_of != of:
            raise NotFound
        return _stated(old, statement)

    author = Author(f"issuer:{issuer.account_id}", now)
    return change(lambda: storage.load(bill_id) or nothing, decide, author)


def note_money(bill_id: str, now: datetime) -> Bill:
    """Note what payments did to a bill, and tell its issuer. Idempotent; raises NotFound."""
    return change(lambda: load(bill_id), Reckoned, Author("system:follow_up", now)).new


def is_money_noted(bill_id: str) -> bool:
    """Tell whether what payments did to a bill was noted, and its issuer told."""
    bill = load(bill_id)
    return reckon(bill).bill == bill


def change(
    load_bill: Callable[[], Bill], decide: Callable[[Bill], Reckoned], author: Author
) -> Applied[Bill]:
    """Change a bill in one transaction, and note its money with it.

    Raises TryAgain, and what `load_bill` and `decide` raise.
    """

    def decided(old: Bill) -> _BillDecision | None:
        decision = decide(old)
        reckoned = decision.and_then(reckon(decision.bill))
        if not reckoned.events:
            return None
        return _decision(reckoned, author.now)

    return changes.apply(load_bill, decided, storage.store, author)


def load_entries(bill_id: str) -> list[Entry]:
    """Return the history of a bill."""
    return storage.load_entries(bill_id)


def history_of(bill_id: str) -> audit.SubjectHistory | None:
    """Return a bill's history, for auditors of its hall."""
    bill = storage.load(bill_id)
    if bill is None:
        return None
    return audit.SubjectHistory(tuple(storage.load_entries(bill_id)), bill.head, bill.office_id)


def _stated(old: Bill, statement: Statement) -> Reckoned:
    new = old.stated(statement)
    events: list[DomainEvent] = []
    facts = {"sequence": str(statement.sequence)}
    if not old.version:
        events.append(DomainEvent("bill.created", facts))
    if new.cancelled and not old.cancelled:
        events.append(DomainEvent("bill.cancelled", {**facts, "reason": "issuer"}))
    elif old.version and new.order != old.order:
        # Also where it says the same: what comes late is older than this.
        events.append(DomainEvent("bill.changed", facts))
    return Reckoned(new, tuple(events))


def _decision(reckoned: Reckoned, now: datetime) -> _BillDecision:
    bill = reckoned.bill
    told = {one.type: one for one in reckoned.told}
    facts = {"issuer": bill.issuer_id, "office": bill.office_id, "kind": bill.terms.kind}
    events = tuple(
        DomainEvent(event.type, {**facts, **event.facts, **_naming(bill, told.get(event.type))})
        for event in reckoned.events
    )
    messages = [_message(bill, one, now) for one in reckoned.told]
    return Decision(bill, events, [OUTBOX.enqueue(messages)] if messages else [])


def _naming(bill: Bill, told: Told | None) -> dict[str, str]:
    return {"message": message_id(bill.bill_id, told.number)} if told else {}


def _message(bill: Bill, told: Told, now: datetime) -> Message:
    key = DIRECTORY.key_of(DIRECTORY.find(bill.issuer_id))
    of = {"difference_of": bill.difference_of} if bill.difference_of else {}
    data = {**told.data, **of}
    return compose(bill.bill_id, told.number, bill.issuer_id, told.type, data, key, now)
