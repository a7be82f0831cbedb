"""A day's counts, in which each event counts once."""

from collections.abc import Iterator, Sequence
from datetime import date

from chalicelib.core.statistics import months_between
from chalicelib.core.tables import Addition, store_once
from chalicelib.deliveries.domain.statistics import COUNTS, DailyCounts
from chalicelib.deliveries.storage._records import (
    CountedRecord,
    CountsRecord,
    delivery_keys,
)


def count_once(
    delivery_id: str,
    seq: int,
    row: DailyCounts,
    also: Sequence[Addition],
    tidy_at: int,
) -> bool:
    """Add to a day's counts and what is kept `also`, once an event; False when it was done."""
    marker = CountedRecord(*_marker_keys(delivery_id, seq), tidy_at=tidy_at)
    record = CountsRecord(*_row_keys(row))
    added = [getattr(CountsRecord, name).add(by) for name, by in row.counts.items()]
    counts: list[Addition] = [lambda write: write.update(record, added)] if added else []
    return store_once(marker, [*counts, *also])


def was_counted(delivery_id: str, seq: int) -> bool:
    """Tell whether an event was counted, in the time for which that is remembered."""
    try:
        CountedRecord.get(*_marker_keys(delivery_id, seq), consistent_read=True)
    except CountedRecord.DoesNotExist:
        return False
    return True


def load_daily_counts(first: date, last: date) -> Iterator[DailyCounts]:
    """Yield the counts from `first` to `last`, both days included, one Query a month."""
    for month, begin, end in months_between(first, last):
        pk = f"Y#{month:%Y%m}"
        for record in CountsRecord.query(pk, CountsRecord.sk.between(begin, end)):
            day, office_id, courier_id, area = record.sk.split("#")
            counts = {name: int(getattr(record, name) or 0) for name in COUNTS}
            yield DailyCounts(month.replace(day=int(day)), office_id, courier_id, area, counts)


def _marker_keys(delivery_id: str, seq: int) -> tuple[str, str]:
    return delivery_keys(delivery_id)[0], f"X#{delivery_id}#{seq:06}"


def _row_keys(row: DailyCounts) -> tuple[str, str]:
    day = row.day
    return f"Y#{day:%Y%m}", f"{day:%d}#{row.office_id}#{row.courier_id}#{row.area}"
