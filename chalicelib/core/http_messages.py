"""Requests, responses and routes as views see them, without types of an HTTP server."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Final, Generic, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from chalicelib.core.auth import Access, Caller, Citizen, Staff
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import Problem, Unauthenticated
from chalicelib.core.four_eyes import Word
from chalicelib.core.i18n import Lang
from chalicelib.core.idempotency import Attempt
from chalicelib.core.money import Money
from chalicelib.core.text import text, typed

T_co = TypeVar("T_co", covariant=True)
Q = TypeVar("Q", bound=BaseModel)


class BodyModel(BaseModel):
    """The base of JSON that goes in and out: unknown fields are refused, types are not bent."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", frozen=True, strict=True, defer_build=True
    )


class QueryModel(BaseModel):
    """The base of query strings: values come as text and are read as the fields' types."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class WholeList(BodyModel):
    """The base of lists that are answered whole unless a `limit` is asked for."""

    # A list always says whether there is more.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_serialization_defaults_required=True
    )

    items: Sequence[Any]
    next_cursor: str | None = None


class WholeListQuery(QueryModel):
    """All of a list, or a page of it where there is a `limit` or a `cursor`."""

    limit: Annotated[int, Field(ge=1, le=100)] | None = None
    cursor: str | None = None


class GivenCode(BodyModel):
    """Six digits that were shown or sent to who gives them."""

    code: Annotated[str, typed("[0-9]{6}")]


def _plain(given: object) -> object:
    # Pydantic would take a moment and the seconds since 1970 as well.
    if isinstance(given, str) and not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        raise PydanticCustomError("date_parsing", "write YYYY-MM-DD")
    return given


# A day as YYYY-MM-DD, of years with which one can reckon.
Day = Annotated[
    date, BeforeValidator(_plain), Field(ge=date(2000, 1, 1), le=date(2999, 12, 31), strict=False)
]


# A moment with its offset, of years with which one can reckon in every zone.
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2999, 12, 31, tzinfo=UTC)),
]


@dataclass(frozen=True, slots=True)
class Opaque:
    """Says of a field that machines made it, and that it is only compared."""


# Of these are all ids, numbers and names of ours; keys of the tables have other signs besides.
ID_SIGNS: Final = "[A-Za-z0-9._:@~-]"
# What can be an id at all; a key of DynamoDB has room for 1,024 bytes or more.
IDENTIFIER: Final = re.compile(f"{ID_SIGNS}{{1,128}}")
Id = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=f"^{ID_SIGNS}*$"), Opaque()
]
Token = Annotated[str, StringConstraints(min_length=1, max_length=16384), Opaque()]


# What these methods ask for stands in a body; other methods have a query.
BODIED: Final = frozenset({"POST", "PUT", "PATCH"})


class Nothing(BodyModel):
    """An empty body."""


class IssuedCode(BodyModel):
    """A code that somebody else types, until it expires."""

    code: str
    expires_at: str


class Explanation(BodyModel):
    """Why, if one likes to say so."""

    reason: Annotated[str, text(200, 0, lines=True)] | None = None


class Transfer(BodyModel):
    """To which hall something goes, and why."""

    office_id: Id
    note: Annotated[str, text(500, lines=True)]


class Reason(BodyModel):
    """Why staff decide so."""

    reason: Annotated[str, text(200, lines=True)]


class HeadView(BodyModel):
    """The end of the chain that the subject's own record names."""

    seq: int
    hash: str


class PendingView(BodyModel):
    """What the first of two persons asked for."""

    asked_by: str
    at: str
    reason: str

    @classmethod
    def of(cls, word: Word | None) -> Self | None:
        """Present a first person's word, if there is one."""
        return cls(asked_by=word.by, at=rfc3339(word.at), reason=word.reason) if word else None


class Amount(BodyModel):
    """An amount in the smallest unit of an ISO 4217 currency."""

    cents: int
    currency: str

    @classmethod
    def of(cls, money: Money) -> Self:
        """Present an amount."""
        return cls(cents=money.cents, currency=money.currency)


@dataclass(frozen=True, slots=True)
class Request(Generic[T_co]):
    """One request: who asks, what for (`input`), in which language, when and from where.

    `source` stands for the caller's network address, hashed under a key. `query` is what a route
    with a body asks for in its query as well.
    """

    caller: Caller | None
    input: T_co
    lang: Lang
    now: datetime
    request_id: str
    attempt: Attempt
    headers: Mapping[str, str]
    source: str
    raw_body: bytes = b""
    query: BaseModel | None = None

    def asked(self, kind: type[Q]) -> Q:
        """Return what the query says of a route that declares `query=kind`."""
        if not isinstance(self.query, kind):
            message = f"the route declares no {kind.__name__}"
            raise TypeError(message)
        return self.query

    @property
    def citizen(self) -> Citizen:
        """Return the citizen who asks; the route's access has made sure that there is one."""
        if not isinstance(self.caller, Citizen):
            raise Unauthenticated
        return self.caller

    @property
    def staff(self) -> Staff:
        """Return the member of staff who asks; the route's access has made sure."""
        if not isinstance(self.caller, Staff):
            raise Unauthenticated
        return self.caller


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: a model as JSON, or text or bytes of another media type."""

    body: BaseModel | str | bytes | None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


# Of a route's media this one is no answer: it leads a browser to a page (`core.page_links`).
PAGE: Final = "text/html"


@dataclass(frozen=True, slots=True)
class Route:
    """One declared route, from which the wrapper runs and the OpenAPI document is made."""

    method: str
    path: str
    access: Access
    view: Callable[..., Response | BaseModel]
    body: type[BaseModel] | None
    response: type[BaseModel] | None
    status: int
    errors: tuple[type[Problem], ...]
    media: tuple[str, ...]
    tag: str
    idempotent: bool
    cacheable_seconds: int | None
    query: type[BaseModel] | None = None
    two_persons: bool = False
    any_path: bool = False
    counted: str = ""


def replayed(
    model: BaseModel, *, again: bool, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer what an attempt made, saying so when the attempt had made it before."""
    marked = {"Idempotency-Replayed": "true"} if again else {}
    return Response(model, headers={**(headers or {}), **marked})
