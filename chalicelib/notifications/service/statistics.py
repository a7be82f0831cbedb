"""What messages cost: how many of each channel on each day, and at the stage's prices how much."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from chalicelib.core import statistics
from chalicelib.core.settings import SETTINGS
from chalicelib.core.statistics import Row, Statistic
from chalicelib.notifications import storage

_COLUMNS: Final = ("date", "channel", "messages", "parts", "cost_mills")


def messages(_offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell what services took each day, of the whole city, and its cost in 1/1000 of the currency.

    A text of more than 70 characters is charged by its parts. Eight Queries a month.
    """
    prices = {"sms": SETTINGS.sms_price_mills, "email": SETTINGS.mail_price_mills}
    for month, begin, end in statistics.months_between(first, last):
        for day, channel, count, parts in storage.counts(month, begin, end):
            cost = parts * prices.get(channel, 0)
            yield dict(zip(_COLUMNS, (str(day), channel, count, parts, cost), strict=True))


MESSAGES: Final = Statistic(_COLUMNS, messages)
