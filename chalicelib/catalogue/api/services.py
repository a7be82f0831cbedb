"""The routes of services and their guides, for everyone."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.api.guide_views import Guide, ServiceView, guide_view, service_facts
from chalicelib.catalogue.api.views import CACHED_SECONDS
from chalicelib.catalogue.domain import IfNot
from chalicelib.catalogue.domain.search import Match
from chalicelib.catalogue.domain.services import LIFE_EVENTS
from chalicelib.catalogue.service import search, search_misses
from chalicelib.core import auth, dependencies
from chalicelib.core.clock import office_time
from chalicelib.core.errors import InvalidCursor
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request, WholeList
from chalicelib.core.routes import Routes
from chalicelib.core.text import text

routes: Final = Routes("catalogue")


class ServiceQuery(QueryModel):
    """What to look for."""

    query: Annotated[str, text(100, 0)] = ""
    category: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class FoundService(ServiceView):
    """A service of a list; `near` when the query says something that is nowhere in it."""

    match: Match


class ServiceList(BodyModel):
    """Services, best first; where a query finds none, what to search for instead."""

    items: list[FoundService]
    next_cursor: str | None
    suggestions: list[str] = Field(default_factory=list)


class LifeEventService(BodyModel):
    """A service of a life event."""

    service_id: str
    name: str


class LifeEvent(BodyModel):
    """What happens in a life that brings people here, and the services that it needs."""

    life_event_id: str
    name: str
    services: list[LifeEventService]


class LifeEventList(WholeList):
    """Life events, in the order of a life."""

    items: list[LifeEvent]


@routes.get(
    "/v1/services",
    auth=auth.public,
    body=ServiceQuery,
    response=ServiceList,
    errors=[InvalidCursor],
    cacheable_seconds=CACHED_SECONDS,
)
def services(request: Request[ServiceQuery]) -> ServiceList:
    """Find services by words and category."""
    asked = request.input
    scope = f"services/{asked.query}/{asked.category}"
    page = dependencies.cursors().page(
        scope,
        asked.cursor,
        lambda position: search.find_services(asked.query, asked.category, position, asked.limit),
    )
    items = [
        FoundService(**service_facts(hit.service, request.lang), match=hit.match)
        for hit in page.items
    ]
    nothing = not items and asked.cursor is None
    suggestions = search.suggestions(asked.query) if nothing else []
    if nothing and asked.category is None:
        search_misses.count(asked.query, request.now)
    return ServiceList(items=items, next_cursor=page.next_cursor, suggestions=suggestions)


@routes.get(
    "/v1/life-events",
    auth=auth.public,
    response=LifeEventList,
    cacheable_seconds=CACHED_SECONDS,
)
def life_events(request: Request[QueryModel]) -> LifeEventList:
    """List what happens in a life, with the services that it needs."""
    items = [
        LifeEvent(
            life_event_id=event,
            name=LIFE_EVENTS[event].in_language(request.lang),
            services=[
                LifeEventService(service_id=one.service_id, name=one.name.in_language(request.lang))
                for one in services
            ],
        )
        for event, services in catalogue.life_events().items()
        if services
    ]
    return LifeEventList(items=items)


class RuleView(BodyModel):
    """What must hold for a machine's yes, in plain words.

    `legal_basis` is null where the text of the law was not at hand. What breaks a rule is referred
    to a person, or must be corrected before it is lodged.
    """

    rule_id: str
    text: str
    legal_basis: str | None
    if_not: IfNot


class RuleList(WholeList):
    """The rules of a service; none where a person decides."""

    items: list[RuleView]


@routes.get(
    "/v1/services/{service_id}/rules",
    auth=auth.public,
    response=RuleList,
    cacheable_seconds=CACHED_SECONDS,
)
def rules(request: Request[QueryModel], service_id: str) -> RuleList:
    """List the rules by which a machine decides what is applied for."""
    ruleset, lang = catalogue.service(service_id).ruleset, request.lang
    items = [
        RuleView(
            rule_id=one.rule_id,
            text=one.text.in_language(lang),
            legal_basis=one.legal_basis.in_language(lang) if one.legal_basis else None,
            if_not=one.if_not,
        )
        for one in (ruleset.rules if ruleset else ())
    ]
    return RuleList(items=items)


@routes.get(
    "/v1/services/{service_id}",
    auth=auth.public,
    response=Guide,
    cacheable_seconds=CACHED_SECONDS,
)
def guide(request: Request[QueryModel], service_id: str) -> Guide:
    """Show all of a service's guide."""
    return guide_view(catalogue.service(service_id), request.lang, office_time(request.now).date())
