"""Issuing: the certificate that a case ends with, once however often it is asked for.

Its id follows from the case, so that a retry after a crash finds what the first try made, and goes
on with what it left undone: the older certificates whose place this one takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chalicelib.certificates import storage
from chalicelib.certificates.domain import (
    OWNER_LENGTH,
    Certificate,
    CertificateStatus,
    CertificateType,
    Content,
    Holder,
    steps,
)
from chalicelib.certificates.domain.types import last_day
from chalicelib.certificates.service import codes, encryption, queries, types
from chalicelib.core import changes, history
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time
from chalicelib.core.errors import InvalidRequest, NotFound
from chalicelib.core.id_documents import read_document
from chalicelib.core.ids import derived_id

_ID_LENGTH: Final = 12
_ACTOR: Final = "system:follow_up"
_REPLACEABLE: Final = (CertificateStatus.VALID, CertificateStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a case gives to whom: the form that was granted, the person (a keyed hash) and when."""

    type_id: str
    case_id: str
    service_id: str
    office_id: str
    person: str
    holder: Holder
    form: Mapping[str, Any]
    at: datetime

    @property
    def certificate_id(self) -> str:
        """Return the id of the one certificate that this makes."""
        return id_for(self.case_id, self.type_id)


def id_for(case_id: str, type_id: str) -> str:
    """Return the id of the certificate of a type that a case ends with."""
    owner = case_id[:OWNER_LENGTH]
    return owner + derived_id("certificate", case_id, type_id, length=_ID_LENGTH)


def issue(grant: Grant) -> None:
    """Issue a certificate. Idempotent; raises NotFound once the citizen was erased."""
    certificate = queries.find(grant.certificate_id)
    if certificate is None:
        certificate = _new(grant)
        entry = history.append(
            certificate.certificate_id,
            history.Head(),
            type_="certificate.issued",
            at=grant.at,
            actor=_ACTOR,
            data={**steps.facts_of(certificate), "case": grant.case_id},
        )
        storage.create(replace(certificate, head=entry.head), entry)
    current, *older = _same(certificate)
    for one in older:
        _replace(one, current)


def was_issued(case_id: str, type_id: str) -> bool:
    """Tell whether a case's certificate is there, and has taken the place of older ones."""
    certificate = queries.find(id_for(case_id, type_id))
    return certificate is not None and len(_same(certificate)) == 1


def _new(grant: Grant) -> Certificate:
    type_, certificate_id = types.type_of(grant.type_id), grant.certificate_id
    issued_on = office_time(grant.at).date()
    key = encryption.key_of(certificate_id[:OWNER_LENGTH])
    content = Content(_holders(type_, grant), type_.fields_of(grant.holder, grant.form))
    return Certificate(
        certificate_id=certificate_id,
        type_id=grant.type_id,
        person=grant.person,
        case_id=grant.case_id,
        service_id=grant.service_id,
        office_id=grant.office_id,
        department_id=type_.department_id,
        number=type_.number_of(certificate_id, issued_on),
        verification_code=codes.code_of(certificate_id),
        issued_at=grant.at,
        issued_on=issued_on,
        valid_until=last_day(issued_on, type_.months),
        status_number=storage.next_status_number(),
        content=encryption.seal_content(certificate_id, key, content),
    )


def _holders(type_: CertificateType, grant: Grant) -> tuple[Holder, ...]:
    if type_.second_holder is None:
        return (grant.holder,)
    name, number = (str(grant.form.get(field, "")) for field in type_.second_holder)
    try:
        document = read_document(number, office_time(grant.at).date())
    except InvalidRequest:
        return (grant.holder,)
    return (grant.holder, Holder(name, document))


def _same(certificate: Certificate) -> list[Certificate]:
    """Return a person's certificates of which only the first is to stand, newest first.

    Whichever event comes first, the same one stands in the end. A certificate that replaces none,
    or stands no more, is alone.
    """
    if not types.type_of(certificate.type_id).replaces or certificate.state not in _REPLACEABLE:
        return [certificate]
    same = (
        one
        for one in queries.all_of(certificate.citizen_id)
        if (one.type_id, one.person) == (certificate.type_id, certificate.person)
        and one.state in _REPLACEABLE
    )
    return sorted(same, key=lambda one: (one.issued_at, one.certificate_id), reverse=True)


def _replace(older: Certificate, newer: Certificate) -> None:
    changes.apply(
        lambda: _known(older.certificate_id),
        lambda old: steps.replaced(old, newer.certificate_id),
        storage.store,
        Author(_ACTOR, newer.issued_at),
    )


def _known(certificate_id: str) -> Certificate:
    certificate = queries.find(certificate_id)
    if certificate is None:
        raise NotFound
    return certificate
