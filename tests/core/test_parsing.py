from datetime import UTC, datetime
from typing import Annotated, Literal

import pytest
from pydantic import Field, RootModel

from chalicelib.core import dependencies
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import InvalidJson, InvalidRequest, Unauthenticated
from chalicelib.core.http_messages import BodyModel
from chalicelib.core.parsing import authenticate, read_body

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Material(BodyModel):
    kind: Literal["material"]
    pages: Annotated[int, Field(ge=1)]


class Certificate(BodyModel):
    kind: Literal["certificate"]
    number: str


class Paper(RootModel[Annotated[Material | Certificate, Field(discriminator="kind")]]):
    """One of two kinds."""


class Application(BodyModel):
    name: str
    papers: tuple[Paper, ...] = ()


NO_JSON = {
    "empty": b"",
    "open": b"{",
    "no UTF-8": b"\xff",
    "no word": b"nul",
    "too deep": b"[" * 200_000,
    "a member twice": b'{"name": "a", "name": "b"}',
    "a member twice inside": b'{"name": "a", "papers": [{"kind": "x", "kind": "y"}]}',
    "not a number": b'{"name": NaN}',
    "infinite": b'{"name": -Infinity}',
    "too large a number": b'{"name": 1e999}',
}


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON.keys())
def test_what_is_no_json_or_means_two_things_is_told(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        read_body(Application, body)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"[]", [("", "model_type")]),
        (b"{}", [("/name", "missing")]),
        (b'{"name": 1, "x~/y": 2}', [("/name", "string_type"), ("/x~0~1y", "extra_forbidden")]),
        (
            b'{"name": "a", "papers": [{"kind": "material", "pages": 0}]}',
            [("/papers/0/pages", "greater_than_equal")],
        ),
    ],
)
def test_wrong_fields_are_named_by_pointers(body: bytes, wrong: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_body(Application, body)
    assert [(one.pointer, one.code) for one in refused.value.errors] == wrong
    assert all(one.detail.zh and one.detail.en for one in refused.value.errors)


def test_a_union_is_read_by_its_tag_which_no_pointer_names() -> None:
    read = read_body(Paper, b'{"kind": "certificate", "number": "7"}')
    assert read.root == Certificate(kind="certificate", number="7")
    with pytest.raises(InvalidRequest) as refused:
        read_body(Paper, b'{"kind": "material", "pages": 0}')
    assert [one.pointer for one in refused.value.errors] == ["/pages"]


class Wishes(BodyModel):
    quiet: bool | Material = True
    by: Annotated[dict[Literal["post"], list[int]], Field(max_length=3)] = Field(
        default_factory=dict
    )


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b'{"quiet": "yes"}', {"/quiet"}),
        (b'{"quiet": {"kind": "material"}}', {"/quiet", "/quiet/pages"}),
        (b'{"quiet": {"kind": "material", "pages": 1, "x": 2}}', {"/quiet", "/quiet/x"}),
        (b'{"by": {"wind": []}}', {"/by/wind"}),
        (b'{"by": {"post": [1, "x"]}}', {"/by/post/1"}),
        (b'{"by": [' + b"9" * 400 + b"]}", {"/by"}),
    ],
)
def test_a_pointer_leads_to_what_is_there(body: bytes, pointers: set[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_body(Wishes, body)
    assert sorted(one.pointer for one in refused.value.errors) == sorted(pointers)


def test_a_header_speaks_for_a_caller() -> None:
    citizen = Citizen("abcdefgh", "abcdefgh", "basic")
    token = dependencies.tokens().issue(citizen, NOW)
    assert authenticate(None, NOW) is None
    for header in (f"Bearer {token}", f"bearer  {token} "):
        assert authenticate(header, NOW) == citizen
    for header in ("", token, f"Basic {token}", "Bearer", "Bearer x.y.z"):
        with pytest.raises(Unauthenticated):
            authenticate(header, NOW)
