"""How names sound: letters are read as pinyin (ISO 7098) or its initials, characters by sound."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import Final

from chalicelib.catalogue.domain.search_text import (
    HAN,
    core_of,
    fillers,
    sounds,
    syllables,
    synonyms,
)

_SOUND_FROM: Final = 2
# Two letters are the initials of too much to be read as a name inside of others.
_INITIALS_FROM: Final = 3
_LONGEST: Final = 60
_LONGEST_SYLLABLE: Final = 6
# So many of the syllables must be those of pairs in names.
_MOST: Final = 0.6


class SoundIndex:
    """Finds what sounds like something that a service or a paper is called."""

    def __init__(self) -> None:
        """Know nothing."""
        self._sounds: list[tuple[int, str, str, str]] = []
        self._spelt: dict[str, str] = {}
        self._pairs: dict[str, str] = {}

    def take(self, place: int, name: str) -> None:
        """Enter what the service of a place is called, a plain text."""
        read = sounds(name)
        if read:
            self._sounds.append((place, "".join(read), _initials(read), " ".join(read)))
        for run in HAN.findall(name):
            for at in range(len(run) - 1):
                pair = run[at : at + 2]
                self._pairs.setdefault(_folded(*sounds(pair)), pair)
        self.take_paper(name)

    def take_paper(self, name: str) -> None:
        """Enter what a paper is called, a plain text, with what is said around it and without."""
        for said in (name, core_of(name)):
            for letters in _letters(said):
                self._spelt.setdefault(letters, said)

    def characters(self, letters: str) -> str | None:
        """Return letters as characters, if they are read as names or as pairs of them."""
        whole = "".join(letters.split())
        if not (whole.isascii() and whole.isalpha() and len(whole) <= _LONGEST):
            return None
        return self._as_names(whole) or self._as_pairs(_syllables_of(whole))

    def _as_names(self, whole: str) -> str | None:
        # The fewest pieces up to each place, and their characters.
        best: list[tuple[int, str, bool] | None] = [(0, "", False), *([None] * len(whole))]
        for end in range(1, len(whole) + 1):
            best[end] = min(filter(None, self._pieces(whole, end, best)), default=None)
        read = best[-1]
        return read[1] if read and read[2] else None

    def _pieces(
        self, whole: str, end: int, best: list[tuple[int, str, bool] | None]
    ) -> Iterator[tuple[int, str, bool]]:
        things, around = _said()
        for begin in range(end - 1):
            before, piece = best[begin], whole[begin:end]
            name = self._spelt.get(piece) or things.get(piece)
            text = name or around.get(piece)
            # Nobody says a name twice in a row: letters that repeat are none.
            if before and text and not before[1].endswith(text):
                yield before[0] + 1, before[1] + text, before[2] or bool(name)

    def _as_pairs(self, read: Sequence[str]) -> str | None:
        """Return the pairs of names that most of the syllables are, as far as they go together."""
        text, known = "", set[int]()
        for at, pair in enumerate(map(self.pair, read, read[1:])):
            if pair:
                text += pair[1:] if text[-1:] == pair[0] else f" {pair}"
                known |= {at, at + 1}
        return text if known and len(known) >= _MOST * len(read) else None

    def pair(self, *read: str) -> str | None:
        """Return two characters of a name that are read so, by people who mix up sounds too."""
        return self._pairs.get(_folded(*read))

    def alike(self, text: str) -> dict[int, float]:
        """Return from 0 to 1 how much of a name of each service a text sounds like."""
        letters = "".join(text.split())
        is_pinyin = letters.isascii() and letters.isalpha()
        read = letters if is_pinyin else "".join(sounds(text))
        best: dict[int, float] = {}
        for place, whole, initials, spaced in self._sounds if read[_SOUND_FROM - 1 :] else ():
            worth = _sounds_alike(read, whole, initials if is_pinyin else "", spaced)
            if worth > best.get(place, 0.0):
                best[place] = worth
        return best


@cache
def _said() -> tuple[dict[str, str], dict[str, str]]:
    """Return by their letters the things that synonyms name, and acts and fillers beside them."""
    things = (one for one in synonyms().things if HAN.fullmatch(one))
    spelt = {letters: one for one in things for letters in _letters(one)}
    return spelt, _by_letters([*synonyms().acts, *fillers()])


def _by_letters(said: Iterable[str]) -> dict[str, str]:
    return {"".join(sounds(one)): one for one in said if HAN.fullmatch(one)}


def _letters(name: str) -> Iterator[str]:
    read = sounds(name)
    if len(read) >= _SOUND_FROM:
        yield "".join(read)
    if len(read) >= _INITIALS_FROM:
        yield _initials(read)


def _folded(*read: str) -> str:
    """Return syllables as one to whom zh, ch, sh and z, c, s, or n and ng, are the same."""
    flat = (one[0] + one[2:] if one[1:2] == "h" else one for one in read)
    return " ".join(one.removesuffix("g") for one in flat)


def _syllables_of(whole: str) -> list[str]:
    """Return the fewest syllables that letters are; none where they are no syllables."""
    best: list[list[str] | None] = [[], *([None] * len(whole))]
    for end in range(1, len(whole) + 1):
        ways = (
            [*before, whole[begin:end]]
            for begin in range(max(0, end - _LONGEST_SYLLABLE), end)
            if (before := best[begin]) is not None and whole[begin:end] in syllables()
        )
        best[end] = min(ways, key=len, default=None)
    return best[-1] or []


def _initials(read: tuple[str, ...]) -> str:
    return "".join(one[0] for one in read)


def _sounds_alike(read: str, whole: str, initials: str, spaced: str) -> float:
    """Return from 0 to 1 how much of a name the letters are, from the beginning of a syllable."""
    if read in (initials, whole):
        return 1.0
    at = whole.find(read)
    if at >= 0 and at in _starts(spaced):
        return len(read) / len(whole)
    return 0.6 * len(read) / len(initials) if initials and read in initials else 0.0


def _starts(spaced: str) -> set[int]:
    """Return where the syllables of a name begin when it is written without blanks."""
    ends = accumulate(len(syllable) for syllable in spaced.split())
    return {0, *ends}
