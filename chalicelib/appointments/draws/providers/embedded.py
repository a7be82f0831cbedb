"""The beacon of a demonstration: a keyed hash of the name. Whoever has the key could foresee it."""

import hashlib
from datetime import datetime, timedelta

from chalicelib.appointments.draws.providers.base import NamedValue
from chalicelib.core import dependencies

_UNKNOWN_FOR = timedelta(hours=1)


class EmbeddedBeacon:
    """Stands in for a public beacon; it tells each value as soon as it is asked for."""

    def named(self, closes_at: datetime) -> NamedValue:
        """Return a value that is named by the minute of closing."""
        name = f"stand-in round {int(closes_at.timestamp()) // 60}"
        return NamedValue(name, closes_at + _UNKNOWN_FOR)

    def value(self, name: str) -> str:
        """Return the value of a name."""
        keyed = dependencies.vault().keyed_hash("beacon", name)
        return hashlib.sha256(keyed.encode()).hexdigest()
