"""Faults of words and numbers of a draft, each at its place."""

from collections.abc import Iterator, Sequence
from typing import Final

from chalicelib.catalogue.domain.sections import Data
from chalicelib.core.errors import FieldError, pointer
from chalicelib.core.i18n import Text
from chalicelib.core.text import NotPlainError, read_text

At = tuple[str | int, ...]
_MOST_NAMES: Final = 40
_MOST_OF_A_LIST: Final = 30
_LONGEST_NAME: Final = 100
_LONGEST_TEXT: Final = 1_000
_REQUIRED: Final = Text("此项必填", "This field is required")
_TOO_LONG: Final = Text("最多填写 {n} 个字", "At most {n} characters")
_TOO_MANY: Final = Text("最多 {n} 项", "At most {n} of them")
_NOT_PLAIN: Final = Text(
    "含有不能使用的字符（如控制字符）", "This has characters that cannot be used"
)
_NOT_UNIQUE: Final = Text("有重复的内容", "Something stands here twice")
_RANGE: Final = Text("须在 {a} 和 {b} 之间", "This must be from {a} to {b}")


def names(at: At, words: Sequence[str]) -> Iterator[FieldError]:
    """Yield what is wrong in names that people search for."""
    if len(words) > _MOST_NAMES:
        yield error("too_many", filled(_TOO_MANY, n=_MOST_NAMES), *at)
    for place, one in enumerate(words):
        yield from text((*at, place), one, _LONGEST_NAME)
        if one in words[:place]:
            yield error("not_unique", _NOT_UNIQUE, *at, place)


def texts(at: At, texts: Sequence[Data]) -> Iterator[FieldError]:
    """Yield what is wrong in a list of texts in both languages."""
    yield from many(at, texts)
    for place, one in enumerate(texts):
        yield from both((*at, place), one, _LONGEST_TEXT)


def many(at: At, things: Sequence[object]) -> Iterator[FieldError]:
    """Yield the fault of a list that is too long."""
    if len(things) > _MOST_OF_A_LIST:
        yield error("too_many", filled(_TOO_MANY, n=_MOST_OF_A_LIST), *at)


def both(at: At, words: Data, longest: int) -> Iterator[FieldError]:
    """Yield what is wrong in words, which are in both languages."""
    for lang in ("zh-CN", "en"):
        yield from text((*at, lang), words[lang], longest)


def text(at: At, said: str, longest: int) -> Iterator[FieldError]:
    """Yield what is wrong in a text of `longest` characters at most."""
    try:
        written = read_text(said, lines=True)
    except NotPlainError:
        yield error("not_plain_text", _NOT_PLAIN, *at)
        return
    if not written:
        yield error("required", _REQUIRED, *at)
    elif len(written) > longest:
        yield error("too_long", filled(_TOO_LONG, n=longest), *at)


def within(value: int, least: int, most: int, at: At) -> Iterator[FieldError]:
    """Yield the fault of a number that is not from `least` to `most`."""
    if not least <= value <= most:
        yield error("out_of_range", filled(_RANGE, a=least, b=most), *at)


def filled(words: Text, **values: object) -> Text:
    """Return words with their braces filled."""
    return Text(words.zh.format_map(values), words.en.format_map(values))


def error(code: str, words: Text, *at: str | int) -> FieldError:
    """Return what is wrong at a place."""
    return FieldError(pointer(*at), code, words)
