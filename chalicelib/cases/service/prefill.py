"""What of an application is known already: from the profile, certificates and former cases.

Only what belongs to the very person for whom is applied; two round trips, whatever there is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from chalicelib.cases import storage
from chalicelib.cases.domain import CaseFile
from chalicelib.cases.domain.prefill import Known, filled, known_of
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

# What is older may be wrong by now.
_REMEMBERED: Final = timedelta(days=730)
_CASES: Final = 5
_CERTIFICATES: Final = 10


@dataclass(frozen=True, slots=True)
class Prefill:
    """The fields of a form that are known, and what can be given for its materials.

    `uploads` and `certificates` are ids by the materials' ids; `asked` is how many fields there
    are.
    """

    form: Mapping[str, Known]
    uploads: Mapping[str, str]
    certificates: Mapping[str, str]
    asked: int


@dataclass(frozen=True, slots=True)
class _Records:
    clear: Mapping[str, str]
    person: str | None
    cases: tuple[CaseFile, ...]
    certificates: tuple[Shown, ...]
    uploads: tuple[Upload, ...]


def prefill(caller: Citizen, service_id: str, member_id: str | None, now: datetime) -> Prefill:
    """Return what is known for an application; raises NotFound or ConsentRequired."""
    service, today = catalogue.service(service_id), office_time(now).date()
    records = _load(caller, member_id, now)
    fields = forms.fields_of(service)

    def refused(form: Mapping[str, Any]) -> list[str]:
        errors = forms.violations(service, form, today)
        return [error.pointer.removeprefix("/form/") for error in errors]

    known = [*_of_profile(records, today), *_of_certificates(records), *_of_cases(records)]
    given = _given(service, records)
    return Prefill(filled(fields, known, refused), *given, len(fields))


def _load(caller: Citizen, member_id: str | None, now: datetime) -> _Records:
    citizen_id = caller.citizen_id
    reads: list[Callable[[], Any]] = [
        lambda: _person(caller, member_id, now),
        lambda: storage.list_of(citizen_id, None, _CASES).items,
        lambda: certificates.ids_of(citizen_id, _CERTIFICATES),
        lambda: uploads.given_before(citizen_id),
    ]
    (clear, person), case_ids, ids, files = parallel.map_concurrently(lambda read: read(), reads)
    loads: list[Callable[[], Any]] = [
        *(partial(storage.load_file, one) for one in case_ids),
        *(partial(certificates.find, one) for one in ids),
    ]
    loaded = parallel.map_concurrently(lambda load: load(), loads)
    cases: list[CaseFile] = [one for one in loaded if isinstance(one, CaseFile)]
    own: list[Certificate] = [one for one in loaded if isinstance(one, Certificate)]
    since, today = now - _REMEMBERED, office_time(now).date()
    return _Records(
        clear,
        person,
        tuple(one for one in cases if one.case.person == person and one.case.lodged_at >= since),
        tuple(
            certificates.opened(one)
            for one in own
            if one.person == person and one.verified_on(today) == CertificateStatus.VALID
        ),
        tuple(files),
    )


def _person(
    caller: Citizen, member_id: str | None, now: datetime
) -> tuple[Mapping[str, str], str | None]:
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
        fields = types.type_of(one.certificate.type_id).schema["properties"]
        values = one.content.fields if one.content else {}
        known += known_of(fields, values, "certificate", one.certificate.issued_on)
    return known


def _of_cases(records: _Records) -> list[Known]:
    known: list[Known] = []
    for file in records.cases:
        service = catalogue.current().services.get(file.case.service_id)
        form = encryption.open_form(file.case.case_id, file.body.form)
        if service and form:
            lodged_on = office_time(file.case.lodged_at).date()
            known += known_of(forms.fields_of(service), form, "previous", lodged_on)
    return known


def _given(service: Service, records: _Records) -> tuple[dict[str, str], dict[str, str]]:
    """Return the uploads and the certificates that can be given for materials, by their ids."""
    own_cases = {file.case.case_id for file in records.cases}
    files: dict[str, list[Upload]] = {}
    for one in records.uploads:
        if one.case_id in own_cases and one.material_id:
            files.setdefault(one.material_id, []).append(one)
    by_upload, by_certificate = {}, {}
    for material in service.materials:
        pages = files.get(material.material_id, [])
        standing = [
            one.certificate.certificate_id
            for one in records.certificates
            if one.certificate.type_id in material.certificate_types
        ]
        if standing:
            by_certificate[material.material_id] = standing[0]
        elif len(pages) == 1:
            by_upload[material.material_id] = pages[0].upload_id
    return by_upload, by_certificate
