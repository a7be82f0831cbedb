"""Citizens, family and staff, and the rules that hold for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Versioned
from chalicelib.core.errors import FieldError, InvalidRequest, Problem
from chalicelib.core.history import Head
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import Document
from chalicelib.core.idempotency import Ledger
from chalicelib.identity.domain.access_log import DataAccess as DataAccess
from chalicelib.identity.domain.access_log import role_of as role_of
from chalicelib.identity.domain.links import LINK_PROOFS as LINK_PROOFS
from chalicelib.identity.domain.links import LINK_REQUEST_LIFETIME as LINK_REQUEST_LIFETIME
from chalicelib.identity.domain.links import PROOFS as PROOFS
from chalicelib.identity.domain.links import AccountFrozen as AccountFrozen
from chalicelib.identity.domain.links import Joined as Joined
from chalicelib.identity.domain.links import LastAccount as LastAccount
from chalicelib.identity.domain.links import Link as Link
from chalicelib.identity.domain.links import LinkCode as LinkCode
from chalicelib.identity.domain.links import LinkRequest as LinkRequest
from chalicelib.identity.domain.links import PersonKnown as PersonKnown
from chalicelib.identity.domain.links import Proof as Proof
from chalicelib.identity.domain.person_corrections import AccountClosed as AccountClosed
from chalicelib.identity.domain.person_corrections import NumberTaken as NumberTaken
from chalicelib.identity.domain.person_corrections import StaffAct as StaffAct

Relation = Literal["spouse", "child", "parent", "other"]
FAMILY_LIMIT: Final = 8
# Stands where a profile of an earlier release has its wrapped key. That release reads it as a key
# that opens nothing, not as the erasure that no key at all would be.
KEPT_APART: Final = "00"
# What a member of the family said to it that one acts for them.
Consent = Literal["accepted", "declined", "revoked", "frozen"]
MemberStatus = Literal["offered", "active", "declined", "revoked", "frozen"]


class InvalidLoginCode(Problem):
    """The platform did not give out this code, or it was used, or it is too old."""

    status = 401
    code = "invalid_login_code"
    title = Text("登录凭证无效，请重新登录", "This log-in code is not valid; log in again")


class ProviderUnavailable(Problem):
    """The platform did not answer, or not with sense."""

    status = 503
    code = "provider_unavailable"
    title = Text("平台暂时无法访问，请稍后再试", "The platform cannot be reached; try again later")


class InvalidRefreshToken(Problem):
    """The refresh token is unknown, expired or revoked."""

    status = 401
    code = "invalid_refresh_token"
    title = Text("登录已失效，请重新登录", "Please log in again")


class RefreshTokenReused(Problem):
    """The refresh token was used before, so all of its family are revoked."""

    status = 401
    code = "refresh_token_reused"
    title = Text("登录凭证被重复使用，请重新登录", "This token was used twice; log in again")


class InvalidIdToken(Problem):
    """The token is not the directory's, not for us, not fresh, or names nobody here."""

    status = 401
    code = "invalid_id_token"
    title = Text("统一身份凭证无效，请重新登录", "The directory's token is not valid; log in again")


class IdentityNotConfirmed(Problem):
    """The identity provider does not know this pair of name and number."""

    status = 422
    code = "identity_not_confirmed"
    title = Text("姓名与证件号码不一致", "The name and the number do not belong together")


class PlatformCodeRefused(InvalidRequest):
    """The platform did not give out this code to this account, or it was used, or is too old."""

    def __init__(self) -> None:
        """Point at the code."""
        text = Text("平台授权已失效，请重新授权", "The platform's consent is over; ask it again")
        super().__init__(errors=[FieldError("/platform_code", "platform_code_refused", text)])


class IdentityAlreadySet(Problem):
    """The account is already bound to another person."""

    status = 409
    code = "identity_already_set"
    title = Text("该账号已完成实名认证", "This account already belongs to a verified person")


class FamilyFull(Problem):
    """A citizen acts for at most eight people."""

    status = 409
    code = "family_full"
    title = Text("家庭成员数量已达上限", "No more family members can be added")


class AlreadyFamily(Problem):
    """The person is already on the list."""

    status = 409
    code = "already_family"
    title = Text("该家庭成员已添加", "This person is already on the list")


class VerificationRequired(Problem):
    """Only a person whose identity is proven well enough may do this."""

    status = 403
    code = "verification_required"
    title = Text("请先完成实名认证", "Verify your identity first")


class ConsentRequired(Problem):
    """The member of the family has not agreed that one acts for them."""

    status = 403
    code = "consent_required"
    title = Text("须先经该家庭成员本人同意", "This person has not agreed yet that you act for them")


