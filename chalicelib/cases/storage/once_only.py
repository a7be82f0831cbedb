"""How much was not asked again, counted by hall, day and service, once for each case."""

from typing import Any, Final

from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain.once_only import OnceOnly
from chalicelib.cases.storage._records import CountedRecord, OnceOnlyRecord, case_pk
from chalicelib.core.tables import store_once

# Behind all that is read of a case.
_COUNTED: Final = "once_only"


def count_once(case_id: str, office_id: str, day: str, service_id: str, one: OnceOnly) -> bool:
    """Count a case; False when it was counted before. `day` is written YYYYMMDD."""
    record = OnceOnlyRecord(f"Q#{office_id}", f"{day}#{service_id}")
    sums: list[Any] = [
        OnceOnlyRecord.cases.add(one.cases),
        OnceOnlyRecord.asked.add(one.asked),
        OnceOnlyRecord.filled.add(one.filled),
        OnceOnlyRecord.kept.add(one.kept),
        OnceOnlyRecord.papers.add(one.papers),
        OnceOnlyRecord.waived.add(one.waived),
    ]

    def add(write: TransactWrite) -> None:
        write.update(record, sums)

    return store_once(CountedRecord(case_pk(case_id), _COUNTED), [add])


def counted_between(office_id: str, first: str, last: str) -> list[tuple[str, str, OnceOnly]]:
    """Return a hall's sums as (day, service, sums), for days written YYYYMMDD; one Query a MB."""
    span = OnceOnlyRecord.sk.between(first, f"{last}~")
    return [
        (*_pair(record.sk), _sums(record))
        for record in OnceOnlyRecord.query(f"Q#{office_id}", span)
    ]


def _sums(record: OnceOnlyRecord) -> OnceOnly:
    fields = (record.cases, record.asked, record.filled, record.kept, record.papers, record.waived)
    return OnceOnly(*map(int, fields))


def _pair(text: str) -> tuple[str, str]:
    first, _, second = text.partition("#")
    return first, second
