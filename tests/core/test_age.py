"""Coming of age, for every birth date."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import age


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_minority_ends_the_day_before_the_eighteenth_birthday(born: date) -> None:
    last = age.last_day_of_minority(born)
    first = last + timedelta(days=1)
    assert (age.is_minor(born, last), age.is_minor(born, first)) == (True, False)
    assert first.year == born.year + 18
    leap_day = (born.month, born.day) == (2, 29)
    assert (first.month, first.day) == ((3, 1) if leap_day else (born.month, born.day))
