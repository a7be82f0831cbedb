"""A day's counts, in which each event counts once."""

from collections.abc import Iterator
from datetime import date

from chalicelib.core.statistics import months_between
from chalicelib.core.tables import store_once
from chalicelib.enquiries.domain.statistics import COUNTS, DailyCounts
from chalicelib.enquiries.storage._records import CountedRecord, CountsRecord, pk_of


def count_once(number: str, seq: int, row: DailyCounts, tidy_at: int) -> bool:
    """Add to a day's counts, once an event; False when it was done."""
    marker = CountedRecord(pk_of(number), f"x#{seq:06}", tidy_at=tidy_at)
    day = row.day
    sk = f"{day:%d}#{row.office_id}#{row.kind}#{row.service_id}"
    added = [getattr(CountsRecord, name).add(by) for name, by in row.counts.items()]
    record = CountsRecord(f"Y#{day:%Y%m}", sk)
    return store_once(marker, [lambda write: write.update(record, added)])


def was_counted(number: str, seq: int) -> bool:
    """Tell whether an event was counted, in the time for which that is remembered."""
    try:
        CountedRecord.get(pk_of(number), f"x#{seq:06}", consistent_read=True)
    except CountedRecord.DoesNotExist:
        return False
    return True


def load_daily_counts(first: date, last: date) -> Iterator[DailyCounts]:
    """Yield the counts from `first` to `last`, both days included, one Query a month."""
    for month, begin, end in months_between(first, last):
        pk = f"Y#{month:%Y%m}"
        for record in CountsRecord.query(pk, CountsRecord.sk.between(begin, end)):
            day, office_id, kind, service_id = record.sk.split("#")
            counts = {name: int(getattr(record, name) or 0) for name in COUNTS}
            yield DailyCounts(month.replace(day=int(day)), office_id, kind, service_id, counts)
