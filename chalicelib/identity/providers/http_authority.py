"""An identity authority that is asked by signed HTTP: a province's platform, or the nation's.

What it is called and what its answers mean is a city's own to write, into the file that
`IDENTITY_MAPPING` names (docs/identity.md). Requests are signed by RFC 9421.

| it answers | we answer |
|---|---|
| a result that is listed as `confirmed` or `denied` | that |
| HTTP 429, or a result listed as `limited` | provider_unavailable, after a minute |
| nothing, not in time, no JSON | provider_unavailable |
| another request's id, or a result that is not listed | provider_unavailable, and an alarm |

An alarm is a line of the log at ERROR. Neither names nor numbers nor answers are logged.
"""

import logging
from collections.abc import Container, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chalicelib.core import http_client
from chalicelib.core.id_documents import DocumentType
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SettingsError
from chalicelib.core.signed_client import SignedClient
from chalicelib.identity.domain import Proof, ProviderUnavailable
from chalicelib.identity.providers.base import IdentityClaim

_LOG: Final = logging.getLogger("onetrip.identity")
_WHO: Final = {"provider": "identity"}
_TOO_MANY: Final = 429
_A_MINUTE: Final = 60
Pointer = Annotated[str, Field(pattern=r"^(/[^/]+)+$")]
Scalar = bool | int | str


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AnswerMapping(_Strict):
    """Where an answer says what; `request_id` is where it repeats the request's, if it does."""

    result: Pointer
    confirmed: Annotated[list[Scalar], Field(min_length=1)]
    denied: Annotated[list[Scalar], Field(min_length=1)]
    limited: list[Scalar] = []
    request_id: Pointer | None = None


class AuthorityMapping(_Strict):
    """How an authority is asked: JSON Pointers (RFC 6901) of our fields, and its own words.

    `document_types` has the documents that it knows, by the codes that it calls them by (such as
    GA/T 517); `proof` is how well its word proves a person.
    """

    key_id: str
    request: dict[Literal["name", "id_number", "document_type", "country", "request_id"], Pointer]
    constants: dict[Pointer, Scalar] = {}
    document_types: Annotated[dict[DocumentType, Scalar], Field(min_length=1)]
    answer: AnswerMapping
    proof: Literal["match", "platform"] = "match"
    seconds: Annotated[float, Field(gt=0, le=20)] = 4.0


def read_mapping(text: str) -> AuthorityMapping:
    """Return a city's mapping; raises SettingsError."""
    try:
        mapping = AuthorityMapping.model_validate_json(text)
    except ValidationError as wrong:
        where = ", ".join("/".join(map(str, error["loc"])) for error in wrong.errors())
        message = f"IDENTITY_MAPPING is not right at: {where or 'its beginning'}"
        raise SettingsError(message) from wrong
    lacking = {"name", "id_number"} - set(mapping.request)
    answer = mapping.answer
    both = [one for one in answer.confirmed if _is_one_of(one, [*answer.denied, *answer.limited])]
    if lacking or both:
        message = f"IDENTITY_MAPPING lacks {sorted(lacking)} or has {both} for yes and no"
        raise SettingsError(message)
    return mapping


class HttpAuthority:
    """Asks the authority at `url` as its mapping says, signing with a shared key."""

    def __init__(self, url: str, mapping: AuthorityMapping, key: bytes) -> None:
        """Take what the settings say."""
        self._client = SignedClient(url, key, mapping.key_id)
        self._mapping = mapping
        self.proof: Proof = mapping.proof
        self.document_types: Container[DocumentType] = frozenset(mapping.document_types)

    def confirm(self, claim: IdentityClaim) -> bool:
        """Ask the authority; raises ProviderUnavailable."""
        request_id = new_id()
        content = self._body(claim, request_id)
        try:
            answer = self._client.ask(content, request_id, self._mapping.seconds)
        except http_client.RequestError as error:
            limited = error.status == _TOO_MANY
            facts = {**_WHO, "vendor_code": error.status}
            _LOG.warning("identity_authority_unanswered", extra=facts)
            raise ProviderUnavailable(retry_after=_A_MINUTE if limited else 5) from error
        return self._result(answer, request_id)

    def _body(self, claim: IdentityClaim, request_id: str) -> dict[str, Any]:
        document, mapping = claim.document, self._mapping
        values: Mapping[str, Scalar] = {
            "name": claim.name,
            "id_number": document.number,
            "document_type": mapping.document_types[document.document_type],
            "country": document.country,
            "request_id": request_id,
        }
        body: dict[str, Any] = {}
        for pointer, constant in mapping.constants.items():
            _put(body, pointer, constant)
        for field, pointer in mapping.request.items():
            _put(body, pointer, values[field])
        return body

    def _result(self, answer: Mapping[str, Any], request_id: str) -> bool:
        known, result = self._mapping.answer, _at(answer, self._mapping.answer.result)
        if known.request_id and _at(answer, known.request_id) != request_id:
            _LOG.error("identity_authority_answered_another_request", extra=_WHO)
            raise ProviderUnavailable(retry_after=5)
        if _is_one_of(result, known.confirmed):
            return True
        if _is_one_of(result, known.denied):
            return False
        if _is_one_of(result, known.limited):
            _LOG.warning("identity_authority_limited", extra=_WHO)
            raise ProviderUnavailable(retry_after=_A_MINUTE)
        _LOG.error("identity_authority_answer_unknown", extra=_WHO)
        raise ProviderUnavailable(retry_after=5)


def _parts(pointer: str) -> list[str]:
    return [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]


def _put(body: dict[str, Any], pointer: str, value: Scalar) -> None:
    *path, name = _parts(pointer)
    for part in path:
        body = body.setdefault(part, {})
    body[name] = value


def _at(value: Any, pointer: str) -> Any:
    for part in _parts(pointer):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _is_one_of(value: Any, listed: list[Scalar]) -> bool:
    # In Python 1 and True are equal, in an answer they are not.
    return any(type(value) is type(one) and value == one for one in listed)
