"""Converters between domain values and record attributes: times as seconds, ledgers as lists."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.core.idempotency import Applied, Ledger

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def seconds(moment: datetime) -> int:
    """Return a time as whole seconds since 1970, rounded down."""
    return int(moment.timestamp())


def moment(seconds: float) -> datetime:
    """Return the time of seconds since 1970, in UTC."""
    return datetime.fromtimestamp(int(seconds), UTC)


def milliseconds(moment: datetime) -> int:
    """Return a time as whole milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def moment_of_milliseconds(milliseconds: float) -> datetime:
    """Return the time of milliseconds since 1970, in UTC."""
    return _EPOCH + int(milliseconds) * _MILLISECOND


def optional_seconds(moment: datetime | None) -> int | None:
    """Like `seconds`, but None stays None."""
    return seconds(moment) if moment else None


def optional_moment(seconds: float | None) -> datetime | None:
    """Like `moment`, but None stays None."""
    return moment(seconds) if seconds is not None else None


def ledger_of(ledger: Ledger) -> list[list[str | int]]:
    """Return a ledger as lists, which JSON has."""
    return [[a.key, a.fingerprint, a.at] for a in ledger]


def read_ledger(rows: list[Any]) -> Ledger:
    """Return the ledger of such lists."""
    return tuple(Applied(*row) for row in rows)
