"""What people write: plain, visible, read as it is meant, in every room."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from chalicelib.catalogue.api.draft_views import DraftBody
from chalicelib.core.errors import InvalidJson
from chalicelib.core.http_messages import BodyModel, Opaque
from chalicelib.core.parsing import read_body
from chalicelib.core.routes import Routes
from chalicelib.core.text import (
    Name,
    NotPlainError,
    Written,
    read_code,
    read_label,
    read_name,
    read_phone,
    read_text,
    text,
    typed,
)
from infra.local.engine import Engine
from tests.support.client import ApiClient
from tests.support.people import id_number, log_in

INVISIBLE = [
    "",
    "   ",
    "\u200b",
    "\u3164",
    "\u2800",
    "\u0301",
    "\u200d\ufeff",
    "\u00ad",
    "\u3000\n",
]
STEERING = [
    "a\0",
    "\x1b[31mred",
    "a\x9bb",
    "\u202egpj.exe",
    "\u2066x\u2069",
    "\ud800",
    "a\x07",
    "\uffff",
]


@pytest.mark.parametrize("given", INVISIBLE)
def test_what_shows_nothing_is_empty(given: str) -> None:
    assert read_text(given, lines=True) == ""
    fields: tuple[Any, ...] = (Annotated[str, text(10)], Name)
    for field in fields:
        with pytest.raises(ValidationError, match="too short"):
            TypeAdapter(field).validate_python(given)


@pytest.mark.parametrize("given", STEERING)
def test_what_steers_a_screen_is_refused(given: str) -> None:
    with pytest.raises(NotPlainError):
        read_text(given, lines=True)


def test_lines_break_only_where_they_may() -> None:
    assert read_text(" a\r\nb\u2028c\r ", lines=True) == "a\nb\nc"
    with pytest.raises(NotPlainError):
        read_text("a\nb")


@given(st.text(max_size=30))
@example("A´")
@example("ǰ")
def test_reading_again_changes_nothing(given: str) -> None:
    for read in (read_text, read_name, read_label, read_code, read_phone):
        try:
            once = read(given)
        except NotPlainError:
            continue
        assert read(once) == once


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("MARIA DE LOS ANGELES FERNANDEZ RODRIGU", "MARIA DE LOS ANGELES FERNANDEZ RODRIGU"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提・艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("买买提 ‧ 艾力", "买买提·艾力"),
        (" O'Neill-Smith ", "O'Neill-Smith"),
        ("Jose\u0301", "José"),
        ("𠮷\u200b田", "𠮷田"),
        ("𬎆", "𬎆"),
        ("张", "张"),
    ],
)
def test_names_are_those_of_documents(given: str, name: str) -> None:
    assert TypeAdapter(Name).validate_python(given) == name


@pytest.mark.parametrize(
    ("given", "code"),
    [("330203 19850307 123x", "33020319850307123X"), ("３３０２－03", "330203"), ("ab—12", "AB12")],
)
def test_codes_are_read_as_they_are_meant(given: str, code: str) -> None:
    assert read_code(given) == code


@pytest.mark.parametrize(
    ("given", "phone"),
    [
        ("138 0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("００８６13800138000", "13800138000"),
        ("(0574) 8718-1234", "057487181234"),
        ("00852 9123 4567", "+85291234567"),
    ],
)
def test_telephone_numbers_are_read_as_they_are_meant(given: str, phone: str) -> None:
    assert read_phone(given) == phone


# What a phone signed stays byte for byte.
SIGNED = {"result_json", "result_json_signature"}


def test_every_field_that_people_fill_in_has_the_type(engine: Engine) -> None:
    takes = {route.body for route in Routes.declared.values() if route.body}
    # A service's draft is checked as a whole, so that all its faults are told at once.
    takes -= {DraftBody}
    fields = {(model.__name__, *field) for model in takes for field in _texts(model)}
    assert len(fields) > 60
    loose = sorted((one, name) for one, name, kept in fields if not kept and name not in SIGNED)
    assert loose == []


def _texts(model: type[BaseModel]) -> Iterator[tuple[str, bool]]:
    for name, field in model.model_fields.items():
        # A cursor is checked by its seal, a form by its schema, what is signed by its digest.
        if name not in ("cursor", "form", "content", "assertion", "credential"):
            yield from _texts_of(name, field.annotation, _marks(field))


def _texts_of(name: str, kind: Any, marks: tuple[Any, ...]) -> Iterator[tuple[str, bool]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from _texts(kind)
    elif kind is str:
        yield (
            name,
            any(
                isinstance(mark, Written | Opaque) or getattr(mark, "pattern", None)
                for mark in marks
            ),
        )
    elif hasattr(kind, "__metadata__"):
        yield from _texts_of(name, kind.__origin__, (*marks, *kind.__metadata__))
    else:
        for part in get_args(kind):
            yield from _texts_of(name, part, marks if type(None) in get_args(kind) else ())


def _marks(field: FieldInfo) -> tuple[Any, ...]:
    return tuple(field.metadata)


class _Loose(BodyModel):
    good: Annotated[str, typed("[0-9]+")] | None
    bad: list[str]
    worse: dict[str, Annotated[str, text(5)]]


def test_a_field_without_the_type_is_found() -> None:
    assert set(_texts(_Loose)) == {
        ("good", True),
        ("bad", False),
        ("worse", False),
        ("worse", True),
    }


class _Any(BodyModel):
    a: Any = None
    b: Any = None


@pytest.mark.parametrize(
    "body",
    [
        '{"a":1,"a":1}',
        '{"a":{"x":1,"x":2}}',
        '{"b":[[{"x":1,"\\u0078":2}]]}',
        '{"a":1,"b":2,"a":3}',
    ],
)
def test_a_member_that_is_named_twice_is_no_json(body: str) -> None:
    with pytest.raises(InvalidJson):
        read_body(_Any, body.encode())


@given(st.recursive(st.text(max_size=3), lambda x: st.dictionaries(st.text(max_size=2), x)))
def test_what_is_named_once_is_read(value: Any) -> None:
    assert read_body(_Any, json.dumps({"a": value}).encode()).a == value


@pytest.mark.parametrize("write", ["{} {} {}", "　{}－{}　{}"])
def test_an_identity_is_taken_as_it_is_typed(client: ApiClient, write: str) -> None:
    for wide in (False, True):
        # One person has one account.
        number = next(n for n in iter(id_number, "") if n.endswith("X"))
        given = write.format(number[:6], number[6:14], number[14:].lower())
        if wide:
            given = given.translate(str.maketrans("0123456789x", "０１２３４５６７８９ｘ"))
        body = {"name": "阿卜杜拉•买买提", "id_number": given}
        answer = client.put("/v1/me/identity", body, token=log_in(client).token)
        assert (answer.status, answer.json()["name"]) == (200, "阿*******")
