"""Certificates that stand for materials: checked when they are given, and again at the decision."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final

from chalicelib.cases.domain import (
    Case,
    CaseFile,
    Content,
    GivenCertificate,
    alerts,
)
from chalicelib.cases.domain.parts import Sight
from chalicelib.cases.service import alerts as case_alerts
from chalicelib.cases.service import queries
from chalicelib.catalogue.domain import Service
from chalicelib.certificates.domain import CertificateStatus
from chalicelib.certificates.domain.errors import CertificateNotValid
from chalicelib.certificates.service import queries as certificates
from chalicelib.certificates.service.queries import Shown
from chalicelib.core import parallel
from chalicelib.core.clock import office_time
from chalicelib.core.errors import FieldError, NotFound, pointer
from chalicelib.core.events import Event
from chalicelib.core.i18n import Text
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.supervision import service as supervision

_NOT_VALID: Final = Text("证照无效，请更换或上传文件", "The certificate is not valid")
_WRONG: Final = Text("此项材料不接受该证照", "This is not a certificate that is asked for here")


def ids_of(given: Iterable[GivenCertificate]) -> frozenset[str]:
    """Return the ids of what is given."""
    return frozenset(one.certificate_id for one in given)


def check(citizen_id: str, service: Service, content: Content, now: datetime) -> list[FieldError]:
    """Return what is wrong with the certificates given, each at its material.

    Codes: certificate_not_valid, also where it is not one's own; wrong_certificate.
    """
    today = office_time(now).date()
    accepted = {one.material_id: one.certificate_types for one in service.materials}
    given = [one for one in content.certificates if one.material_id in accepted]

    def wrong_with(one: GivenCertificate) -> FieldError | None:
        where = pointer("materials", one.material_id)
        type_id = _valid_type(citizen_id, one.certificate_id, today)
        if type_id is None:
            return FieldError(where, "certificate_not_valid", _NOT_VALID)
        if type_id not in accepted[one.material_id]:
            return FieldError(where, "wrong_certificate", _WRONG)
        return None

    return [wrong for wrong in parallel.map_concurrently(wrong_with, given) if wrong]


def valid_types(
    citizen_id: str, given: Iterable[GivenCertificate], now: datetime
) -> Mapping[str, str | None]:
    """Return the types of certificates by the materials they are given for, None for no valid."""
    today, pairs = office_time(now).date(), list(given)
    types = parallel.map_concurrently(
        lambda one: _valid_type(citizen_id, one.certificate_id, today), pairs
    )
    return {one.material_id: type_ for one, type_ in zip(pairs, types, strict=True)}


def check_still_valid(case: Case, now: datetime) -> None:
    """Check again what a case was given; raises CertificateNotValid."""
    today = office_time(now).date()
    ids = sorted(case.certificates)
    types = parallel.map_concurrently(lambda id_: _valid_type(case.citizen_id, id_, today), ids)
    if None in types:
        raise CertificateNotValid(current=case.status)


def shown(file: CaseFile, sight: Sight | None) -> tuple[Shown, ...]:
    """Return the certificates that a case was given, as they are now, as far as one sees them."""
    given = [
        one.certificate_id
        for one in file.body.certificates
        if sight is None or one.material_id in sight.materials
    ]
    found = parallel.map_concurrently(certificates.find, list(dict.fromkeys(given)))
    return tuple(certificates.opened(one) for one in found if one)


def alert_open_cases(event: Event, now: datetime) -> None:
    """Alert supervisors of the open cases that a revoked certificate was given to. Idempotent."""
    certificate_id = event.subject
    for file in queries.all_of(certificate_id[:CITIZEN_ID_LENGTH]):
        case = file.case
        if certificate_id not in case.certificates or case.ended:
            continue
        told = supervision.find_alert(case.case_id, alerts.CERTIFICATE_REVOKED)
        alert = alerts.of_revoked_certificate(case, certificate_id, told, now)
        if alert:
            case_alerts.raise_named(case, alert, now)


def _valid_type(citizen_id: str, certificate_id: str, today: date) -> str | None:
    try:
        certificate = certificates.mine(citizen_id, certificate_id)
    except NotFound:
        return None
    is_valid = certificate.verified_on(today) == CertificateStatus.VALID
    return certificate.type_id if is_valid else None
