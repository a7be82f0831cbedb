"""A day's figures, in which each event counts once."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from pynamodb.exceptions import TransactWriteError

from chalicelib.core.tables import failed_conditions, transaction
from chalicelib.deliveries.domain import COUNTS, Figures
from chalicelib.deliveries.storage._records import (
    HEALTH,
    CountedRecord,
    FiguresRecord,
    HealthRecord,
    delivery_keys,
)


def count_once(
    delivery_id: str,
    seq: int,
    figures: Figures,
    load_of: Mapping[str, int],
    tidy_at: int,
) -> bool:
    """Add to a day's figures and couriers' loads, once an event; False when it was done."""
    marker = CountedRecord(*_marker_keys(delivery_id, seq), tidy_at=tidy_at)
    try:
        with transaction() as write:
            write.save(marker, condition=CountedRecord.pk.does_not_exist())
            if figures.counts:
                record = FiguresRecord(*_figures_keys(figures))
                added = [
                    getattr(FiguresRecord, name).add(by) for name, by in figures.counts.items()
                ]
                write.update(record, added)
            for courier_id, by in load_of.items():
                write.update(HealthRecord(HEALTH, f"H#{courier_id}"), [HealthRecord.load.add(by)])
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def was_counted(delivery_id: str, seq: int) -> bool:
    """Tell whether an event was counted, in the time for which that is remembered."""
    try:
        CountedRecord.get(*_marker_keys(delivery_id, seq), consistent_read=True)
    except CountedRecord.DoesNotExist:
        return False
    return True


def load_figures(first: date, last: date) -> Iterator[Figures]:
    """Yield the rows of figures from `first` to `last`, both days included; one Query a month."""
    month = first.replace(day=1)
    while month <= last:
        begin = f"{first.day:02}" if month == first.replace(day=1) else "00"
        end = f"{last.day:02}$" if month == last.replace(day=1) else "99"
        pk = f"Y#{month:%Y%m}"
        for record in FiguresRecord.query(pk, FiguresRecord.sk.between(begin, end)):
            day, office_id, courier_id, area = record.sk.split("#")
            counts = {name: int(getattr(record, name) or 0) for name in COUNTS}
            yield Figures(month.replace(day=int(day)), office_id, courier_id, area, counts)
        month = (month + timedelta(days=31)).replace(day=1)


def _marker_keys(delivery_id: str, seq: int) -> tuple[str, str]:
    return delivery_keys(delivery_id)[0], f"X#{delivery_id}#{seq:06}"


def _figures_keys(figures: Figures) -> tuple[str, str]:
    day = figures.day
    row = f"{day:%d}#{figures.office_id}#{figures.courier_id}#{figures.area}"
    return f"Y#{day:%Y%m}", row
