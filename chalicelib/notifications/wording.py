"""A notice in words: for the inbox, and for a platform's fields within the platform's limits.

The kinds of WeChat's fields and their limits are those of "Send subscribe message" of the
mini-program server API; the kind is the field's name without its number, as in `thing3`. Alipay's
`keyword` fields have no kinds; their values are cut to a line that a phone shows.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import office_time
from chalicelib.core.i18n import DEFAULT_LANG, Lang, Text
from chalicelib.notifications.domain import Notice
from chalicelib.notifications.templates import TEMPLATES

LIMITS: Final[Mapping[str, int]] = {
    "thing": 20,
    "character_string": 32,
    "time": 32,
    "date": 32,
    "phrase": 5,
    "number": 32,
    "name": 10,
    "const": 20,
    "keyword": 100,
}
VALUES: Final = frozenset(
    {"service", "office", "start", "bring", "ticket", "counter", "title", "state", "tip"}
)
# These kinds take Chinese characters or Chinese dates only.
_CHINESE_ONLY: Final = frozenset({"phrase", "time", "date"})
_ASCII_ONLY: Final = frozenset({"character_string", "number"})
_NOTHING: Final = Text("无", "-")
_KIND: Final = re.compile(r"([a-z_]+?)[0-9]+")
_ELLIPSIS: Final = "…"


@dataclass(frozen=True, slots=True)
class Worded:
    """What the inbox shows."""

    title: str
    body: str


def worded(notice: Notice, lang: Lang) -> Worded:
    """Return a notice's title and body in a language."""
    words = TEMPLATES[notice.event].words(notice.template_version)
    values = _values(notice, lang)
    return Worded(words.title.in_language(lang), words.body.in_language(lang, values))


def fields(notice: Notice, mapping: Mapping[str, str], lang: Lang) -> dict[str, str]:
    """Return a platform's fields, each filled with the value that `mapping` names for it."""
    return {field: _fitted(field, notice, value, lang) for field, value in mapping.items()}


def kind_of(field: str) -> str | None:
    """Return the kind of a platform's field, as `thing` of thing3; None for what is none."""
    found = _KIND.fullmatch(field)
    return found[1] if found and found[1] in LIMITS else None


def plain(text: str) -> str:
    """Return a text on one line, without what steers a display or shows as nothing."""
    kept = (" " if c.isspace() else c for c in text if c.isspace() or not _steers(c))
    return " ".join("".join(kept).split())


def cut(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters; what was cut shows at its end."""
    return text if len(text) <= limit else text[: limit - 1] + _ELLIPSIS


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs")


def _fitted(field: str, notice: Notice, value: str, lang: Lang) -> str:
    kind = kind_of(field) or "thing"
    spoken: Lang = DEFAULT_LANG if kind in _CHINESE_ONLY else lang
    text = plain(_values(notice, spoken)[value])
    if kind in _ASCII_ONLY:
        text = "".join(c for c in text if c.isascii())[: LIMITS[kind]]
        return text or "0"
    return cut(text, LIMITS[kind]) or _NOTHING.in_language(spoken)


def _values(notice: Notice, lang: Lang) -> dict[str, str]:
    words, facts = TEMPLATES[notice.event].words(notice.template_version), notice.facts
    known = catalogue.current()
    service = known.services.get(facts.get("service", ""))
    office = known.offices.get(facts.get("office", ""))
    needed = [m.name.in_language(lang) for m in service.materials if m.required] if service else []
    nothing = _NOTHING.in_language(lang)
    bring = ("、" if lang == "zh-CN" else "; ").join(needed) or nothing
    return {
        "service": service.name.in_language(lang) if service else nothing,
        "office": office.name.in_language(lang) if office else nothing,
        "start": _moment(facts["start"], lang) if "start" in facts else nothing,
        "bring": bring,
        "ticket": facts.get("ticket", nothing),
        "counter": facts.get("counter", nothing),
        "title": words.title.in_language(lang),
        "state": words.state.in_language(lang),
        "tip": _tip(notice, bring, lang),
    }


def _tip(notice: Notice, bring: str, lang: Lang) -> str:
    words = TEMPLATES[notice.event].words(notice.template_version)
    if "{bring}" in words.body.zh:
        return Text("带{bring}", "Bring {bring}").in_language(lang, {"bring": bring})
    return words.title.in_language(lang)


def _moment(text: str, lang: Lang) -> str:
    moment = office_time(datetime.fromisoformat(text))
    if lang == "zh-CN":
        return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}"
    return f"{moment.day} {moment:%b %Y, %H:%M}"
