"""What is asked of staff's accounts, and what is shown of them."""

from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, StringConstraints
from pydantic_core import PydanticCustomError

from chalicelib.core.auth import Role
from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Token,
)
from chalicelib.core.id_documents import DocumentType
from chalicelib.core.text import shows, text, typed
from chalicelib.identity.staff.domain import (
    Proposal,
    StaffAccount,
)


def _shown(password: str) -> str:
    if not shows(password):
        raise PydanticCustomError("string_too_short", "nothing of it can be seen")
    return password


Username = Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{1,40}$")]
# At least eight characters and any of them (NIST SP 800-63B, 5.1.1), but not blanks alone.
NewPassword = Annotated[
    Token, StringConstraints(min_length=8, max_length=200), AfterValidator(_shown)
]
Roles = Annotated[list[Role], Field(min_length=1, max_length=4)]
# A token names them all, and has room for so many; more are a division.
OfficeIds = Annotated[list[Id], Field(min_length=1, max_length=40)]
DivisionPrefix = Annotated[str, StringConstraints(pattern=r"^[0-9]{0,12}$")]
DepartmentIds = Annotated[list[Id], Field(max_length=20)]
Why = Annotated[str, text(200, 0, lines=True)]
_EXAMPLE: Final[dict[str, JsonValue]] = {
    "username": "clerk-2",
    "password": "correct horse battery staple",
    "roles": ["clerk"],
    "office_ids": ["hall-330203"],
}


class AccountQuery(QueryModel):
    """Which page."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class NewStaff(BodyModel):
    """A member of staff, with halls by their ids, or all of a division, later ones included.

    `division_prefix` is the beginning of GB/T 2260 codes; an empty one means everywhere.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    username: Username
    password: NewPassword
    roles: Roles
    office_ids: OfficeIds | None = None
    division_prefix: DivisionPrefix | None = None
    department_ids: DepartmentIds | None = None
    reason: Why | None = None


class StaffChange(BodyModel):
    """What is to be different; halls by their ids and a division take each other's place."""

    roles: Roles | None = None
    office_ids: OfficeIds | None = None
    division_prefix: DivisionPrefix | None = None
    department_ids: DepartmentIds | None = None
    reason: Why | None = None
    version: int | None = None


class PasswordReset(BodyModel):
    """A password, to be changed at the next log-in."""

    password: NewPassword


class StaffPerson(BodyModel):
    """By which document a member of staff is known, who witnesses nothing of their own."""

    id_number: Annotated[str, typed(".*")]
    document_type: DocumentType | None = None
    country: Annotated[str, typed("[A-Z]{1,3}")] | None = None


class ProposalView(BodyModel):
    """Rights that a first person asked for, and to which a second must agree."""

    asked_by: str
    at: str
    reason: str
    roles: list[str]
    office_ids: list[str]
    division_prefix: str | None
    department_ids: list[str]


class StaffAccountView(BodyModel):
    """An account of staff; without roles it waits for a second person."""

    username: str
    roles: list[str]
    office_ids: list[str]
    division_prefix: str | None
    department_ids: list[str]
    password_change_required: bool
    totp_enrolled: bool
    person_known: bool
    pending: ProposalView | None
    version: int


class StaffAccountList(BodyModel):
    """Accounts in the order of their names."""

    items: list[StaffAccountView]
    next_cursor: str | None


class TotpEnrolment(BodyModel):
    """The secret of one-time codes (RFC 6238), told this once, and its `otpauth` address."""

    username: str
    secret: str | None
    otpauth_uri: str | None
    otpauth_qr: str | None


def account_view(account: StaffAccount) -> StaffAccountView:
    """Show an account, with what waits for a second person."""
    rights, proposal = account.rights, account.proposal
    return StaffAccountView(
        username=account.username,
        roles=sorted(rights.roles),
        office_ids=sorted(rights.office_ids),
        division_prefix=rights.division_prefix,
        department_ids=sorted(rights.department_ids),
        password_change_required=account.password_expired,
        totp_enrolled=account.totp is not None,
        person_known=account.person is not None,
        pending=proposal_view(proposal) if proposal else None,
        version=account.version,
    )


def proposal_view(proposal: Proposal) -> ProposalView:
    """Show what one person asked for and another must agree to."""
    word, rights = proposal.word, proposal.rights
    return ProposalView(
        asked_by=word.by,
        at=rfc3339(word.at),
        reason=word.reason,
        roles=sorted(rights.roles),
        office_ids=sorted(rights.office_ids),
        division_prefix=rights.division_prefix,
        department_ids=sorted(rights.department_ids),
    )
