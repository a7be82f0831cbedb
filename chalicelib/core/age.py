"""Who is of age: at 18 years (Civil Code of the People's Republic of China, article 17)."""

from datetime import date, timedelta
from typing import Final

_AGE_OF_MAJORITY: Final = 18
# By when a newborn has a number: births are registered within a month (Regulations on Household
# Registration, article 7), late ones within the year.
NEWBORN_FOR: Final = timedelta(days=365)


def birthday(born: date, years: int) -> date:
    """Return the day on which somebody turns so old; who was born on 29 February does on 1 March.

    Of a leap year it is 29 February again.
    """
    year = born.year + years
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def last_day_of_minority(born: date) -> date:
    """Return the day before somebody comes of age."""
    return birthday(born, _AGE_OF_MAJORITY) - timedelta(days=1)


def is_minor(born: date, today: date) -> bool:
    """Tell whether somebody has not come of age yet."""
    return today <= last_day_of_minority(born)
