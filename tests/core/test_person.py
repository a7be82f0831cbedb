from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from chalicelib.core.errors import InvalidRequest
from chalicelib.core.person import Person

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "type_", "number"),
    [
        ({"id_number": "330203 19850307 0012"}, "resident_id", "330203198503070012"),
        ({"id_number": "E12345678"}, "passport", "E12345678"),
        (
            {"id_number": "c01x00t47", "document_type": "passport", "country": "deu"},
            "passport",
            "C01X00T47",
        ),
    ],
)
def test_a_document_is_known_by_its_number(given: dict[str, str], type_: str, number: str) -> None:
    document = Person.model_validate({"name": "王安安", **given}).document(NOW)
    assert (document.document_type, document.number) == (type_, number)


@pytest.mark.parametrize("number", ["330203198503070013", "33020320990307001X", "1", ""])
def test_a_number_that_cannot_be_is_told(number: str) -> None:
    with pytest.raises((InvalidRequest, ValidationError)):
        Person.model_validate({"name": "王安安", "id_number": number}).document(NOW)
