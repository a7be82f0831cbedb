"""The business register by signed HTTP (RFC 9421): a city's own, or a gateway of it.

It is sent `{"credit_code", "representative": {"name", "id_number", "document_type"}, "asked_by",
"purpose", "request_id"}` and answers `{"request_id", "outcome", "name"?}`.
"""

import logging
from typing import Any, Final, cast, get_args

from chalicelib.core import http_client
from chalicelib.core.ids import new_id
from chalicelib.core.signed_client import SignedClient
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.mandates.domain import RegisterOutcome
from chalicelib.mandates.providers.base import RegisterAnswer, RegisterAsked

_SECONDS: Final = 4.0
_TOO_MANY: Final = 429
_LONGEST_NAME: Final = 200
_LOG: Final = logging.getLogger("onetrip.mandates")


class HttpBusinessRegister:
    """Asks the register at an address, signing with a shared key."""

    def __init__(self, url: str, key: bytes) -> None:
        """Take what the settings say."""
        self._client = SignedClient(url, key)

    def ask(self, asked: RegisterAsked) -> RegisterAnswer:
        """Ask about a representative; raises ProviderUnavailable."""
        request_id, claim = new_id(), asked.representative
        content = {
            "request_id": request_id,
            "credit_code": asked.credit_code,
            "representative": {
                "name": claim.name,
                "id_number": claim.document.number,
                "document_type": claim.document.document_type,
            },
            "asked_by": asked.asked_by,
            "purpose": asked.purpose,
        }
        try:
            answer = self._client.ask(content, request_id, _SECONDS)
        except http_client.RequestError as error:
            _LOG.warning("business_register_unanswered", extra={"vendor_code": error.status})
            wait = 60 if error.status == _TOO_MANY else 5
            raise ProviderUnavailable(retry_after=wait) from error
        return _read(answer, request_id)


def _read(answer: Any, request_id: str) -> RegisterAnswer:
    outcome, name = answer.get("outcome"), answer.get("name")
    if answer.get("request_id") != request_id or outcome not in get_args(RegisterOutcome):
        _LOG.error("business_register_answer_unknown")
        raise ProviderUnavailable(retry_after=5)
    is_name = isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME
    return RegisterAnswer(cast("RegisterOutcome", outcome), name if is_name else None)
