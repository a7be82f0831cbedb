"""What people type, made comparable: width, case, writing, fillers, sounds, and terms."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Final

HAN: Final = re.compile(r"[㐀-鿿]+")
_WORD: Final = re.compile(r"[a-z0-9]+")
_DATA: Final = Path(__file__).parents[1] / "data"
# What is said around the matter itself; the longest is taken first.
_FILLERS: Final = (
    "需要什么材料 需要什么手续 要带什么材料 要带什么 需要什么 要办什么证 办什么证 要办什么 办什么 "
    "怎么办理 怎么办 怎么弄 怎么开 怎么取 怎么补 怎么换 怎么 如何办理 如何 "
    "在哪里 在哪儿 在哪 去哪里 去哪儿 去哪 哪里 哪儿 请问 我要 我想要 我想 我的 我 想要 想 "
    "一下 可以 能不能 能 吗 呢 啊 了 的 要 手续 材料 流程 条件 预约 申请 办理 办个 办"
)
_FILLER: Final = re.compile("|".join(sorted(_FILLERS.split(), key=len, reverse=True)))
_ENGLISH: Final = (
    "a an and apply do for get getting go have how i in is it me my need of on own the to want "
    "what where with"
)
_ENGLISH_FILLERS: Final = frozenset(re.findall("[a-z]+", _ENGLISH))


def plain(text: str) -> str:
    """Return a text without what makes no difference: width (NFKC), case, the kind of writing."""
    return unicodedata.normalize("NFKC", text).lower().translate(_simplified())


def words(text: str) -> list[str]:
    """Return the Latin words of a plain text, each in its singular."""
    return [_singular(word) for word in _WORD.findall(text)]


@lru_cache(2048)
def spoken(text: str) -> str:
    """Return what search compares: without fillers, with one word for those that mean the same.

    What happens to a thing stands apart from it, between blanks.
    """
    return core_of(synonyms().one_word(phrases(plain(text))))


def core_of(query: str) -> str:
    """Return a plain query without its fillers; the query itself where nothing else is in it."""
    return without_fillers(query) or query


def fillers() -> list[str]:
    """Return what is said in Chinese around the matter itself."""
    return _FILLERS.split()


def without_fillers(query: str) -> str:
    """Return what is left of a plain query without its fillers, which may be nothing."""
    rest = _FILLER.sub(" ", query)
    latin = [word for word in _WORD.findall(rest) if word not in _ENGLISH_FILLERS]
    return " ".join([*HAN.findall(rest), *latin])


def terms(text: str) -> list[str]:
    """Return what a plain text is found by: words, characters, and pairs of neighbours."""
    found = words(text)
    for run in HAN.findall(text):
        found += [run[i : i + 2] for i in range(len(run) - 1)]
        found += run
    return found


def phrases(text: str) -> str:
    """Return a plain text with no blanks between Chinese characters."""
    return re.sub(r"(?<=[㐀-鿿])\s+(?=[㐀-鿿])", "", text).strip()


@cache
def syllables() -> frozenset[str]:
    """Return all syllables that a character is read by."""
    return frozenset(_syllables().values())


def sounds(text: str) -> tuple[str, ...]:
    """Return the syllables (ISO 7098, without tones) of the Chinese characters of a plain text."""
    known = _syllables()
    return tuple(known[one] for run in HAN.findall(text) for one in run if one in known)


def _singular(word: str) -> str:
    word = {"license": "licence", "licenses": "licence"}.get(word, word)
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Words that mean the same: patterns with a group for each, and what stands for each."""

    patterns: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]
    things: frozenset[str]
    acts: frozenset[str]

    def one_word(self, text: str) -> str:
        """Return a plain text with one word for those that mean the same, acts between blanks."""
        for pattern, standing in self.patterns:
            text = pattern.sub(partial(self._word, standing), text)
        return text

    def _word(self, standing: Sequence[str], found: re.Match[str]) -> str:
        word = standing[(found.lastindex or 1) - 1]
        return f" {word} " if word in self.acts else word


@cache
def synonyms() -> Synonyms:
    """Return the words of the file of synonyms."""
    parts = [_lines(part) for part in (_DATA / "synonyms.txt").read_text().split("\nacts\n")]
    pairs = {pattern: word for part in parts for word, *others in part for pattern in others}
    latin = {
        pattern: word for pattern, word in pairs.items() if pattern[0].isascii() and word.isascii()
    }
    han = {pattern: word for pattern, word in pairs.items() if pattern not in latin}
    things, acts = (frozenset(word for line in part for word in line) for part in parts)
    return Synonyms(
        (_compiled(han, "", ""), _compiled(latin, "(?<![a-z])", "(?![a-z])")), things, acts
    )


def _lines(part: str) -> list[list[str]]:
    return [line.split() for line in part.splitlines() if line[0] != "#"]


def _compiled(
    pairs: Mapping[str, str], before: str, after: str
) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return one pattern of many, the longest first, and the words that stand for them."""
    patterns = sorted(pairs, key=_length, reverse=True)
    # Most characters begin none of them, which is seen at once.
    begins = "".join(map(_begin, patterns))
    groups = "|".join(f"({pattern})" for pattern in patterns)
    return re.compile(f"{before}(?=[{begins}])(?:{groups}){after}"), tuple(
        pairs[pattern] for pattern in patterns
    )


def _begin(pattern: str) -> str:
    """Return the characters that a pattern may begin with."""
    return pattern[1 : pattern.index("]")] if pattern[0] == "[" else pattern[0]


def _length(pattern: str) -> int:
    """Return how many characters a pattern is for, at most."""
    bare = re.sub(r"\(\?!.*?\)", "", pattern)
    return len(re.sub(r"\(\?:|[?|)]", "", re.sub(r"\[.*?\]", "x", bare)))


@cache
def _simplified() -> dict[int, int]:
    # Written by infra/make_simplified.py.
    traditional, simplified = (_DATA / "simplified.txt").read_text().split()
    return str.maketrans(traditional, simplified)


@cache
def _syllables() -> dict[str, str]:
    # Written by infra/make_pinyin.py.
    lines = (line.split() for line in (_DATA / "pinyin.txt").read_text().splitlines())
    return dict(_pairs(lines))


def _pairs(lines: Iterator[list[str]]) -> Iterator[tuple[str, str]]:
    for sound, characters in lines:
        for one in characters:
            yield one, sound
