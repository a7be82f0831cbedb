"""A certificate: its states, whose it is, and what stands on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Literal

from chalicelib.core.decisions import Versioned
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Head
from chalicelib.core.id_documents import Document
from chalicelib.core.idempotency import Ledger

OWNER_LENGTH: Final = 8
# The end of a number that anybody is shown.
_SHOWN: Final = 4


class CertificateStatus(StrEnum):
    """The states of a certificate; it is `expired` by the calendar, not by a change."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    REPLACED = "replaced"


# What anybody is told who verifies one: also that its holder was erased, and it proves nothing.
VerifiedStatus = CertificateStatus | Literal["holder_erased"]


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate names: a person by a document, or an organisation by its credit code."""

    name: str
    document: Document | None = None
    credit_code: str | None = None

    @property
    def number(self) -> str:
        """Return the whole number."""
        return self.document.number if self.document else self.credit_code or ""

    @property
    def shown_number(self) -> str:
        """Return the number as it is shown: a person's masked; a credit code is public."""
        return self.document.masked if self.document else self.credit_code or ""


@dataclass(frozen=True, slots=True)
class Content:
    """What is personal in a certificate: whom it names, and what stands on it, by its fields."""

    holders: tuple[Holder, ...]
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """That a certificate is a citizen's: of which type, and whose (a keyed hash).

    Both are None of what was issued before they were noted beside its id.
    """

    certificate_id: str
    type_id: str | None
    person: str | None


@dataclass(frozen=True, slots=True)
class Certificate(Versioned):
    """One certificate of one citizen's account, issued by a case.

    `person` is the keyed hash of whom it was issued to. `content` is sealed under the citizen's
    key, None once they were erased. `state` is what was decided about it; `status_on` says what it
    is on a day. `valid_until` is the last day (Shanghai), None where it has none.
    `status_number` is its number in the published status lists. `pending` is the first person's
    word for its revocation, its reason sealed. `reminded` says how many days before its end the
    holder was reminded last.
    """

    certificate_id: str
    type_id: str
    person: str
    case_id: str
    service_id: str
    office_id: str
    department_id: str
    number: str
    verification_code: str
    issued_at: datetime
    issued_on: date
    valid_until: date | None
    status_number: int
    content: str | None
    state: CertificateStatus = CertificateStatus.VALID
    pending: Word | None = None
    reminded: int | None = None
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.certificate_id

    @property
    def citizen_id(self) -> str:
        """Return whose account it belongs to."""
        return self.certificate_id[:OWNER_LENGTH]

    @property
    def valid_from(self) -> date:
        """Return the first day on which it is valid."""
        return self.issued_on

    @property
    def masked_number(self) -> str:
        """Return the number as anybody sees it: stars but for its end."""
        return "*" * (len(self.number) - _SHOWN) + self.number[-_SHOWN:]

    def status_on(self, day: date) -> CertificateStatus:
        """Return what it is on a day; what was revoked or replaced stays so."""
        may_expire = self.state in (CertificateStatus.VALID, CertificateStatus.SUSPENDED)
        if may_expire and self.valid_until is not None and day > self.valid_until:
            return CertificateStatus.EXPIRED
        return self.state

    def verified_on(self, day: date) -> VerifiedStatus:
        """Return what anybody is told of it on a day."""
        return self.status_on(day) if self.content else "holder_erased"


def is_owned(certificate_id: str, citizen_id: str) -> bool:
    """Tell whether an id is of a citizen's certificate."""
    return certificate_id[:OWNER_LENGTH] == citizen_id
