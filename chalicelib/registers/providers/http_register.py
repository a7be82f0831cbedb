"""Registers by signed HTTP (RFC 9421): a city's exchange, or a gateway to one such as X-Road's.

`POST {url}/{register_id}/lookups` is sent `{"request_id", "register_id", "claim", "fields",
"person": {"name", "id_number", "document_type"}, "service_id", "asked_by", "purpose"}` and answers
`{"request_id", "outcome", "fields"?}`.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final, cast, get_args

from chalicelib.core import http_client
from chalicelib.core.ids import new_id
from chalicelib.core.signed_client import SignedClient
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.registers.domain import Answer, Outcome
from chalicelib.registers.providers.base import Question

_SECONDS: Final = 4.0
_TOO_MANY: Final = 429
_LONGEST: Final = 200
_LOG: Final = logging.getLogger("onetrip.registers")
_NAME: Final = "registers"


class HttpOfficeRegister:
    """Asks the registers below an address, signing with a shared key."""

    def __init__(self, url: str, key: bytes) -> None:
        """Take what the settings say."""
        self._client = SignedClient(url, key)

    def ask(self, question: Question) -> Answer:
        """Ask one register; raises ProviderUnavailable."""
        request_id, path = new_id(), f"/{question.register_id}/lookups"
        try:
            said = self._client.ask(_request(question, request_id), request_id, _SECONDS, path)
        except http_client.RequestError as error:
            facts = {"provider": _NAME, "register": question.register_id}
            _LOG.warning("register_unanswered", extra={**facts, "vendor_code": error.status})
            wait = 60 if error.status == _TOO_MANY else 5
            raise ProviderUnavailable(retry_after=wait) from error
        return _read(said, request_id, question)


def _request(question: Question, request_id: str) -> Mapping[str, Any]:
    person = question.person
    return {
        "request_id": request_id,
        "register_id": question.register_id,
        "claim": question.claim,
        "fields": list(question.fields),
        "person": {
            "name": person.name,
            "id_number": person.document.number,
            "document_type": person.document.document_type,
        },
        "service_id": question.service_id,
        "asked_by": question.asked_by,
        "purpose": question.purpose,
    }


def _read(said: Mapping[str, Any], request_id: str, question: Question) -> Answer:
    """Read an answer; of the values, those that were asked for are taken, and no others."""
    outcome, fields = said.get("outcome"), said.get("fields") or {}
    is_ours = said.get("request_id") == request_id and isinstance(fields, dict)
    if not is_ours or outcome not in get_args(Outcome):
        facts = {"provider": _NAME, "register": question.register_id}
        _LOG.error("register_answer_unknown", extra=facts)
        raise ProviderUnavailable(retry_after=5)
    if outcome != "confirmed":
        return Answer(cast("Outcome", outcome))
    taken = {name: fields[name] for name in question.fields if _is_value(fields.get(name))}
    return Answer("confirmed", taken)


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST
    return isinstance(value, (bool, int, float))
