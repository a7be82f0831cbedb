"""What a draft changes: each difference with its place, and the same in plain words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from chalicelib.catalogue.domain.sections import SECTIONS
from chalicelib.core.errors import pointer
from chalicelib.core.i18n import Lang, Text

ChangeKind = Literal["added", "removed", "changed"]
_LANGS: Final = frozenset({"zh-CN", "en"})
_SHOWN: Final = 160
_FIELDS: Final = "properties"
# What the parts of a list are known by, so that a moved one is no other.
_KEYS: Final = ("material_id",)
# Words alone: of the guide, and of what a paper is called and what goes wrong with it.
_TEXTS: Final = ("guide", "synonyms")
_TEXTS_OF_PAPERS: Final = ("issued_by", "common_mistakes", "also_called")
_PARTS_OF_PAPERS: Final = 3
_LABELS: Final = {
    "guide": Text("办事指南", "Guide"),
    "fee": Text("费用", "Fee"),
    "materials": Text("材料", "Papers"),
    "limits": Text("时限", "Time limits"),
    "synonyms": Text("别名", "Also called"),
    "form": Text("申请表", "Form"),
    "cents": Text("金额", "amount"),
    "currency": Text("币种", "currency"),
    "basis": Text("依据", "basis"),
    "legal_time_limit": Text("法定时限", "legal limit"),
    "value": Text("数值", "value"),
    "unit": Text("单位", "unit"),
    "promised_working_days": Text("承诺工作日", "promised working days"),
    "name": Text("名称", "name"),
    "required": Text("必需", "required"),
    "usual_pages": Text("通常页数", "usual pages"),
    "original": Text("原件", "original"),
    "certificate_types": Text("可用电子证照", "certificates"),
    "register_id": Text("部门核验", "register"),
    "issued_by": Text("出具单位", "issued by"),
    "common_mistakes": Text("常见错误", "common mistakes"),
    "also_called": Text("别名", "also called"),
    "audience": Text("办理对象", "whom it is for"),
    "conditions": Text("办理条件", "conditions"),
    "legal_basis": Text("法律依据", "legal basis"),
    "outcome": Text("办理结果", "result"),
    "faq": Text("常见问题", "questions"),
    "contact_phone": Text("咨询电话", "telephone"),
    "supervision_phone": Text("监督电话", "telephone for complaints"),
    "properties": Text("字段", "field"),
    "title": Text("标题", "title"),
    "description": Text("说明", "description"),
    "examples": Text("示例", "examples"),
    "allOf": Text("条件", "conditions"),
}
_NOTHING: Final = Text("（无）", "(none)")
_YES: Final = Text("是", "yes")
_NO: Final = Text("否", "no")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference at a JSON pointer into the sections; what is not there is None."""

    pointer: str
    kind: ChangeKind
    before: Any
    after: Any

    @property
    def section(self) -> str:
        """Return the section that it is in."""
        return self.pointer.split("/")[1]

    @property
    def needs_second_person(self) -> bool:
        """Tell whether it touches fee, papers, limits or form, and not words alone."""
        if self.section == "materials":
            parts = self.pointer.split("/")[1:]
            return len(parts) < _PARTS_OF_PAPERS or parts[2] not in _TEXTS_OF_PAPERS
        return self.section not in _TEXTS

    def in_words(self, lang: Lang) -> str:
        """Say it as people do."""
        path = [part.replace("~1", "/").replace("~0", "~") for part in self.pointer.split("/")[1:]]
        labels = [_LABELS[one].in_language(lang) if one in _LABELS else one for one in path]
        place = " · ".join(labels)
        said = [_said(one, lang, path[-1]) for one in (self.before, self.after)]
        colon = {"zh-CN": "：", "en": ": "}[lang]
        return f"{place}{colon}{said[0]} → {said[1]}"


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what the sections of `new` change in those of `old`, in their order."""
    changed = (name for name in SECTIONS if name in new)
    return tuple(one for name in changed for one in _between((name,), old[name], new[name]))


def sections_changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections of `new` that are others than in `old`."""
    return {name: new[name] for name in SECTIONS if name in new and _differ(new[name], old[name])}


def _between(path: tuple[str, ...], old: Any, new: Any) -> Iterator[Change]:
    if not _differ({path[-1]: old}, {path[-1]: new}):
        return
    before, after = _named(old), _named(new)
    if before is None or after is None:
        kind: ChangeKind = "changed"
        if old is None or new is None:
            kind = "added" if old is None else "removed"
        yield Change(pointer(*path), kind, old, new)
        return
    for name in dict.fromkeys((*before, *after)):
        yield from _between((*path, name), before.get(name), after.get(name))
    order = [name for name in before if name in after]
    is_ordered = isinstance(old, list) or path[-1] == _FIELDS
    if is_ordered and order != [name for name in after if name in before]:
        yield Change(pointer(*path), "changed", list(before), list(after))


def _named(value: Any) -> Mapping[str, Any] | None:
    """Return a value's parts by name; None for what is looked at whole, as words are."""
    if isinstance(value, Mapping):
        return None if value.keys() == _LANGS else value
    if isinstance(value, list):
        for key in _KEYS:
            if all(isinstance(one, Mapping) and key in one for one in value):
                return {one[key]: one for one in value}
    return None


def _differ(old: Any, new: Any) -> bool:
    """Tell whether two values are not the same; true is not 1, and the order of fields counts."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if old.keys() != new.keys() or _is_reordered(old, new):
            return True
        return any(_differ(old[name], new[name]) for name in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) != len(new) or any(map(_differ, old, new))
    return type(old) is not type(new) or bool(old != new)


def _is_reordered(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether the fields of a form stand in another order, which is that of its page."""
    return list(old.get(_FIELDS) or ()) != list(new.get(_FIELDS) or ())


def _said(value: Any, lang: Lang, name: str) -> str:
    if value is None or value in ("", [], {}):
        return _NOTHING.in_language(lang)
    if isinstance(value, bool):
        return (_YES if value else _NO).in_language(lang)
    if name == "cents":
        return f"¥{value / 100:.2f}"
    if isinstance(value, Mapping):
        words = value.get(lang) or _first_words(value, lang)
        return words if isinstance(words, str) else "…"
    if isinstance(value, Sequence) and not isinstance(value, str):
        joined = {"zh-CN": "、", "en": ", "}[lang].join(_said(one, lang, "") for one in value)
        return joined if len(joined) <= _SHOWN else f"{joined[:_SHOWN]}…"
    return str(value)


def _first_words(value: Mapping[str, Any], lang: Lang) -> str | None:
    """Return the name or title of a thing in a language."""
    for name in ("name", "title", "question", "law"):
        words = value.get(name)
        if isinstance(words, Mapping) and lang in words:
            return str(words[lang])
    return None
