"""How often people came, counted by hall, day and service, once for each case."""

from typing import Any, Final

from pynamodb.transactions import TransactWrite

from chalicelib.cases.storage._records import CountedRecord, TripsRecord, case_pk
from chalicelib.core.tables import store_once

# Behind all that is read of a case.
_COUNTED: Final = "trips"


def count_trips(case_id: str, office_id: str, day: str, service_id: str, trips: int) -> bool:
    """Count a case that ended; False when it was counted before. `day` is written YYYYMMDD."""
    record = TripsRecord(f"Z#{office_id}", f"{day}#{service_id}")
    sums: list[Any] = [TripsRecord.cases.add(1), TripsRecord.trips.add(trips)]

    def add(write: TransactWrite) -> None:
        write.update(record, sums)

    return store_once(CountedRecord(case_pk(case_id), _COUNTED), [add])


def trips_between(office_id: str, first: str, last: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Return a hall's (cases, trips) by (day, service), for days written YYYYMMDD; one Query."""
    span = TripsRecord.sk.between(first, f"{last}~")
    found = TripsRecord.query(f"Z#{office_id}", span)
    return {_key(record.sk): (int(record.cases), int(record.trips)) for record in found}


def _key(text: str) -> tuple[str, str]:
    day, _, service_id = text.partition("#")
    return day, service_id
