"""How many messages services were given on each day (Shanghai), for what they cost."""

from collections.abc import Iterator
from datetime import date

from chalicelib.notifications.storage._records import CostRecord


def count_sent(day: date, channel: str, parts: int) -> None:
    """Count a message and its parts.

    It follows the note of what was sent: a crash in between counts one too few, never one twice.
    """
    CostRecord(f"M#{day:%Y-%m}", f"{day:%d}#{channel}").update(
        [CostRecord.messages.add(1), CostRecord.parts.add(parts)]
    )


def counts(month: date, first: str, last: str) -> Iterator[tuple[date, str, int, int]]:
    """Yield day, channel, messages and parts of a month between two sort keys."""
    for record in CostRecord.query(f"M#{month:%Y-%m}", CostRecord.sk.between(first, last)):
        number, _, channel = record.sk.partition("#")
        yield month.replace(day=int(number)), channel, int(record.messages), int(record.parts)
