"""Holding a language model to its sources: what it says without one, or beyond it, is dropped."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.assistant.domain.answers import Sentence

_NUMBER: Final = re.compile(
    r"[0-9]+(?:[.:][0-9]+)*|[零一二三四五六七八九十百千万两]+(?=[元天日年月个])"
)
_ADDRESS: Final = re.compile(r"https?:|www\.|@|\.(?:com|cn|net|org)\b")
_LONGEST: Final = 300
_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a model, with the number of the passage that it names as its source."""

    text: str
    passage: int


def grounded(claims: Iterable[Claim], passages: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences that their sources bear, each with that source.

    A number that the passage does not have, an address of the network or of mail, and what is
    longer than 300 characters is not borne by it.
    """
    return list(_borne(claims, passages))[:_MOST]


def _borne(claims: Iterable[Claim], passages: Sequence[Sentence]) -> Iterator[Sentence]:
    for claim in claims:
        text = claim.text.strip()
        if not 0 <= claim.passage < len(passages) or not 0 < len(text) <= _LONGEST:
            continue
        passage = passages[claim.passage]
        if _numbers(text) <= _numbers(passage.text) and not _ADDRESS.search(text.lower()):
            yield Sentence(text, passage.source)


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(unicodedata.normalize("NFKC", text)))
