"""What of an application is known: from the profile, certificates, look-ups and former cases.

Only what belongs to the very person for whom is applied; two round trips, whatever there is.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Body, Case
from chalicelib.cases.domain.prefill import (
    Asked,
    Known,
    filled,
    known_of,
    of_person,
    worth_reading,
)
from chalicelib.cases.service import encryption
from chalicelib.cases.uploads import service as uploads
from chalicelib.cases.uploads.domain import Upload
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Service, forms
from chalicelib.certificates.domain import Certificate, CertificateStatus
from chalicelib.certificates.service import queries as certificates
from chalicelib.certificates.service import types
from chalicelib.certificates.service.queries import Shown
from chalicelib.core import parallel
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import office_time
from chalicelib.identity import service as identity
from chalicelib.mandates.service import acting_for
from chalicelib.registers import service as registers
from chalicelib.registers.domain import FRESH_FOR
from chalicelib.registers.service import Shown as LookedUp

# What is older may be wrong by now.
_REMEMBERED: Final = timedelta(days=730)
# Of so many of the newest cases it is looked what they can tell, and so many are read.
_LISTED: Final = 40
_CASES: Final = 6
_CERTIFICATES: Final = 10
# What is known of a person in clear, and who that is (a keyed hash).
_Who = tuple[Mapping[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Prefill:
    """The fields of a form that are known, and what can be given for its materials.

    `uploads`, `certificates` and `lookups` are ids by the materials' ids, and `registers` those
    that can be asked in place of the others; `asked` is how many fields there are.
    """

    form: Mapping[str, Known]
    uploads: Mapping[str, str]
    certificates: Mapping[str, str]
    lookups: Mapping[str, str]
    registers: Mapping[str, str]
    asked: int


@dataclass(frozen=True, slots=True)
class _Records:
    clear: Mapping[str, str]
    person: str | None
    cases: tuple[tuple[Case, Body], ...]
    case_ids: frozenset[str]
    certificates: tuple[Shown, ...]
    uploads: tuple[Upload, ...]
    lookups: tuple[LookedUp, ...]


@dataclass(frozen=True, slots=True)
class _Search:
    """For which service and member is sought, at what time, in cases lodged before another."""

    service: Service
    member_id: str | None
    at: datetime
    before: datetime


def prefill(caller: Citizen, service_id: str, member_id: str | None, now: datetime) -> Prefill:
    """Return what is known for an application; raises NotFound or ConsentRequired."""
    service = catalogue.service(service_id)
    search = _Search(service, member_id, now, now + timedelta(seconds=1))
    records = _load(caller.citizen_id, lambda: _person(caller, member_id, now), search)
    form = _known(service, records, now)
    return Prefill(form, *_given(service, records), len(forms.fields_of(service)))


def known_before(case: Case, clear: Mapping[str, str], service: Service) -> Mapping[str, Known]:
    """Return what was known of an application when it was lodged; `clear` is of its applicant."""
    at = case.lodged_at
    search = _Search(service, case.for_member, at, at)
    records = _load(case.citizen_id, lambda: (clear, case.person), search)
    before = tuple(one for one in records.certificates if one.certificate.issued_at < at)
    return _known(service, replace(records, certificates=before), at)


def _known(service: Service, records: _Records, now: datetime) -> dict[str, Known]:
    today = office_time(now).date()

    def refused(form: Mapping[str, Any]) -> list[str]:
        errors = forms.violations(service, form, today)
        return [error.pointer.removeprefix("/form/") for error in errors]

    known = [
        *_of_lookups(records.lookups),
        *_of_profile(records, today),
        *_of_certificates(records),
        *_of_cases(records),
    ]
    return filled(forms.fields_of(service), known, refused)


def _load(citizen_id: str, who: Callable[[], _Who], search: _Search) -> _Records:
    """Return all records about one person; `who` reads who that is, side by side with the rest."""
    since, at = search.at - _REMEMBERED, search.at
    reads: list[Callable[[], Any]] = [
        who,
        lambda: storage.list_former(citizen_id, since, search.before, _LISTED),
        lambda: certificates.ids_of(citizen_id, _CERTIFICATES),
        lambda: uploads.given_before(citizen_id),
        lambda: registers.fresh(citizen_id, at),
    ]
    (clear, person), former, ids, files, lookups = parallel.map_concurrently(
        lambda read: read(), reads
    )
    keys = _asked(search.service.service_id).every
    telling = worth_reading(former, person, keys, _asked)[:_CASES]
    loads: list[Callable[[], Any]] = [
        *(partial(storage.load_with_body, one.case_id, consistent=False) for one in telling),
        *(partial(certificates.find, one) for one in ids),
    ]
    loaded = parallel.map_concurrently(lambda load: load(), loads)
    read = [one for one in loaded if isinstance(one, tuple)]
    cases: tuple[tuple[Case, Body], ...] = of_person(read, person, lambda one: one[0].person)
    listed = of_person(former, person, lambda one: one.person)
    return _Records(
        clear,
        person,
        cases,
        frozenset({one.case_id for one in listed} | {case.case_id for case, _ in cases}),
        _valid([one for one in loaded if isinstance(one, Certificate)], person, at),
        tuple(files),
        tuple(one for one in lookups if _is_about(one, search)),
    )


def _valid(found: Iterable[Certificate], person: str | None, at: datetime) -> tuple[Shown, ...]:
    today = office_time(at).date()
    own = of_person(found, person, lambda certificate: certificate.person)
    valid = (one for one in own if one.verified_on(today) == CertificateStatus.VALID)
    return tuple(certificates.opened(one) for one in valid)


def _is_about(one: LookedUp, search: _Search) -> bool:
    """Tell whether a service may know of a look-up: it is its own, about this very person."""
    lookup = one.lookup
    return (lookup.service_id, lookup.for_member) == (search.service.service_id, search.member_id)


def _asked(service_id: str) -> Asked:
    """Return the keys of a service's form; none of a service that is gone."""
    service = catalogue.current().services.get(service_id)
    if service is None:
        return Asked()
    keys = {name: rules.get("x-key") for name, rules in forms.fields_of(service).items()}
    required = forms.required_of(service)
    return Asked(
        frozenset(key for key in keys.values() if key),
        frozenset(key for name, key in keys.items() if key and name in required),
    )


