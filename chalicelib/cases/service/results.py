"""What a case ends with: the certificate that its service names."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, CaseStatus
from chalicelib.cases.service import encryption
from chalicelib.cases.service.applicant import applicant_of
from chalicelib.catalogue import service as catalogue
from chalicelib.certificates import service as certificates
from chalicelib.certificates.domain import Holder
from chalicelib.certificates.service import Grant
from chalicelib.core.events import Event
from chalicelib.core.id_documents import document_of

_ISSUED: Final = (CaseStatus.ISSUED, CaseStatus.COMPLETED)


def issue_certificate(event: Event, _now: datetime) -> None:
    """Issue the certificate of a case that was issued. Idempotent.

    Nothing is issued where the service ends in none, or whoever applied was erased meanwhile.
    """
    grant = _grant(event)
    if grant:
        certificates.issue(grant)


def is_certificate_issued(event: Event) -> bool:
    """Tell whether the certificate of a case was issued, or none is to be."""
    grant = _grant(event)
    return grant is None or certificates.was_issued(grant.case_id, grant.type_id)


def certificate_of(case: Case) -> str | None:
    """Return the id of the certificate that an issued case ended with; None where there is none.

    Nothing is read: the id follows from the case. The certificate is there moments after its issue.
    """
    service = catalogue.current().services.get(case.service_id)
    if service is None or service.certificate_type is None or case.status not in _ISSUED:
        return None
    return certificates.id_for(case.case_id, service.certificate_type)


def _grant(event: Event) -> Grant | None:
    service = catalogue.current().services.get(event.data.get("service", ""))
    if service is None or service.certificate_type is None:
        return None
    file = storage.load_file(event.subject)
    clear = applicant_of(file.case) if file else None
    form = encryption.open_form(event.subject, file.body.form) if file else None
    if file is None or clear is None or form is None:
        return None
    return Grant(
        type_id=service.certificate_type,
        case_id=event.subject,
        service_id=service.service_id,
        office_id=file.case.office_id,
        person=file.case.person,
        holder=_holder(clear),
        form=form,
        at=event.moment,
    )


def _holder(clear: Mapping[str, str]) -> Holder:
    if "credit_code" in clear:
        return Holder(clear["name"], credit_code=clear["credit_code"])
    return Holder(clear["name"], document_of(clear))
