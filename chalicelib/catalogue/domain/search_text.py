"""What people type, made comparable: width, case, writing, fillers, sounds, and terms."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
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


def core_of(query: str) -> str:
    """Return a plain query without its fillers; the query itself where nothing else is in it."""
    return without_fillers(query) or query


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


def sounds(text: str) -> tuple[str, ...]:
    """Return the syllables (ISO 7098, without tones) of the Chinese characters of a plain text."""
    known = _syllables()
    return tuple(known[one] for run in HAN.findall(text) for one in run if one in known)


def _singular(word: str) -> str:
    word = {"license": "licence", "licenses": "licence"}.get(word, word)
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004


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
