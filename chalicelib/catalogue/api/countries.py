"""The route of countries and regions, for everyone."""

from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.api.views import CACHED_SECONDS
from chalicelib.core import auth
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, WholeList
from chalicelib.core.routes import Routes

routes: Final = Routes("catalogue")


class CountryView(BodyModel):
    """A country or region, or another issuer of passports."""

    country: str
    name: str


class CountryList(WholeList):
    """All of them, those asked for most first."""

    items: list[CountryView]


@routes.get(
    "/v1/countries",
    auth=auth.public,
    response=CountryList,
    cacheable_seconds=CACHED_SECONDS,
)
def countries(request: Request[QueryModel]) -> CountryList:
    """List the countries and regions whose passports people prove by who they are."""
    items = [
        CountryView(country=one.value, name=one.name.in_language(request.lang))
        for one in catalogue.issuers(request.lang)
    ]
    return CountryList(items=items)
