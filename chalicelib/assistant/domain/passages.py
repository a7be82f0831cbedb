"""What a guide says, as sentences: for each topic those that answer it, with their pointers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from chalicelib.assistant.domain.answers import Sentence, Source
from chalicelib.assistant.domain.topics import TOPICS, Topic
from chalicelib.catalogue.domain import Hours, Material, Office, Service
from chalicelib.core.i18n import Lang, Text

Say = Iterator[tuple[str, Text, Mapping[str, object]]]
_HALLS: Final = 3
_NEED: Final = {
    "none": Text("", ""),
    "show": Text("，窗口要看原件", "; the counter looks at the original"),
    "keep": Text("，窗口要收原件", "; the counter keeps the original"),
}
_UNITS: Final = {
    "days": Text("{n} 天", "{n} days"),
    "working_days": Text("{n} 个工作日", "{n} working days"),
    "same_day": Text("当日", "the same day"),
}


def passages_of(service: Service, offices: Sequence[Office], lang: Lang) -> tuple[Sentence, ...]:
    """Return all that is said of a service."""
    return tuple(
        sentence for topic in TOPICS for sentence in sentences_of(service, offices, topic, lang)
    )


def sentences_of(
    service: Service, offices: Sequence[Office], topic: Topic, lang: Lang
) -> list[Sentence]:
    """Return what answers a topic of a service, in a language."""
    name = service.name.in_language(lang)
    said = _where(service, offices, lang) if topic == "where" else _SAY[topic](service, lang)
    return [
        Sentence(
            text.in_language(lang, {"name": name, **values}), Source(service.service_id, pointer)
        )
        for pointer, text, values in said
    ]


def halls(offices: Sequence[Office], lang: Lang) -> list[Sentence]:
    """Return where the first halls of the city are named and when they are open."""
    said = [(office.office_id, *_hall(office, lang)) for office in offices[:_HALLS]]
    return [
        Sentence(text.in_language(lang, values), Source(None, f"/offices/{office_id}"))
        for office_id, text, values in said
    ]


def _find(service: Service, lang: Lang) -> Say:
    department = service.decided_by.in_language(lang)
    yield (
        "/name",
        Text("您要办的是“{name}”，由{by}办理。", "What you need is “{name}”, by {by}."),
        {"by": department},
    )
    yield from _online(service, lang)
    yield from _long(service, lang)
    yield from _cost(service, lang)


def _bring(service: Service, lang: Lang) -> Say:
    if not service.materials:
        yield "/materials", Text("“{name}”不用交材料。", "{name}: no papers are needed."), {}
        return
    yield (
        "/materials",
        Text("“{name}”要准备 {n} 样材料：", "{name}: papers needed, {n}:"),
        {"n": len(service.materials)},
    )
    for place, paper in enumerate(service.materials):
        yield f"/materials/{place}", Text("{paper}{note}。", "{paper}{note}."), _paper(paper, lang)


def _paper(paper: Material, lang: Lang) -> Mapping[str, object]:
    note = _NEED[paper.original].in_language(lang)
    if not paper.required:
        note = Text("（没有可不交）", " (if you have it)").in_language(lang) + note
    return {"paper": paper.name.in_language(lang), "note": note}


def _cost(service: Service, _lang: Lang) -> Say:
    if not service.fee.amount.cents:
        yield "/fee", Text("“{name}”不收费。", "{name}: no fee."), {}
        return
    yuan = f"{service.fee.amount.cents / 100:.2f}".removesuffix(".00")
    yield (
        "/fee/cents",
        Text("“{name}”收费 {yuan} 元。", "{name}: the fee is {yuan} yuan."),
        {"yuan": yuan},
    )
    if service.fee.basis:
        basis = {"basis": service.fee.basis}
        yield "/fee/basis", Text("收费依据：{basis}。", "Set by: {basis}."), basis


def _long(service: Service, lang: Lang) -> Say:
    days = service.promised_working_days
    yield (
        "/promised_working_days",
        Text("“{name}”承诺 {n} 个工作日内办结。", "{name}: promised within {n} working days.")
        if days
        else Text("“{name}”当场办结。", "{name}: done at once."),
        {"n": days},
    )
    limit = service.legal_limit
    span = _UNITS[limit.unit].in_language(lang, {"n": limit.value})
    yield (
        "/legal_time_limit",
        Text("法定时限：{span}。", "The law allows: {span}."),
        {"span": span},
    )


def _online(service: Service, _lang: Lang) -> Say:
    if not service.trips:
        text = Text(
            "“{name}”全程网上办，不用跑大厅。", "{name}: all online, with no trip to a hall."
        )
    else:
        text = Text(
            "“{name}”网上申请后要到大厅 {n} 趟。",
            "{name}: apply online, then come to a hall; trips: {n}.",
        )
    yield "/trips", text, {"n": service.trips}


def _deliver(service: Service, _lang: Lang) -> Say:
    if service.deliverable:
        text = Text("“{name}”的办理结果可以快递到家。", "{name}: the result can be sent home.")
    else:
        text = Text("“{name}”的办理结果不能快递。", "{name}: the result cannot be sent.")
    yield "/deliverable", text, {}


def _how(service: Service, lang: Lang) -> Say:
    yield from _online(service, lang)
    yield from _bring(service, lang)


def _where(service: Service, offices: Sequence[Office], lang: Lang) -> Say:
    yield from _online(service, lang)
    for place, office in enumerate(offices[:_HALLS]):
        yield f"/offices/{place}", *_hall(office, lang)
    if len(offices) > _HALLS:
        text = Text("全市共有 {n} 个大厅可以办理。", "Halls in the city that do it: {n}.")
        yield "/offices", text, {"n": len(offices)}


def _hall(office: Office, lang: Lang) -> tuple[Text, Mapping[str, object]]:
    values = {"hall": office.name.in_language(lang), "hours": _spans(office.weekdays) or "-"}
    if not office.saturday:
        return Text("{hall}，工作日 {hours}。", "{hall}, weekdays {hours}."), values
    text = Text(
        "{hall}，工作日 {hours}，周六 {saturday}。",
        "{hall}, weekdays {hours}, Saturdays {saturday}.",
    )
    return text, {**values, "saturday": _spans(office.saturday)}


def _spans(hours: Hours) -> str:
    return ", ".join(f"{begin:%H:%M}–{end:%H:%M}" for begin, end in hours)


_SAY: Final[Mapping[Topic, Callable[[Service, Lang], Say]]] = {
    "bring": _bring,
    "cost": _cost,
    "long": _long,
    "online": _online,
    "deliver": _deliver,
    "how": _how,
    "find": _find,
}
