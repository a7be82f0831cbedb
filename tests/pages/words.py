"""The pages' own texts, read from their tables in both languages."""

import re
from functools import cache
from typing import Final

from infra.pages import HERE

_TABLES: Final = {"zh-CN": "zh", "en": "en"}
_TEXT: Final = re.compile(
    r"^  '?([\w.-]+)'?:\s+(?:'((?:[^'\\]|\\.)*)'|\"([^\"]*)\"),$", re.MULTILINE
)


@cache
def table(lang: str) -> dict[str, str]:
    """Return all texts of a language by their keys."""
    files = sorted((HERE / "src").glob(f"*/texts/{_TABLES[lang]}.ts"))
    found = [match for file in files for match in _TEXT.finditer(file.read_text())]
    return {m[1]: (m[2] or m[3] or "").replace("\\'", "'") for m in found}


class Words:
    """Says texts in one language, as the pages do."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, key: str, **values: str | int) -> str:
        """Return a text with its values."""
        return table(self.lang)[key].format(**values)

    def like(self, key: str) -> re.Pattern[str]:
        """Return what finds a text whatever its values are."""
        parts = re.split(r"\{\w+\}", table(self.lang)[key])
        return re.compile(".*".join(re.escape(part) for part in parts))
