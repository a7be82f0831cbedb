"""What of an application is known: from the profile, certificates, look-ups and former cases.

Only what belongs to the very person for whom is applied; two round trips, whatever there is.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, CaseFile
from chalicelib.cases.domain.prefill import Known, filled, known_of, of_person
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
_CASES: Final = 5
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
    cases: tuple[CaseFile, ...]
    certificates: tuple[Shown, ...]
    uploads: tuple[Upload, ...]
    lookups: tuple[LookedUp, ...]

    def about(self, service_id: str) -> "_Records":
        """Return the records of which a service may know: of look-ups, its own alone."""
        own = tuple(one for one in self.lookups if one.lookup.service_id == service_id)
        return replace(self, lookups=own)


def prefill(caller: Citizen, service_id: str, member_id: str | None, now: datetime) -> Prefill:
    """Return what is known for an application; raises NotFound or ConsentRequired."""
    service = catalogue.service(service_id)
    records = _load(
        caller.citizen_id, lambda: _person(caller, member_id, now), member_id, now
    ).about(service_id)
    form = _known(service, records, now)
    return Prefill(form, *_given(service, records), len(forms.fields_of(service)))


def known_before(case: Case, clear: Mapping[str, str], service: Service) -> Mapping[str, Known]:
    """Return what was known of an application when it was lodged; `clear` is of its applicant."""
    at = case.lodged_at
    records = _load(case.citizen_id, lambda: (clear, case.person), case.for_member, at)
    before = replace(
        records.about(service.service_id),
        cases=tuple(one for one in records.cases if one.case.lodged_at < at),
        certificates=tuple(one for one in records.certificates if one.certificate.issued_at < at),
    )
    return _known(service, before, at)


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


def _load(
    citizen_id: str, who: Callable[[], _Who], member_id: str | None, now: datetime
) -> _Records:
    """Return all records about one person; `who` reads who that is, side by side with the rest."""
    reads: list[Callable[[], Any]] = [
        who,
        lambda: storage.list_of(citizen_id, None, _CASES).items,
        lambda: certificates.ids_of(citizen_id, _CERTIFICATES),
        lambda: uploads.given_before(citizen_id),
        lambda: registers.fresh(citizen_id, now),
    ]
    (clear, person), case_ids, ids, files, lookups = parallel.map_concurrently(
        lambda read: read(), reads
    )
    loads: list[Callable[[], Any]] = [
        *(partial(storage.load_file, one, consistent=False) for one in case_ids),
        *(partial(certificates.find, one) for one in ids),
    ]
    loaded = parallel.map_concurrently(lambda load: load(), loads)
    cases: list[CaseFile] = [one for one in loaded if isinstance(one, CaseFile)]
    own: list[Certificate] = [one for one in loaded if isinstance(one, Certificate)]
    since, today = now - _REMEMBERED, office_time(now).date()
    return _Records(
        clear,
        person,
        tuple(
            one
            for one in of_person(cases, person, lambda file: file.case.person)
            if one.case.lodged_at >= since
        ),
        tuple(
            certificates.opened(one)
            for one in of_person(own, person, lambda certificate: certificate.person)
            if one.verified_on(today) == CertificateStatus.VALID
        ),
        tuple(files),
        tuple(one for one in lookups if one.lookup.for_member == member_id),
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
    for file in records.cases:
        service = catalogue.current().services.get(file.case.service_id)
        form = encryption.open_form(file.case.case_id, file.body.form)
        if service and form:
            lodged_on = office_time(file.case.lodged_at).date()
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
    own_cases = {file.case.case_id for file in records.cases}
    files: dict[str, list[Upload]] = {}
    for one in records.uploads:
        if one.case_id in own_cases and one.material_id:
            files.setdefault(one.material_id, []).append(one)
    return files
