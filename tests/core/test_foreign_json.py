"""JSON that anybody sent is read, or is a ValueError."""

from typing import Any

import pytest

from chalicelib.core import foreign_json


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"a": ["é", 1, null]}', {"a": ["é", 1, None]}), (b'"\\ud83d\\ude00"', "😀")],
)
def test_what_is_json_is_read(text: str | bytes, value: Any) -> None:
    assert foreign_json.read(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        b"\xff\xfe",
        "1" * 5000,
        "[" * 100_000,
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        r'"\ud800"',
        r'{"\udfff": 1}',
        r'[["a\ud800b"]]',
    ],
)
def test_what_cannot_be_read_or_written_again_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        foreign_json.read(text)
