"""Whether the words of a guide can be published: all that is wrong, each at its place."""

import re
from collections.abc import Iterator
from typing import Final

from chalicelib.catalogue.domain.check_words import both, error, many, text, texts, within
from chalicelib.catalogue.domain.sections import Data
from chalicelib.core.errors import FieldError
from chalicelib.core.i18n import Text

_SHORT: Final = 100
_LONG: Final = 1_000
_MOST_ARTICLES: Final = 2_000
_PARTS: Final = (
    "audience",
    "conditions",
    "legal_basis",
    "outcome",
    "faq",
    "contact_phone",
    "supervision_phone",
)
_REQUIRED: Final = Text("此项必填", "This field is required")
_GUIDE: Final = Text("指南不能去掉", "A guide cannot be taken away")
_PHONE: Final = re.compile(r"\+?[0-9][0-9-]{2,19}")
_PHONE_WORDS: Final = Text("电话号码有误", "This is not a telephone number")


def check(guide: Data | None) -> Iterator[FieldError]:
    """Yield all that is wrong in a guide, which no draft takes away."""
    if guide is None:
        yield error("required", _GUIDE, "guide")
        return
    missing = [name for name in _PARTS if guide.get(name) is None]
    yield from (error("required", _REQUIRED, "guide", name) for name in missing)
    if not missing:
        yield from _written({"basic_code": None, "implementation_code": None, **guide})


def _written(guide: Data) -> Iterator[FieldError]:
    yield from both(("guide", "audience"), guide["audience"], _LONG)
    yield from texts(("guide", "conditions"), guide["conditions"])
    yield from many(("guide", "legal_basis"), guide["legal_basis"])
    for place, one in enumerate(guide["legal_basis"]):
        yield from both(("guide", "legal_basis", place, "law"), one["law"], _SHORT * 2)
        article = 1 if one["article"] is None else one["article"]
        yield from within(article, 1, _MOST_ARTICLES, ("guide", "legal_basis", place, "article"))
    yield from both(("guide", "outcome", "name"), guide["outcome"]["name"], _SHORT)
    yield from many(("guide", "outcome", "sample"), guide["outcome"]["sample"])
    for place, one in enumerate(guide["outcome"]["sample"]):
        for name in ("name", "value"):
            yield from both(("guide", "outcome", "sample", place, name), one[name], _SHORT)
    yield from _questions(guide)
    for name in ("contact_phone", "supervision_phone"):
        if not _PHONE.fullmatch(guide[name]):
            yield error("pattern", _PHONE_WORDS, "guide", name)
    for name in ("basic_code", "implementation_code"):
        if guide[name] is not None:
            yield from text(("guide", name), guide[name], _SHORT)


def _questions(guide: Data) -> Iterator[FieldError]:
    yield from many(("guide", "faq"), guide["faq"])
    for place, one in enumerate(guide["faq"]):
        for name in ("question", "answer"):
            yield from both(("guide", "faq", place, name), one[name], _LONG)
