import pytest

from chalicelib.core.money import Money


@pytest.mark.parametrize(("cents", "currency"), [(0, "cny"), (1, "hkd"), (10**12, "jpy")])
def test_an_amount_is_not_negative(cents: int, currency: str) -> None:
    assert Money(cents, currency) == Money(cents, currency)


@pytest.mark.parametrize(("cents", "currency"), [(-1, "cny"), (1, ""), (1, "rmbs"), (1, "¥")])
def test_what_is_no_amount_is_refused(cents: int, currency: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Money(cents, currency)
