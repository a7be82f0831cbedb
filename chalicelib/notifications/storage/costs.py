"""How many messages services were given on each day (Shanghai), for what they cost."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from chalicelib.core.buckets import Buckets
from chalicelib.notifications.storage._records import CostRecord

# One item would take a thousand messages a second of a whole city.
_OF_A_MONTH: Final = 8


def count_sent(day: date, channel: str, parts: int, id_: str) -> None:
    """Count a message and its parts; `id_` is its notice's or its citizen's.

    It follows the note of what was sent: a crash in between counts one too few, never one twice.
    """
    key = _buckets(day).of(id_)
    CostRecord(key, f"{day:%d}#{channel}").update(
        [CostRecord.messages.add(1), CostRecord.parts.add(parts)]
    )


def counts(month: date, first: str, last: str) -> Iterator[tuple[date, str, int, int]]:
    """Yield day, channel, messages and parts of a month between two sort keys; a Query a bucket."""
    span = CostRecord.sk.between(first, last)
    messages, parts = Counter[str](), Counter[str]()
    for record in _buckets(month).read(lambda key: CostRecord.query(key, span)):
        messages[record.sk] += int(record.messages)
        parts[record.sk] += int(record.parts)
    for sk in sorted(messages):
        number, _, channel = sk.partition("#")
        yield month.replace(day=int(number)), channel, messages[sk], parts[sk]


def _buckets(month: date) -> Buckets:
    return Buckets(f"M#{month:%Y-%m}#", first=f"M#{month:%Y-%m}", count=_OF_A_MONTH)
