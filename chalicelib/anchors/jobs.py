"""What runs by the clock: the day's anchor."""

from datetime import datetime

from chalicelib.anchors.service import anchoring


def anchor_heads(now: datetime) -> int:
    """Make the day's anchor; return how many chains are in it. Idempotent."""
    return anchoring.anchor(now)
