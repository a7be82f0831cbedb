"""Wrong guesses at bills' codes, and a bill with those at its own."""

from dataclasses import dataclass
from typing import Any

from chalicelib.core.attributes import seconds
from chalicelib.core.rate_limit import Window
from chalicelib.payments.bills.domain.bill import Bill
from chalicelib.payments.bills.storage._records import BillRecord, BillsRecord, MissesRecord
from chalicelib.payments.bills.storage.bills import read_bill


@dataclass(frozen=True, slots=True)
class Guessed:
    """A bill, if there is one, and how often its code was guessed wrong in a window."""

    bill: Bill | None
    misses: int


class _PartRecord(BillsRecord):
    """A bill or wrong guesses at it, read as what it is."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        kind = BillRecord if data["sk"]["S"] == "bill" else MissesRecord
        return kind.from_raw_data(data)


def load(bill_id: str, window: Window) -> Guessed:
    """Return a bill with the wrong guesses of a window, in one Query."""
    bill, misses = None, 0
    parts: Any = _PartRecord.query(
        f"B#{bill_id}", _PartRecord.sk.between("bill", "misses~"), consistent_read=True
    )
    for part in parts:
        if isinstance(part, BillRecord):
            bill = read_bill(part)
        elif part.sk == f"misses#{window.name}":
            misses = int(part.misses)
    return Guessed(bill, misses)


def count_miss(bill_id: str, window: Window) -> int:
    """Count a wrong guess at a bill; return how many there are in this window."""
    return _count(f"B#{bill_id}", window)


def count_miss_of(source: str, window: Window) -> int:
    """Count a wrong guess of a caller; return how many there are in this window."""
    return _count(f"G#{source}", window)


def _count(pk: str, window: Window) -> int:
    record = MissesRecord(pk, f"misses#{window.name}")
    tidy = MissesRecord.tidy_at.set(seconds(window.ends))
    record.update([MissesRecord.misses.add(1), tidy])
    return int(record.misses)
