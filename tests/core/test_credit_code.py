import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.core.credit_code import CreditCode, read_credit_code

RIGHT = "91110000600037341L"


@pytest.mark.parametrize(
    "given", [RIGHT, RIGHT.lower(), "91 1100-0060 0037341l", "９１110000600037341L"]
)
def test_a_credit_code_is_read_as_it_is_meant(given: str) -> None:
    assert read_credit_code(given) == RIGHT


@pytest.mark.parametrize(
    "given",
    ["", "91110000600037341", f"{RIGHT}0", "91110000600037341M", "9111000060003734IL", "九" * 18],
)
def test_what_is_no_credit_code_is_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(CreditCode).validate_python(given)
