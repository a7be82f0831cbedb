"""What a guide says, as sentences: for each topic those that answer it, with their pointers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from chalicelib.assistant.domain.answers import Sentence, Source
from chalicelib.assistant.domain.topics import TOPICS, Topic
from chalicelib.catalogue.domain import Hours, Material, Office, Service
from chalicelib.core.i18n import Lang, Text

Say = Iterator[tuple[str, Text, Mapping[str, object]]]
_HALLS: Final = 3
_AS_IT_IS: Final = Text("{words}。", "{words}.")
_LAW: Final = Text("依据：{law}。", "By: {law}.")
_ARTICLE: Final = Text("依据：{law}第 {n} 条。", "By: {law}, article {n}.")
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
    of_topics = [one for topic in TOPICS for one in sentences_of(service, offices, topic, lang)]
    places = range(len(service.guide.faq)) if service.guide else ()
    return (*of_topics, *(often_asked(service, place, lang) for place in places))


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


def often_asked(service: Service, place: int, lang: Lang) -> Sentence:
    """Return the answer to a question that is often asked of a service, by its place."""
    faq = service.guide.faq[place] if service.guide else None
    text = faq.answer.in_language(lang) if faq else ""
    return Sentence(text, Source(service.service_id, f"/faq/{place}/answer"))


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
    elif service.trips == 1:
        text = Text(
            "“{name}”网上申请后只跑一次大厅。", "{name}: apply online, then come to a hall once."
        )
    else:
        text = Text(
            "“{name}”网上申请后要到大厅 {n} 趟。",
            "{name}: apply online, then come to a hall {n} times.",
        )
    yield "/trips", text, {"n": service.trips}


def _deliver(service: Service, _lang: Lang) -> Say:
    if service.deliverable:
        text = Text("“{name}”的办理结果可以快递到家。", "{name}: the result can be sent home.")
    else:
        text = Text("“{name}”的办理结果不能快递。", "{name}: the result cannot be sent.")
    yield "/deliverable", text, {}


def _who(service: Service, lang: Lang) -> Say:
    guide = service.guide
    if guide is None:
        return
    yield "/audience", _AS_IT_IS, {"words": guide.audience.in_language(lang)}
    for place, one in enumerate(guide.conditions):
        yield f"/conditions/{place}", _AS_IT_IS, {"words": one.in_language(lang)}


def _law(service: Service, lang: Lang) -> Say:
    for place, one in enumerate(service.guide.legal_basis if service.guide else ()):
        law = {"law": one.law.in_language(lang), "n": one.article}
        yield f"/legal_basis/{place}", _ARTICLE if one.article else _LAW, law


def _call(service: Service, _lang: Lang) -> Say:
    if service.guide:
        phone = {"phone": service.guide.contact_phone}
        yield "/contact_phone", Text("咨询电话：{phone}。", "Telephone: {phone}."), phone


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
    "who": _who,
    "law": _law,
    "call": _call,
    "how": _how,
    "find": _find,
}
