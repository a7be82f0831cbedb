"""How old a signed message may be: an older one may have been recorded and is sent again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

# What Standard Webhooks, Stripe and WeChat Pay name.
FRESH_SECONDS: Final = 300


def is_fresh(stamp: float, moments: Sequence[datetime]) -> bool:
    """Tell whether a message of a second since 1970 is fresh at one of these moments.

    A machine's clock and the product's may differ, so there may be two.
    """
    return any(abs(int(moment.timestamp()) - stamp) <= FRESH_SECONDS for moment in moments)
