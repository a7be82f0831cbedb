"""Issuers: the accounts of offices that issue bills, on the accounts of webhooks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import audit
from chalicelib.core.changes import Author
from chalicelib.core.errors import FieldError, InvalidRequest, Problem
from chalicelib.core.i18n import Text
from chalicelib.core.key_notes import KeyNotes
from chalicelib.payments.bills.domain.issuer import Issuer
from chalicelib.payments.bills.service.outbox import OUTBOX
from chalicelib.payments.bills.storage import TABLE
from chalicelib.supervision import service as supervision
from chalicelib.webhooks.domain.account import Secret
from chalicelib.webhooks.service.accounts import AccountChanged, AccountEvents, Accounts
from chalicelib.webhooks.service.directory import AccountStore, Directory

_UNKNOWN: Final = Text("没有这个部门或大厅", "There is no such department or hall")


class IssuerExists(Problem):
    """Another issuer has this id, or something else that has a history."""

    status = 409
    code = "issuer_exists"
    title = Text("该编号已被使用", "This id is taken already")


DIRECTORY: Final[Directory[Issuer]] = Directory("issuer", OUTBOX, AccountStore(TABLE, Issuer))
ACCOUNTS: Final[Accounts[Issuer]] = Accounts(
    DIRECTORY,
    AccountEvents(
        created="issuer.created",
        changed="issuer.changed",
        secret_rotated="issuer.secret_rotated",  # noqa: S106 - the name of an event.
        paused="issuer.paused",
        resumed="issuer.resumed",
        pinged="issuer.pinged",
        message_replayed="issuer.message_replayed",
        disabled="issuer.disabled",
        troubled="issuer.troubled",
        recovered="issuer.recovered",
        ping="bill.ping",
    ),
    IssuerExists,
    KeyNotes(TABLE),
)


@dataclass(frozen=True, slots=True)
class NewIssuer:
    """What is said of an issuer; without a hall the city's first looks after its money."""

    issuer_id: str
    name: str
    department_id: str
    endpoint: str
    office_id: str | None = None


def create(asked: NewIssuer, author: Author, secret: str | None = None) -> AccountChanged[Issuer]:
    """Make an account; raises InvalidRequest or IssuerExists."""
    check_department(asked.department_id)
    offices = catalogue.current().offices
    if asked.office_id is not None and asked.office_id not in offices:
        raise InvalidRequest(errors=[FieldError("/office_id", "unknown", _UNKNOWN)])

    def make(wrapped_key: str, sealed: Secret) -> Issuer:
        return Issuer(
            asked.issuer_id,
            asked.name,
            asked.endpoint,
            wrapped_key,
            (sealed,),
            department_id=asked.department_id,
            office_id=asked.office_id or min(offices),
        )

    return ACCOUNTS.create(asked.issuer_id, make, author, secret)


def check_department(department_id: str) -> None:
    """Raise InvalidRequest for a department that is not in the guide."""
    if all(one.department_id != department_id for one in catalogue.departments()):
        raise InvalidRequest(errors=[FieldError("/department_id", "unknown", _UNKNOWN)])


def tell_hall(issuer_id: str, now: datetime) -> None:
    """Tell the hall that looks after an issuer's money whether its endpoint answers. Idempotent."""
    supervision.follow_endpoint(DIRECTORY, issuer_id, DIRECTORY.find(issuer_id).office_id, now)


def history_of(subject_id: str) -> audit.SubjectHistory | None:
    """Return the history of an issuer's account, for auditors."""
    return ACCOUNTS.history_of(subject_id)
