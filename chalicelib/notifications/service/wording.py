"""A notice in words: for the inbox, and for a platform's fields within the limits of `kinds`."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import office_time
from chalicelib.core.i18n import DEFAULT_LANG, Lang, Text
from chalicelib.notifications.domain import Notice
from chalicelib.notifications.domain.kinds import kind_of, name_of
from chalicelib.notifications.domain.templates import TEMPLATES
from chalicelib.payments.bills.domain import kinds as bill_kinds

_NOTHING: Final = Text("无", "-")
_UNTIL: Final = Text("最迟将于{until}前办结。", "It will be decided by {until}.")
_ANSWER_BY: Final = Text(
    "请在{until}前选定新时间或取消，逾期自动取消。",
    "Choose a new time or cancel by {until}; else it is cancelled.",
)
_ANSWER_BY_PAID: Final = Text(
    "请在{until}前选定新时间或取消，逾期自动取消，已缴费的自动退费。",
    "Choose a new time or cancel by {until}; else it is cancelled, and a fee you paid goes back.",
)
_EXTENDED: Final = Text("将于{until}前答复。", "It will be answered by {until}.")
_HELD: Final = Text("请在{until}前确认。", "Answer by {until}.")
_ANOTHER_VISIT: Final = Text("请在{until}前预约到场，", "Please book a time to come by {until}.")
_IN_HAND: Final = Text("负责人员已收到督办提醒。", "Those in charge have been reminded of it.")
_CLOSED: Final = Text("大厅暂停服务：{reason}。", "The hall is closed: {reason}.")
_FOR: Final = Text("为 {name} 办理：{body}", "For {name}: {body}")
_BY: Final = Text(
    "家人替您办理：{body}如果不是您同意的，请在“我的家人”里告诉我们。",
    "Done for you by family: {body} If you did not agree to it, tell us under My family.",
)
_BY_MANDATE: Final = Text(
    "由您委托的人办理：{body}如果不是您同意的，请在“委托代办”里告诉我们。",
    "Done for you by mandate: {body} If you did not agree to it, tell us under Mandates.",
)
_CHANGED: Final = Text("大厅服务时间有调整。", "The hall has changed its hours.")
_ELLIPSIS: Final = "…"
# One sign stands before the digits (ISO 4217 names the currency); U+00A4 is any other's.
_SIGNS: Final[Mapping[str, str]] = {"cny": "¥", "usd": "$", "eur": "€", "gbp": "£"}
_ANY_SIGN: Final = "¤"


@dataclass(frozen=True, slots=True)
class Worded:
    """What the inbox shows."""

    title: str
    body: str


def worded(notice: Notice, lang: Lang, names: Mapping[str, str] | None = None) -> Worded:
    """Return a notice's title and body in a language.

    `names` are those of the reader's family, and of whom they act for, by their ids: the body says
    whom it is for. Whom somebody acted for reads that it was another.
    """
    words = TEMPLATES[notice.event].words(notice.template_version)
    values = _values(notice, lang)
    body = words.body.in_language(lang, values).strip()
    facts = notice.facts
    name = (names or {}).get(facts.get("member") or facts.get("mandate") or "")
    if name:
        body = _FOR.in_language(lang, {"name": name, "body": body})
    if "agent" in facts:
        body = _BY.in_language(lang, {"body": body})
    if "by" in facts:
        body = _BY_MANDATE.in_language(lang, {"body": body})
    return Worded(words.title.in_language(lang), body)


def fields(notice: Notice, mapping: Mapping[str, str], lang: Lang) -> dict[str, str]:
    """Return a platform's fields, each filled with the value that `mapping` names for it."""
    return {field: _fitted(field, notice, value, lang) for field, value in mapping.items()}


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
    kind = kind_of(field)
    spoken: Lang = DEFAULT_LANG if kind and kind.chinese else lang
    text = plain(_values(notice, spoken)[value])
    if name_of(field) == "character_string":
        text = "".join(c for c in text if c.isascii()) or _NOTHING.en
    return cut(text, kind.longest if kind else 1) or _NOTHING.in_language(spoken)


def _values(notice: Notice, lang: Lang) -> dict[str, str]:
    words, facts = TEMPLATES[notice.event].words(notice.template_version), notice.facts
    known = catalogue.current()
    service = known.services.get(facts.get("service", ""))
    name = service.name if service else bill_kinds.name_of(facts.get("service", ""))
    office = known.offices.get(facts.get("office", ""))
    needed = [m.name.in_language(lang) for m in service.materials if m.required] if service else []
    nothing = _NOTHING.in_language(lang)
    bring = ("、" if lang == "zh-CN" else "; ").join(needed) or nothing
    return {
        "service": name.in_language(lang) if name else nothing,
        "office": office.name.in_language(lang) if office else nothing,
        "start": _moment(facts["start"], lang) if "start" in facts else nothing,
        "bring": bring,
        "ticket": facts.get("ticket", nothing),
        "counter": facts.get("counter", nothing),
        "title": words.title.in_language(lang),
        "state": words.state.in_language(lang),
        "tip": _tip(notice, bring, lang),
        "closure": _closure(facts, lang),
        "answer_by": _until(
            _ANSWER_BY_PAID if service and service.prepaid else _ANSWER_BY, facts, lang
        ),
        "outlook": _outlook(facts, lang),
        "held": _until(_HELD, facts, lang),
        "another_visit": _until(_ANOTHER_VISIT, facts, lang),
        "extension": _until(_EXTENDED, facts, lang),
        "last_day": _day(date.fromisoformat(facts["until"][:10]), lang)
        if "until" in facts
        else nothing,
        "amount": _amount(facts) if "amount" in facts else nothing,
    }


def _tip(notice: Notice, bring: str, lang: Lang) -> str:
    words = TEMPLATES[notice.event].words(notice.template_version)
    if "{bring}" in words.body.zh:
        return Text("带{bring}", "Bring {bring}").in_language(lang, {"bring": bring})
    return plain(_closure(notice.facts, lang)) or words.title.in_language(lang)


def _closure(facts: Mapping[str, str], lang: Lang) -> str:
    if "closure" not in facts:
        return ""
    reason = facts["closure"].rstrip("。.")
    return _CLOSED.in_language(lang, {"reason": reason}) if reason else _CHANGED.in_language(lang)


def _moment(text: str, lang: Lang) -> str:
    moment = office_time(datetime.fromisoformat(text))
    return f"{_day(moment, lang)}{' ' if lang == 'zh-CN' else ', '}{moment:%H:%M}"


def _day(day: date, lang: Lang) -> str:
    if lang == "zh-CN":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%b %Y}"


def _amount(facts: Mapping[str, str]) -> str:
    cents = int(facts["amount"])
    sign = _SIGNS.get(facts.get("currency", ""), _ANY_SIGN)
    return f"{sign}{cents // 100}.{cents % 100:02}"


def _outlook(facts: Mapping[str, str], lang: Lang) -> str:
    return _until(_UNTIL, facts, lang) or _IN_HAND.in_language(lang)


def _until(words: Text, facts: Mapping[str, str], lang: Lang) -> str:
    if "until" not in facts:
        return ""
    return words.in_language(lang, {"until": _moment(facts["until"], lang)})
