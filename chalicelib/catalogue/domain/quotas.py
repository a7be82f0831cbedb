"""Seats of each slot that one service alone takes, and how they are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any


@dataclass(frozen=True, slots=True)
class DrawRule:
    """How a quota's seats are drawn: a draw is of the seats of `covers_days` days in a row.

    People can enter for `entry_days`, until `closes` by the offices' wall clocks.
    """

    entry_days: int
    closes: time
    covers_days: int


@dataclass(frozen=True, slots=True)
class Quota:
    """Seats of each slot that one service alone takes; with a rule they are drawn first."""

    service_id: str
    seats: int
    draw: DrawRule | None = None


def parse_quota(data: Mapping[str, Any]) -> Quota:
    """Read a quota from the catalogue's JSON; raises ValueError for one of no seats or days."""
    rule = data.get("draw")
    draw = None
    if rule:
        closes = time.fromisoformat(rule["closes"])
        draw = DrawRule(rule["entry_days"], closes, rule["covers_days"])
    quota = Quota(data["service_id"], data["seats"], draw)
    if quota.seats < 1 or (draw and min(draw.entry_days, draw.covers_days) < 1):
        message = f"no quota: {dict(data)!r}"
        raise ValueError(message)
    return quota
