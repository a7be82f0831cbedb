import pytest
from pydantic import ValidationError

from chalicelib.core.address import AddressGiven

GIVEN = {
    "name": "张小明",
    "phone": "0574-8718 0000",
    "division_code": "３３０２０３",
    "detail": " 中山西路 12 弄 ",
}


def test_an_address_is_read_as_it_is_meant() -> None:
    read = AddressGiven.model_validate(GIVEN)
    assert (read.phone, read.division_code) == ("057487180000", "330203")
    assert read.detail == "中山西路 12 弄"
    whole = AddressGiven.model_validate({**GIVEN, "division_code": "330203 003 001"})
    assert whole.division_code == "330203003001"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "长" * 51),
        ("phone", "123456"),
        ("phone", "1" * 21),
        ("phone", "call me"),
        ("division_code", "033020"),
        ("division_code", "930203"),
        ("division_code", "3302030"),
        ("detail", "\u3000"),
        ("detail", "路" * 201),
    ],
)
def test_what_no_courier_could_find_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AddressGiven.model_validate({**GIVEN, field: value})
    assert [one["loc"] for one in refused.value.errors()] == [(field,)]
