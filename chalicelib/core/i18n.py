"""Words for people: Chinese first, English whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from chalicelib.core.negotiation import weighed

Lang = Literal["zh-CN", "en"]
DEFAULT_LANG: Final[Lang] = "zh-CN"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or name in both languages; braces are filled by `in_language`."""

    zh: str
    en: str

    def in_language(self, lang: Lang, values: Mapping[str, object] | None = None) -> str:
        """Return the words in the asked language, with `{name}` replaced from `values`."""
        words = self.zh if lang == "zh-CN" else self.en
        return words.format_map(values) if values else words


def negotiate(accept_language: str | None) -> Lang:
    """Choose the language that an Accept-Language header prefers (RFC 9110, 12.5.4)."""
    best: Lang = DEFAULT_LANG
    best_weight = 0.0
    for tag, weight in weighed(accept_language or ""):
        lang = _known(tag)
        if lang and weight > best_weight:
            best, best_weight = lang, weight
    return best


def _known(tag: str) -> Lang | None:
    if tag == "zh" or tag.startswith("zh-"):
        return "zh-CN"
    if tag == "en" or tag.startswith("en-"):
        return "en"
    return None
