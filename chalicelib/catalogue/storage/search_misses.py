"""How often searches found nothing."""

from collections.abc import Iterator
from datetime import date, datetime

from chalicelib.catalogue.domain.search_misses import SearchMiss
from chalicelib.catalogue.storage._records import MissRecord
from chalicelib.core.attributes import seconds
from chalicelib.core.statistics import months_between


def count_miss(day: date, words: str, kept_until: datetime) -> None:
    """Add one to a day's searches with these words that found nothing; one write unit."""
    record = MissRecord(f"M#{day:%Y%m}", f"{day:%d}#{words}")
    record.update([MissRecord.searched.add(1), MissRecord.tidy_at.set(seconds(kept_until))])


def load_misses(first: date, last: date) -> Iterator[SearchMiss]:
    """Yield the searches that found nothing from `first` to `last`; one Query a month and MB."""
    for month, begin, end in months_between(first, last):
        for record in MissRecord.query(f"M#{month:%Y%m}", MissRecord.sk.between(begin, end)):
            day, _, words = record.sk.partition("#")
            yield SearchMiss(month.replace(day=int(day)), words, int(record.searched))
