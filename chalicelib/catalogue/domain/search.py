"""Search in Chinese and English: bigrams of characters and beginnings of words.

Every word of a query must be found somewhere: in a name or what people say for it, a material, the
category or the department. A hit in the name counts most. Width, case and traditional characters
make no difference. The index lives in memory with the catalogue.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from chalicelib.catalogue.domain import CATEGORIES, Service

_NAME: Final = 8
_MATERIAL: Final = 2
_OTHER: Final = 1
_HAN: Final = re.compile(r"[㐀-鿿]+")
_WORD: Final = re.compile(r"[a-z0-9]+")
_TYPO_FROM: Final = 5
_LIKENESS: Final = 0.82
# Written by infra/make_simplified.py.
_SIMPLIFIED: Final = Path(__file__).parents[1] / "data" / "simplified.txt"


@dataclass(frozen=True, slots=True)
class _Entry:
    service: Service
    fields: tuple[tuple[int, str, tuple[str, ...]], ...]


class SearchIndex:
    """Finds services by words inside what is written about them."""

    def __init__(self, services: Iterable[Service]) -> None:
        """Take in the services, in catalogue order."""
        self._entries = tuple(_Entry(service, _fields(service)) for service in services)

    def find(self, query: str, category: str | None) -> list[Service]:
        """Return the services that match, best first; an empty query matches all."""
        terms = _terms(_plain(query))
        blank = not query.strip()
        scored = []
        for place, entry in enumerate(self._entries):
            if category and entry.service.category != category:
                continue
            score = 1 if blank else _score(entry, terms)
            if score:
                scored.append((-score, place, entry.service))
        return [service for _, _, service in sorted(scored, key=lambda hit: hit[:2])]


def _fields(service: Service) -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    texts = [(_NAME, service.name, service.also_called)]
    texts += [(_MATERIAL, paper.name, paper.also_called) for paper in service.materials]
    texts += [(_OTHER, text, ()) for text in (service.department, CATEGORIES[service.category])]
    plain = [(weight, _plain(" ".join((it.zh, it.en, *also)))) for weight, it, also in texts]
    return tuple((weight, text, tuple(_WORD.findall(text))) for weight, text in plain)


def _terms(query: str) -> list[str]:
    terms = list(_WORD.findall(query))
    for run in _HAN.findall(query):
        terms += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return terms


def _score(entry: _Entry, terms: list[str]) -> int:
    total = 0
    for term in terms:
        best = max((w for w, text, words in entry.fields if _hits(term, text, words)), default=0)
        if not best:
            return 0
        total += best
    return total


def _hits(term: str, text: str, words: tuple[str, ...]) -> bool:
    if _HAN.match(term):
        return term in text
    if any(word.startswith(term) for word in words):
        return True
    return len(term) >= _TYPO_FROM and _looks_like_one(term, words)


def _looks_like_one(term: str, words: tuple[str, ...]) -> bool:
    import difflib  # noqa: PLC0415 - cold start.

    return bool(difflib.get_close_matches(term, words, 1, _LIKENESS))


def _plain(text: str) -> str:
    """Return a text without what makes no difference: width (NFKC), case, the kind of writing."""
    return unicodedata.normalize("NFKC", text).lower().translate(_simplified())


@cache
def _simplified() -> dict[int, int]:
    traditional, simplified = _SIMPLIFIED.read_text().split()
    return str.maketrans(traditional, simplified)
