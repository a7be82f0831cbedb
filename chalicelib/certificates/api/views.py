"""How certificates look from outside."""

from datetime import date
from typing import Any

from chalicelib.certificates.domain import OWNER_LENGTH, CertificateStatus, Holder, steps
from chalicelib.certificates.service import types
from chalicelib.certificates.service.queries import Shown
from chalicelib.core.auth import Citizen
from chalicelib.core.http_messages import BodyModel, Request
from chalicelib.core.i18n import Lang
from chalicelib.identity.domain import masked_name
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import Action


class HolderView(BodyModel):
    """Whom a certificate names: a person, masked, or an organisation by its credit code."""

    name: str
    id_number: str


class CertificateFields(BodyModel):
    """What every view of a certificate has; nobody is named once its holder was erased."""

    certificate_id: str
    type: str
    number: str
    title: str
    holders: list[HolderView]
    department_id: str
    case_id: str
    issued_on: str
    valid_from: str
    valid_until: str | None
    status: CertificateStatus
    version: int


class CertificateView(CertificateFields):
    """A certificate as its holder sees it.

    `fields` is what stands on it, and `labels` what people call each field, in their order.
    `renewal` is the service that renews it, when it is time.
    """

    fields: dict[str, Any]
    labels: dict[str, str]
    verification_code: str
    renewal: str | None


class CertificateList(BodyModel):
    """Certificates of one page, newest first."""

    items: list[CertificateView]
    next_cursor: str | None


def certificate_view(shown: Shown, lang: Lang, today: date) -> CertificateView:
    """Present a certificate to its holder."""
    fields = dict(shown.content.fields) if shown.content else {}
    type_ = types.type_of(shown.certificate.type_id)
    labels = type_.labels(lang)
    return CertificateView(
        **parts(shown, lang, today),
        fields=fields,
        labels={name: label for name, label in labels.items() if name in fields},
        verification_code=shown.certificate.verification_code,
        renewal=type_.renewed_by if steps.is_renewable(shown.certificate, today) else None,
    )


def parts(shown: Shown, lang: Lang, today: date) -> dict[str, Any]:
    """Return the fields that every view of a certificate has."""
    certificate, content = shown.certificate, shown.content
    until = certificate.valid_until
    return {
        "certificate_id": certificate.certificate_id,
        "type": certificate.type_id,
        "number": certificate.number,
        "title": types.type_of(certificate.type_id).title.in_language(lang),
        "holders": [_holder(one) for one in content.holders] if content else [],
        "department_id": certificate.department_id,
        "case_id": certificate.case_id,
        "issued_on": certificate.issued_on.isoformat(),
        "valid_from": certificate.valid_from.isoformat(),
        "valid_until": until.isoformat() if until else None,
        "status": certificate.status_on(today),
        "version": certificate.version,
    }


def _holder(holder: Holder) -> HolderView:
    name = masked_name(holder.name) if holder.document else holder.name
    return HolderView(name=name, id_number=holder.shown_number)


def holder_for(request: Request[Any], certificate_id: str, action: Action) -> Citizen:
    """Return as whom a caller deals with a certificate: themselves, or their organisation."""
    owner = certificate_id[:OWNER_LENGTH]
    return mandates.holder_of(request.citizen, owner, action, request.now)
