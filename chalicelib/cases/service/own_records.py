"""The records about one person that can tell something of an application, in two round trips.

First what there is: who the person is, and the ids of cases and certificates, with files and
look-ups. Then those cases and certificates alone that can tell what the form asks, or stand for a
paper: however many there are, so many are read as cost no more than six read units in all.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Body, Case
from chalicelib.cases.domain.prefill import (
    Asked,
    newest_of_each,
    of_person,
    remembered,
    worth_reading,
)
from chalicelib.cases.uploads import service as uploads
from chalicelib.cases.uploads.domain import Upload
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Service, forms
from chalicelib.certificates.domain import Certificate, CertificateStatus, Listed
from chalicelib.certificates.service import queries as certificates
from chalicelib.certificates.service import types
from chalicelib.certificates.service.queries import Shown
from chalicelib.core import parallel
from chalicelib.core.clock import office_time
from chalicelib.registers import service as registers
from chalicelib.registers.service import Shown as LookedUp

# What is older may be wrong by now.
_REMEMBERED: Final = timedelta(days=730)
# Of so many of the newest it is looked what they can tell.
_LISTED: Final = 40
# So many are read, at half a read unit each: certificates first, and cases.
_READ: Final = 5
_CERTIFICATES: Final = 2
# What is known of a person in clear, by the keys of forms, and who that is (a keyed hash).
Who = tuple[Mapping[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Search:
    """For which service and member is sought, at what time, in cases lodged before another."""

    service: Service
    member_id: str | None
    at: datetime
    before: datetime


@dataclass(frozen=True, slots=True)
class Records:
    """What is kept of one person: `cases` that were read, and the ids of all of two years.

    `certificates` are valid, `lookups` of the service that is sought for.
    """

    clear: Mapping[str, str]
    person: str | None
    cases: tuple[tuple[Case, Body], ...]
    case_ids: frozenset[str]
    certificates: tuple[Shown, ...]
    uploads: tuple[Upload, ...]
    lookups: tuple[LookedUp, ...]


def load(citizen_id: str, who: Callable[[], Who], search: Search) -> Records:
    """Return all records about one person; `who` reads who that is, side by side with the rest."""
    since, at = search.at - _REMEMBERED, search.at
    reads: list[Callable[[], Any]] = [
        who,
        lambda: storage.list_former(citizen_id, since, search.before, _LISTED),
        lambda: certificates.listed(citizen_id, _LISTED),
        lambda: uploads.given_before(citizen_id),
        lambda: registers.fresh(citizen_id, at),
    ]
    (clear, person), former, issued, files, lookups = parallel.map_concurrently(
        lambda read: read(), reads
    )
    keys = _asked(search.service.service_id).every - clear.keys()
    fitting = _fitting(issued, person, search.service)[:_CERTIFICATES]
    telling = worth_reading(former, person, keys, _asked)[: _READ - len(fitting)]
    loads: list[Callable[[], Any]] = [
        *(partial(storage.load_with_body, one.case_id, consistent=False) for one in telling),
        *(partial(certificates.find, one.certificate_id, consistent=False) for one in fitting),
    ]
    loaded = parallel.map_concurrently(lambda load: load(), loads)
    read = [one for one in loaded if isinstance(one, tuple)]
    cases: tuple[tuple[Case, Body], ...] = of_person(read, person, lambda one: one[0].person)
    listed = of_person(former, person, lambda one: one.person)
    return Records(
        clear,
        person,
        cases,
        frozenset({one.case_id for one in listed} | {case.case_id for case, _ in cases}),
        _valid([one for one in loaded if isinstance(one, Certificate)], person, at),
        tuple(files),
        tuple(one for one in lookups if _is_about(one, person, search)),
    )


def _fitting(issued: Iterable[Listed], person: str | None, service: Service) -> list[Listed]:
    """Return a person's certificates that can tell something, or stand for a paper, newest first.

    The newest of each type comes before all others.
    """
    keys = _all_keys(service)
    papers = {type_id for one in service.materials for type_id in one.certificate_types}

    def fits(one: Listed) -> bool:
        type_id = one.type_id
        return type_id is None or type_id in papers or bool(types.type_of(type_id).keys & keys)

    own = [one for one in issued if one.type_id is None or one.person == person]
    return newest_of_each(filter(fits, own), lambda one: one.type_id or one.certificate_id)


def _valid(found: Iterable[Certificate], person: str | None, at: datetime) -> tuple[Shown, ...]:
    today = office_time(at).date()
    own = of_person(found, person, lambda certificate: certificate.person)
    valid = (one for one in own if one.verified_on(today) == CertificateStatus.VALID)
    return tuple(certificates.opened(one) for one in valid)


def _is_about(one: LookedUp, person: str | None, search: Search) -> bool:
    """Tell whether a service may know of a look-up: it is its own, about this very person."""
    lookup, service_id = one.lookup, search.service.service_id
    found = (lookup.service_id, lookup.for_member, lookup.person)
    return found == (service_id, search.member_id, person)


def _all_keys(service: Service) -> set[str]:
    rules = forms.fields_of(service).values()
    return {one["x-key"] for one in rules if "x-key" in one}


def _asked(service_id: str) -> Asked:
    """Return the keys of a form that count for another; none of a service that is gone."""
    service = catalogue.current().services.get(service_id)
    if service is None:
        return Asked()
    fields = remembered(forms.fields_of(service))
    keys = {name: rules.get("x-key") for name, rules in fields.items()}
    required = forms.required_of(service)
    return Asked(
        frozenset(key for key in keys.values() if key),
        frozenset(key for name, key in keys.items() if key and name in required),
    )
