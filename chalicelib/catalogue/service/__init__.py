"""What other rooms ask of the catalogue: services, halls and their counter groups."""

from chalicelib.catalogue.domain.options import issuers
from chalicelib.catalogue.service.cache import current, forget
from chalicelib.catalogue.service.guide import (
    departments,
    find_offices,
    group,
    group_in,
    life_events,
    load_today,
    office,
    offices_of,
    rated,
    release_of,
    service,
)
from chalicelib.catalogue.service.revisions import service_of_revision

__all__ = [
    "current",
    "departments",
    "find_offices",
    "forget",
    "group",
    "group_in",
    "issuers",
    "life_events",
    "load_today",
    "office",
    "offices_of",
    "rated",
    "release_of",
    "service",
    "service_of_revision",
]
