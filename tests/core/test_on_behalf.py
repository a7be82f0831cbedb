import pytest
from pydantic import ValidationError

from chalicelib.core.on_behalf import OnBehalfOf


@pytest.mark.parametrize("given", [{}, {"mandate_id": "m", "organisation_id": "o"}, {"x": "y"}])
def test_one_acts_by_one_right(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OnBehalfOf.model_validate(given)


@pytest.mark.parametrize("name", ["mandate_id", "organisation_id"])
def test_a_right_is_named_by_its_id(name: str) -> None:
    assert OnBehalfOf.model_validate({name: "id"}).right_id == "id"
