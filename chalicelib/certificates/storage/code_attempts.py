"""Wrong guesses at verification codes."""

from chalicelib.certificates.storage._records import MissesRecord
from chalicelib.core.attributes import seconds
from chalicelib.core.rate_limit import Window


def count_miss(source: str, window: Window) -> int:
    """Count a wrong guess of a caller; return how many there are in this window."""
    record = MissesRecord(f"G#{source}", f"misses#{window.name}")
    tidy = MissesRecord.tidy_at.set(seconds(window.ends))
    record.update([MissesRecord.misses.add(1), tidy])
    return int(record.misses)