def _person(caller: Citizen, member_id: str | None, now: datetime) -> _Who:
    """Return what the profile knows of the person, and who that is."""
    if member_id is None:
        known = identity.me(caller.citizen_id)
        return known.clear, known.profile.person
    acting = acting_for(caller, member_id, "lodge", now)
    of_family = {member.member_id: clear for member, clear in identity.family(caller.citizen_id)}
    return of_family.get(member_id, {}), acting.person


def _of_profile(records: _Records, today: date) -> list[Known]:
    return [
        Known(key, records.clear[key], "profile", today)
        for key in ("name", "phone", "id_number")
        if key in records.clear
    ]


def _of_certificates(records: _Records) -> list[Known]:
    known: list[Known] = []
    for one in records.certificates:
        certificate, type_ = one.certificate, types.type_of(one.certificate.type_id)
        fields, values = type_.schema["properties"], one.content.fields if one.content else {}
        known += known_of(fields, values, "certificate", certificate.issued_on)
        days = {"issued_on": certificate.issued_on, "valid_until": certificate.valid_until}
        known += [
            Known(key, day.isoformat(), "certificate", certificate.issued_on)
            for name, key in type_.date_keys.items()
            if (day := days[name])
        ]
    return known


def _of_lookups(lookups: Iterable[LookedUp]) -> list[Known]:
    return [
        Known(key, value, "register", office_time(one.lookup.expires_at - FRESH_FOR).date())
        for one in lookups
        for key, value in one.answer.fields.items()
    ]


def _of_cases(records: _Records) -> list[Known]:
    known: list[Known] = []
    for case, body in records.cases:
        service = catalogue.current().services.get(case.service_id)
        form = encryption.open_form(case.case_id, body.form)
        if service and form:
            lodged_on = office_time(case.lodged_at).date()
            known += known_of(forms.fields_of(service), form, "previous", lodged_on)
    return known


def _given(
    service: Service, records: _Records
) -> tuple[dict[str, str], dict[str, str], dict[str, str], dict[str, str]]:
    """Return uploads, certificates, look-ups and registers that stand for materials, by their ids.

    A material has one of these, in the order: certificate, look-up, upload, register.
    """
    of_material = _uploads_of_materials(records)
    confirmed = {
        one.lookup.register_id: one.lookup.lookup_id
        for one in records.lookups
        if one.answer.outcome == "confirmed"
    }
    by_upload, by_certificate, by_lookup, by_register = {}, {}, {}, {}
    for material in service.materials:
        id_, register_id = material.material_id, material.register_id
        pages = of_material.get(id_, [])
        standing = [
            one.certificate.certificate_id
            for one in records.certificates
            if one.certificate.type_id in material.certificate_types
        ]
        if standing:
            by_certificate[id_] = standing[0]
        elif register_id in confirmed:
            by_lookup[id_] = confirmed[register_id]
        elif len(pages) == 1:
            by_upload[id_] = pages[0].upload_id
        elif register_id and records.person:
            by_register[id_] = register_id
    return by_upload, by_certificate, by_lookup, by_register


def _uploads_of_materials(records: _Records) -> dict[str, list[Upload]]:
    files: dict[str, list[Upload]] = {}
    for one in records.uploads:
        if one.case_id in records.case_ids and one.material_id:
            files.setdefault(one.material_id, []).append(one)
    return files
