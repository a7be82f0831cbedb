"""What of an application is known: from the profile, certificates, look-ups and former cases.

Only what belongs to the very person for whom is applied; two round trips, whatever there is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.cases.domain import Case
from chalicelib.cases.domain.prefill import Known, filled, known_of, remembered
from chalicelib.cases.service import encryption, own_records
from chalicelib.cases.service.own_records import Records, Search, Who
from chalicelib.cases.uploads.domain import Upload
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Service, forms
from chalicelib.certificates.service import types
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import office_time
from chalicelib.identity import service as identity
from chalicelib.mandates.service import acting_for
from chalicelib.registers.domain import FRESH_FOR
from chalicelib.registers.service import Shown as LookedUp


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


def prefill(caller: Citizen, service_id: str, member_id: str | None, now: datetime) -> Prefill:
    """Return what is known for an application; raises NotFound or ConsentRequired."""
    service = catalogue.service(service_id)
    search = Search(service, member_id, now, now + timedelta(seconds=1))
    records = own_records.load(caller.citizen_id, lambda: _person(caller, member_id, now), search)
    form = _known(service, records, now)
    return Prefill(form, *_given(service, records), len(forms.fields_of(service)))


def known_before(case: Case, clear: Mapping[str, str], service: Service) -> Mapping[str, Known]:
    """Return what was known of an application when it was lodged; `clear` is of its applicant."""
    at = case.lodged_at
    search = Search(service, case.for_member, at, at)
    records = own_records.load(case.citizen_id, lambda: (clear, case.person), search)
    before = tuple(one for one in records.certificates if one.certificate.issued_at < at)
    return _known(service, replace(records, certificates=before), at)


def _known(service: Service, records: Records, now: datetime) -> dict[str, Known]:
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


def _person(caller: Citizen, member_id: str | None, now: datetime) -> Who:
    """Return what the profile knows of the person, and who that is."""
    if member_id is None:
        known = identity.me(caller.citizen_id)
        return known.clear, known.profile.person
    acting = acting_for(caller, member_id, "lodge", now)
    of_family = {member.member_id: clear for member, clear in identity.family(caller.citizen_id)}
    return of_family.get(member_id, {}), acting.person


def _of_profile(records: Records, today: date) -> list[Known]:
    return [
        Known(key, records.clear[key], "profile", today)
        for key in ("name", "phone", "id_number")
        if key in records.clear
    ]


def _of_certificates(records: Records) -> list[Known]:
    known: list[Known] = []
    for one in records.certificates:
        certificate, type_ = one.certificate, types.type_of(one.certificate.type_id)
        fields, values = type_.schema["properties"], one.content.fields if one.content else {}
        known += known_of(fields, values, "certificate", certificate.issued_on)
        own = {
            "number": certificate.number,
            "issued_on": certificate.issued_on.isoformat(),
            "valid_until": certificate.valid_until and certificate.valid_until.isoformat(),
        }
        known += [
            Known(key, value, "certificate", certificate.issued_on)
            for name, key in type_.own_keys.items()
            if (value := own[name])
        ]
    return known


def _of_lookups(lookups: Iterable[LookedUp]) -> list[Known]:
    return [
        Known(key, value, "register", office_time(one.lookup.expires_at - FRESH_FOR).date())
        for one in lookups
        for key, value in one.answer.fields.items()
    ]


def _of_cases(records: Records) -> list[Known]:
    known: list[Known] = []
    for case, body in records.cases:
        service = catalogue.current().services.get(case.service_id)
        form = encryption.open_form(case.case_id, body.form)
        if service and form:
            lodged_on = office_time(case.lodged_at).date()
            fields = remembered(forms.fields_of(service))
            known += known_of(fields, form, "previous", lodged_on)
    return known


def _given(
    service: Service, records: Records
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


def _uploads_of_materials(records: Records) -> dict[str, list[Upload]]:
    files: dict[str, list[Upload]] = {}
    for one in records.uploads:
        if one.case_id in records.case_ids and one.material_id:
            files.setdefault(one.material_id, []).append(one)
    return files
