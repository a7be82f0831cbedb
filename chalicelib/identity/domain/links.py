"""Accounts of one person: one is of record, and others may be joined to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from chalicelib.core.errors import Problem
from chalicelib.core.four_eyes import Word
from chalicelib.core.i18n import Text
from chalicelib.core.ids import CITIZEN_ID_LENGTH

# How a person was proven: name and number agree, the platform's own result, seen by a clerk.
Proof = Literal["match", "platform", "counter"]
PROOFS: Final[tuple[Proof, ...]] = get_args(Proof)
# How somebody proves that both accounts are theirs.
LinkProof = Literal["code", "platform", "counter"]
LINK_PROOFS: Final[tuple[LinkProof, ...]] = get_args(LinkProof)
# The proofs by which an account takes another's place.
TakingProof = Literal["platform", "counter"]
LINK_REQUEST_LIFETIME: Final = timedelta(days=1)
LINK_CODE_LIFETIME: Final = timedelta(minutes=5)
WRONG_CODES_A_DAY: Final = 5
WRONG_CODES_A_DAY_AND_SOURCE: Final = 20
# How long a joined account has lesser rights, and the account of record can undo it.
PROBATION: Final = timedelta(hours=72)


class PersonKnown(Problem):
    """The person has an account of record, which `link_id` asks to be joined by one of `proofs`."""

    status = 409
    code = "person_known"
    title = Text(
        "您已有实名认证的账号，请将本账号与其关联",
        "You have a verified account already; join this one to it",
    )


class AccountFrozen(Problem):
    """The person was proven better by another account, which took this one's place."""

    status = 403
    code = "account_frozen"
    title = Text(
        "本账号已停用：本人已用另一个账号通过更高级别的核验。如有疑问，请带证件到大厅",
        "This account is frozen: the person was proven better by another one; if that was not you,"
        " bring your document to a hall",
    )


class LastAccount(Problem):
    """The account of record is the person's own, and goes by erasure alone."""

    status = 409
    code = "last_account"
    title = Text(
        "这是您的主账号，不能移除；如需注销，请使用“注销账号”",
        "This is your account of record; erase it to leave",
    )


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """An account asks to be joined to the account of record of the person that it is of.

    One that was asked again until `expires_at` is the same. At a counter one person has said that
    it is so (`asked`, by the attempt `asked_in`), and another must agree.
    """

    link_id: str
    citizen_id: str
    of_record: str
    expires_at: datetime
    asked: Word | None = None
    asked_in: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """What an account that is joined to another knows of it.

    `base` is the other's generation of log-ins at the joining: what it grows by ends these too.
    """

    of_record: str
    link_id: str
    at: datetime
    base: int
    proof: LinkProof = "code"

    def on_probation(self, now: datetime) -> bool:
        """Tell whether the account has lesser rights still."""
        return self.proof == "code" and now < self.at + PROBATION


@dataclass(frozen=True, slots=True)
class Link:
    """An account that is or was joined to the account of record; `platform_key` is its log-in's."""

    link_id: str
    account_id: str
    platform: str
    platform_key: str
    linked_at: datetime
    ended: bool = False
    proof: LinkProof = "code"

    def can_be_undone(self, now: datetime) -> bool:
        """Tell whether the account of record may still undo it."""
        return self.proof == "code" and now < self.linked_at + PROBATION


@dataclass(frozen=True, slots=True)
class LinkCode:
    """The one code by which an account can be joined; `attempt` made it and tells what it is.

    `cancelled_on` is the day on which too many wrong ones were tried. A code ends with the log-ins
    of its `generation`, by one of which it was made.
    """

    attempt: str
    expires_at: datetime
    cancelled_on: str = ""
    generation: int = 0


def account_of(link_id: str) -> str:
    """Return the account that a link is of, as its id says."""
    return link_id[:CITIZEN_ID_LENGTH]


def outranks(proof: Proof, other: Proof | None) -> bool:
    """Tell whether a proof takes the person over from an account of another."""
    return other is None or PROOFS.index(proof) > PROOFS.index(other)
