"""A city's own language model, asked by signed HTTP (RFC 9421) to put what was found into words.

It is sent `{"question", "language", "passages": [{"id", "text"}]}` and answers
`{"sentences": [{"text", "passage"}]}`, where `passage` is the id of the sentence's source.

The question is masked of persons. A sentence that names no passage, or says more than it, is
dropped; where none is left, or there is no answer in time, what was found is answered as it is.
Neither questions nor answers are logged.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalicelib.assistant.domain.answers import Findings, Sentence
from chalicelib.assistant.domain.grounding import Claim, grounded
from chalicelib.core import http_client
from chalicelib.core.i18n import Lang
from chalicelib.core.ids import new_id
from chalicelib.core.signed_client import SignedClient

_LOG: Final = logging.getLogger("onetrip.assistant")
_SECONDS: Final = 4.0


class HttpModel:
    """Asks the model at `url`, signing with a shared key."""

    def __init__(self, url: str, key: bytes) -> None:
        """Take what the settings say."""
        self._client = SignedClient(url, key)

    def __call__(self, text: str, lang: Lang, findings: Findings) -> Sequence[Sentence]:
        """Return the model's sentences that their passages bear, else what was found."""
        if not findings.sentences:
            return ()
        try:
            answer = self._ask(text, lang, findings.passages)
        except http_client.RequestError as error:
            _LOG.warning("model_unavailable", extra={"status": error.status})
            return findings.sentences
        claims = [claim for one in _listed(answer) if (claim := _claim(one))]
        borne = grounded(claims, findings.passages)
        if len(borne) < len(claims) or not borne:
            _LOG.warning("model_ungrounded", extra={"sent": len(claims), "borne": len(borne)})
        return borne or findings.sentences

    def _ask(self, text: str, lang: Lang, passages: Sequence[Sentence]) -> Mapping[str, Any]:
        shown = [{"id": place, "text": one.text} for place, one in enumerate(passages)]
        content = {"question": text, "language": lang, "passages": shown}
        return self._client.ask(content, new_id(), _SECONDS)


def _listed(answer: Mapping[str, Any]) -> list[Any]:
    sentences = answer.get("sentences")
    return sentences if isinstance(sentences, list) else []


def _claim(given: Any) -> Claim | None:
    """Return what a model says; None for what is no sentence or names no passage."""
    if not isinstance(given, dict):
        return None
    text, passage = given.get("text"), given.get("passage")
    if not isinstance(text, str) or type(passage) is not int:
        return None
    return Claim(text, passage)