class MemberInUse(Problem):
    """An appointment or a case for this member of the family has not ended."""

    status = 409
    code = "member_in_use"
    title = Text(
        "该家庭成员还有未结束的预约或办件，暂不能移除",
        "There is an open appointment or case for this person",
    )


class ThingsOpen(Problem):
    """A case, a payment or a parcel of the citizen has not ended; `open` lists their ids.

    `things` tells of an erasure's each `{"type", "id"}`.
    """

    status = 409
    code = "things_open"
    title = Text(
        "您还有未办结的事项、未完成的缴费或未送达的快递，暂不能注销",
        "Cases, payments or parcels are still open; the account cannot be erased yet",
    )


@dataclass(frozen=True, slots=True)
class Profile(Versioned):
    """A citizen's account; `sealed` holds the encrypted personal fields.

    Log-ins of an earlier `generation` are over. An account that is `joined` to another is a log-in
    of that one, and has nothing of its own meanwhile. An erased citizen has no key, and so nothing
    that could be read. Else `wrapped_key` is `KEPT_APART`, but for profiles of earlier releases;
    `own_key` is what is kept apart, where it was read, too. `links` are of the accounts that are or
    were joined to this one; that of `record_link` has taken the place of the account's own log-in,
    which is frozen. Nobody logs in as who is `deceased`. `staff_act` is what two of staff do about
    the person.
    """

    citizen_id: str
    wrapped_key: str
    version: int = 1
    head: Head = field(default_factory=Head)
    person: str | None = None
    proof: Proof | None = None
    locale: str = "zh-CN"
    large_text: bool = False
    sealed: Mapping[str, str] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    generation: int = 0
    joined: Joined | None = None
    links: frozenset[str] = frozenset()
    record_link: str = ""
    deceased: bool = False
    staff_act: StaffAct | None = None
    ledger: Ledger = ()
    own_key: bytes | None = field(default=None, compare=False, repr=False)

    @property
    def subject_id(self) -> str:
        """Return the id that the history entries name."""
        return self.citizen_id

    @property
    def level(self) -> Literal["basic", "real_name"]:
        """Return how well the person is known."""
        return "real_name" if self.person else "basic"

    @property
    def erased(self) -> bool:
        """Tell whether the citizen asked to be forgotten."""
        return not self.wrapped_key

    @property
    def key_is_apart(self) -> bool:
        """Tell whether the wrapped key has a place of its own."""
        return self.wrapped_key == KEPT_APART


@dataclass(frozen=True, slots=True)
class MemberDetails:
    """Who someone is for whom a citizen wants to act, in clear."""

    name: str
    document: Document
    relation: Relation


@dataclass(frozen=True, slots=True)
class Member:
    """Someone for whom a citizen wants to act; `sealed` holds name and number.

    `guarded_until` is the last day on which the citizen is the guardian of a minor, None for whom
    they are no guardian; `consent` is what was said since, None while nothing was. `since` is the
    day of the last change, and `ledger` has the attempts by which something was said.
    """

    member_id: str
    person: str
    relation: Relation
    sealed: Mapping[str, str]
    fingerprint: str
    guarded_until: date | None = None
    consent: Consent | None = None
    since: date | None = None
    ledger: Ledger = ()

    def status(self, now: datetime) -> MemberStatus:
        """Return whether the citizen may act for the person, by the day in the office's zone."""
        if self.consent == "accepted":
            return "active"
        until = self.guarded_until
        guarded = until is not None and office_time(now).date() <= until
        return self.consent or ("active" if guarded else "offered")

    def counted_as(self, caller: str, now: datetime) -> str:
        """Return the person whose guards and limits count what `caller` does for the member.

        Who has not agreed is not touched by it: it is the caller's own.
        """
        return self.person if self.status(now) == "active" else caller


@dataclass(frozen=True, slots=True)
class TokenFamily:
    """A family of refresh tokens, of which only the `serial`-th works.

    `rotated_by` is the attempt that made that token, and `rotated_at` when it did. The family is
    over once its owner's log-ins are of a later `generation`.
    """

    family_id: str
    kind: Literal["citizen", "staff", "device"]
    subject: str
    serial: int
    rotated_by: str
    rotated_at: datetime
    expires_at: datetime
    revoked: bool = False
    generation: int = 0


def masked_name(name: str) -> str:
    """Show the first character of several: 张*."""
    return name[: len(name) > 1] + "*" * max(1, len(name) - 1)


def masked_phone(phone: str) -> str:
    """Show 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}"


def masked_email(address: str) -> str:
    """Show l***@example.com."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}***@{domain}"
