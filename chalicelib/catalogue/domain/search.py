"""Search in Chinese and English: what people say finds what offices call it.

Terms are single characters, pairs of neighbours and words, weighed by BM25F (Robertson and
Zaragoza, 2009): a hit in a name or in what people call a service counts most, then papers, then
category and department. Words that mean the same are one, and what happens to a thing (lost,
expired) counts less than the thing. Any term may miss; a service that lacks one is a *near* hit. A
whole name inside the query, or the query inside a name, counts on top. Letters that are no English
word are read as pinyin or its initials, unknown pairs by their sound, Latin words as misspelt. The
index lives in memory with the catalogue; no table is asked.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from chalicelib.catalogue.domain.search_sounds import SoundIndex
from chalicelib.catalogue.domain.search_text import (
    HAN,
    plain,
    sounds,
    spoken,
    synonyms,
    terms,
    words,
)
from chalicelib.catalogue.domain.services import CATEGORIES, LIFE_EVENTS, Service

Match = Literal["exact", "near"]
_NAME: Final = 4.0
_PAPER: Final = 0.8
_OTHER: Final = 0.5
# BM25's saturation, and how much the length of what is written about a service counts.
_K1: Final = 1.2
_B: Final = 0.4
_SINGLE: Final = 0.25
_PHRASE: Final = 6.0
_LONGEST_PART: Final = 40
_LEAST_SHARE: Final = 0.2
_TYPO_FROM: Final = 4
# A word of so few letters, alone or beside others, is the beginning of one.
_BEGUN_ALONE: Final = 3
_BEGUN: Final = 4
_LIKENESS: Final = 0.8
_SUGGESTED: Final = 3
_WORD_WEIGHT: Final = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A service that was found; `near` when a term of the query is nowhere in it."""

    service: Service
    match: Match


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a service is to what was said: what it scores, and how much of it is in it.

    `coverage` is the share, from 0 to 1, of the characters that stand in what the service is
    called; a Latin word counts as three.
    """

    service: Service
    score: float
    coverage: float


class SearchIndex:
    """Finds services by what is written about them."""

    def __init__(self, services: Iterable[Service]) -> None:
        """Take in the services, in catalogue order."""
        self._services = tuple(services)
        self._weights: dict[str, dict[int, float]] = defaultdict(dict)
        self._places: dict[str, set[int]] = defaultdict(set)
        self._rarities: dict[str, float] = {}
        self._said: dict[str, None] = {}
        self._names: dict[int, list[str]] = defaultdict(list)
        self._called: dict[int, set[str]] = defaultdict(set)
        self._sounds = SoundIndex()
        lengths = [self._take(place, service) for place, service in enumerate(self._services)]
        mean = sum(lengths) / max(len(lengths), 1) or 1.0
        self._lengths = [1 - _B + _B * length / mean for length in lengths]
        self._words = sorted(term for term in self._weights if not HAN.match(term))

    def find(self, query: str, category: str | None) -> list[Hit]:
        """Return the services that match, best first; an empty query matches all."""
        if not query.strip():
            return [Hit(one, "exact") for one in self._services if category in (None, one.category)]
        text = self._read(query)
        asked = self._spelt(terms(text))
        scores = self._all_scores(text, asked)
        least = max(scores.values(), default=0.0) * _LEAST_SHARE
        hits = [
            (score, place, self._match(asked, place))
            for place, score in scores.items()
            if category in (None, self._services[place].category)
        ]
        # What has all of the query stays, however much of it stands in papers alone.
        kept = [hit for hit in hits if hit[2] == "exact" or hit[0] >= least]
        kept.sort(key=lambda hit: (-hit[0], hit[1]))
        return [Hit(self._services[place], match) for _, place, match in kept]

    def likest(self, said: str, limit: int) -> list[Likeness]:
        """Return the services that are likest to what was said, the likest first."""
        text = self._read(said)
        scores = self._all_scores(text, self._spelt(terms(text)))
        places = sorted(scores, key=lambda place: (-scores[place], place))[:limit]
        return [
            Likeness(self._services[place], scores[place], self._coverage(text, place))
            for place in places
        ]

    def _read(self, query: str) -> str:
        """Return a query as the index compares it; letters that are no known words as pinyin."""
        text = spoken(query)
        if any(map(self._is_unknown_word, words(text))):
            return spoken(self._sounds.characters(plain(query)) or query)
        return text

    def suggestions(self, query: str) -> list[str]:
        """Return names that find something, the likest first, for a query that found nothing."""
        import difflib  # noqa: PLC0415 - cold start.

        text, known = plain(query), list(self._said)
        like = difflib.get_close_matches(text, known, _SUGGESTED, 0.0)
        return list(dict.fromkeys([*like, *known]))[:_SUGGESTED]

    def _all_scores(self, text: str, asked: Sequence[str]) -> dict[int, float]:
        """Return what each service is worth that has any term, or else sounds like it."""
        scores = self._scores(asked)
        for place, worth in self._named(text, scores).items():
            scores[place] = scores.get(place, 0.0) + worth
        return scores or self._sounds.alike(text)

    def _coverage(self, text: str, place: int) -> float:
        """Return how much of a text stands in what a service is called; see Likeness."""
        runs = HAN.findall(text)
        latin = self._spelt(words(text))
        whole = sum(map(len, runs)) + _WORD_WEIGHT * len(latin)
        covered = sum(self._covered(run, place) for run in runs)
        covered += _WORD_WEIGHT * sum(self._has(word, place) for word in latin)
        return covered / whole if whole else 0.0

    def _covered(self, run: str, place: int) -> int:
        """Return how many characters of a run stand in pairs that the service has."""
        if len(run) == 1:
            return int(self._has(run, place))
        pairs = [self._has(run[i : i + 2], place) for i in range(len(run) - 1)]
        return sum(a or b for a, b in zip([False, *pairs], [*pairs, False], strict=True))

    def _has(self, term: str, place: int) -> bool:
        return term in self._called[place]

    def _take(self, place: int, service: Service) -> float:
        """Enter a service's texts; return the weighed number of its terms."""
        length = 0.0
        for weight, text in _texts(service):
            counted = Counter(terms(text))
            length += weight * sum(counted.values())
            for term, number in counted.items():
                known = self._weights[term]
                known[place] = known.get(place, 0.0) + weight * number
        for name in (service.name.zh, service.name.en, *service.also_called):
            self._said[plain(name)] = None
            text = spoken(name)
            self._places[text].add(place)
            self._names[place].append(text)
            self._called[place].update(terms(text))
            self._sounds.take(place, plain(name))
        for paper in service.materials:
            for name in (paper.name.zh, *paper.also_called):
                self._sounds.take_paper(plain(name))
        return length

    def _spelt(self, asked: Sequence[str]) -> list[str]:
        """Return the terms as the index has them: what is misspelt by its likest."""
        alone = len(asked) == 1
        return [term if term in self._weights else self._meant(term, alone) for term in asked]

    def _meant(self, term: str, alone: bool) -> str:
        if HAN.match(term):
            return (term[1:] and self._sounds.pair(*sounds(term))) or term
        return self._likest(term, _BEGUN_ALONE if alone else _BEGUN)

    def _is_unknown_word(self, term: str) -> bool:
        return term not in self._weights and not HAN.match(term)

    def _likest(self, word: str, begun_from: int) -> str:
        import difflib  # noqa: PLC0415 - cold start.

        begun = [known for known in self._words if known.startswith(word)]
        if begun and len(word) >= begun_from:
            return min(begun, key=len)
        like = difflib.get_close_matches(word, self._words, 1, _LIKENESS)
        return like[0] if like and len(word) >= _TYPO_FROM else word

    def _scores(self, asked: Sequence[str]) -> dict[int, float]:
        """Return what each service is worth by its terms.

        Single characters only tell apart what has a pair or a word: any text has some of them.
        """
        scores: dict[int, float] = defaultdict(float)
        single = [term for term in dict.fromkeys(asked) if _is_single(term)]
        others = [term for term in dict.fromkeys(asked) if not _is_single(term)]
        for term in others or single:
            self._add(scores, term, self._weights.get(term, {}))
        for term in single if others else ():
            known = self._weights.get(term, {})
            self._add(scores, term, {place: known[place] for place in scores if place in known})
        return scores

    def _add(self, scores: dict[int, float], term: str, found: Mapping[int, float]) -> None:
        worth = self._rarity(term) * (_SINGLE if _is_single(term) else 1)
        for place, weight in found.items():
            scores[place] += worth * weight / (weight + _K1 * self._lengths[place])

    def _rarity(self, term: str) -> float:
        """Return BM25's inverse frequency; a paper of that name makes a term less rare by less."""
        if term not in self._rarities:
            called = sum(self._has(term, place) for place in self._weights.get(term, ()))
            others = len(self._weights.get(term, ())) - called
            number = called + others * _PAPER / _NAME
            share = (len(self._services) - number + 0.5) / (number + 0.5)
            self._rarities[term] = math.log(1 + share)
        return self._rarities[term]

    def _named(self, text: str, scores: Mapping[int, float]) -> dict[int, float]:
        """Return what a whole name in the query is worth, or the query in a name."""
        best: dict[int, float] = {}
        for part in _parts(text):
            for place in self._places.get(part, ()):
                best[place] = max(best.get(place, 0.0), _PHRASE * len(part) / len(text))
        for place in scores:
            for name in self._names[place]:
                if _is_within(text, name):
                    best[place] = max(best.get(place, 0.0), _PHRASE * len(text) / len(name))
        return best

    def _match(self, asked: Sequence[str], place: int) -> Match:
        pairs = [term for term in asked if term[1:]] or asked
        return "exact" if all(place in self._weights.get(t, {}) for t in pairs) else "near"


def _texts(service: Service) -> Iterable[tuple[float, str]]:
    texts = [(_NAME, service.name, service.also_called)]
    texts += [(_PAPER, paper.name, paper.also_called) for paper in service.materials]
    departments = (department.name for department in service.departments)
    others = (*departments, service.decided_by, CATEGORIES[service.category])
    events = [LIFE_EVENTS[event] for event in service.life_events]
    texts += [(_OTHER, text, ()) for text in (*others, *events)]
    return [(weight, spoken(name)) for weight, it, also in texts for name in (it.zh, it.en, *also)]


def _is_single(term: str) -> bool:
    return term in synonyms().acts or (len(term) == 1 and bool(HAN.match(term)))


def _parts(text: str) -> Iterator[str]:
    """Return all pieces of a text that can be a name."""
    size = min(len(text), _LONGEST_PART)
    for begin in range(size):
        for end in range(begin + 2, size + 1):
            yield text[begin:end]


def _is_within(text: str, name: str) -> bool:
    if HAN.search(text):
        return text in name
    return set(words(text)) <= set(words(name))
