"""Finding what answers a question: its topics, its matter, and published answers that are like it.

Nothing in a question is obeyed: it is only compared with what is published.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.assistant.domain.answers import (
    Action,
    Context,
    Findings,
    Sentence,
)
from chalicelib.assistant.domain.passages import halls, passages_of, sentences_of
from chalicelib.assistant.domain.ready_answers import ReadyAnswer
from chalicelib.assistant.domain.topics import (
    Deed,
    Topic,
    deed_of,
    is_of_halls,
    is_other_act,
    matter_of,
    topics_of,
)
from chalicelib.catalogue.domain import Office, Service
from chalicelib.catalogue.domain.search import Likeness
from chalicelib.core.i18n import Lang

# So much of the matter must stand in what is written about a service.
_COVERED: Final = 0.55
# Others whose score comes as near to the best one's may be meant as well.
_AS_LIKE: Final = 0.93
_MOST_MEANT: Final = 3
_LOOKED_AT: Final = 6
# So like a question must be to one that is answered, by itself and beside a guide that answers.
_READY: Final = 0.6
_READY_BESIDE: Final = 0.75
_SURE: Final = 0.95
_BY_CONTEXT: Final = 0.8
_ENQUIRE: Final = Action("enquire", "question")
_TO_DO: Final[dict[Deed, tuple[Action, ...]]] = {
    "progress": (Action("progress", "cases"),),
    "cancel": (Action("progress", "appointments"),),
    "complain": (Action("enquire", "complaint"),),
}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known: services like a text or by their ids, halls, and answers like a text."""

    likest: Callable[[str, int], Sequence[Likeness]]
    service: Callable[[str], Service | None]
    offices_of: Callable[[Service], Sequence[Office]]
    offices: Callable[[], Sequence[Office]]
    ready: Callable[[str, Lang], ReadyAnswer | None]


@dataclass(frozen=True, slots=True)
class _Meant:
    services: tuple[Service, ...]
    confidence: float


def find(text: str, context: Context, known: Knowledge, lang: Lang) -> Findings:
    """Return what is found for a question, after what was talked about before."""
    deed = deed_of(text)
    matter = matter_of(text)
    meant = _meant(text, matter, context, known)
    if deed:
        return _done(deed, meant, known, lang)
    topics = tuple(topics_of(text)) or (context.topics if matter else ()) or ("find",)
    ready = known.ready(text, lang)
    if topics == ("where",) and is_of_halls(text) and (matter or not meant.services):
        told = tuple(halls(known.offices(), lang))
        return Findings(told, told, (), _BY_CONTEXT, Context())
    if not meant.services or _talks_past(topics, matter, meant):
        return _ready_alone(ready)
    sentences = [
        one
        for service in meant.services
        for topic in topics
        for one in sentences_of(service, known.offices_of(service), topic, lang)
    ]
    if ready and ready.likeness >= _READY_BESIDE:
        sentences.insert(0, ready.sentence)
    return Findings(
        tuple(dict.fromkeys(sentences)),
        _passages(meant.services, ready, known, lang),
        _actions(meant.services),
        meant.confidence,
        Context(tuple(one.service_id for one in meant.services), topics),
    )


def _meant(text: str, matter: str, context: Context, known: Knowledge) -> _Meant:
    """Return the services that a matter means; without one, those that were talked about."""
    if not matter:
        services = filter(None, map(known.service, context.service_ids))
        return _Meant(tuple(services), _BY_CONTEXT)
    like = [
        one
        for one in known.likest(matter, _LOOKED_AT)
        if one.coverage >= _COVERED and not is_other_act(text, _names(one.service))
    ]
    if not like:
        return _Meant((), 0.0)
    best = max(one.score for one in like)
    near = [one for one in like if one.score >= best * _AS_LIKE][:_MOST_MEANT]
    return _Meant(tuple(one.service for one in near), min(_SURE, max(one.coverage for one in near)))


def _names(service: Service) -> str:
    return " ".join((service.name.zh, service.name.en, *service.also_called))


def _talks_past(topics: Sequence[Topic], matter: str, meant: _Meant) -> bool:
    """Tell whether nothing was asked at all: no matter, and no topic of what was talked about."""
    return not matter and tuple(topics) == ("find",) and bool(meant.services)


def _done(deed: Deed, meant: _Meant, known: Knowledge, lang: Lang) -> Findings:
    """Lead to where it is done; to who waits for a case, the promise is told as well."""
    sentences: list[Sentence] = []
    if deed == "progress" and len(meant.services) == 1:
        service = meant.services[0]
        sentences = sentences_of(service, known.offices_of(service), "long", lang)
    context = Context(tuple(one.service_id for one in meant.services))
    told = tuple(sentences)
    return Findings(told, told, _TO_DO[deed], _SURE, context, deed)


def _ready_alone(ready: ReadyAnswer | None) -> Findings:
    if ready is None or ready.likeness < _READY:
        return Findings(actions=(_ENQUIRE,))
    told = (ready.sentence,)
    service_id = ready.sentence.source.service_id
    guide = (Action("guide", service_id),) if service_id else ()
    context = Context((service_id,) if service_id else ())
    return Findings(told, told, (*guide, _ENQUIRE), min(_SURE, ready.likeness), context)


def _passages(
    services: Sequence[Service], ready: ReadyAnswer | None, known: Knowledge, lang: Lang
) -> tuple[Sentence, ...]:
    of_guides = [
        one for service in services for one in passages_of(service, known.offices_of(service), lang)
    ]
    first = [ready.sentence] if ready and ready.likeness >= _READY else []
    return tuple(dict.fromkeys([*first, *of_guides]))


def _actions(services: Sequence[Service]) -> tuple[Action, ...]:
    guides = [Action("guide", one.service_id) for one in services]
    if len(services) > 1:
        return (*guides, _ENQUIRE)
    service = services[0]
    more = [Action("apply", service.service_id)]
    if service.bookable and service.trips:
        more.append(Action("book", service.service_id))
    return (*guides, *more, _ENQUIRE)
