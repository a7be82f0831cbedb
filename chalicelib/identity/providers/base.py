"""The port to the platforms' log-in."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.core.id_documents import Document, DocumentType
from chalicelib.identity.domain import Proof


@dataclass(frozen=True, slots=True)
class PlatformAccount:
    """Whom a platform says it is: `subject` is its own stable id of the person."""

    platform: str
    subject: str


class LoginProvider(Protocol):
    """Exchanges the code that a phone got from its platform."""

    platform: str
    single_use: bool

    def exchange(self, code: str) -> PlatformAccount:
        """Return the account; raises InvalidLoginCode, ProviderUnavailable or TooManyRequests."""


@dataclass(frozen=True, slots=True)
class DirectoryToken:
    """The account that a token of the city's directory names, and when it was issued."""

    username: str
    issued_at: datetime


class StaffDirectory(Protocol):
    """Tells which member of staff a token of the city's directory names."""

    def read(self, id_token: str, now: datetime) -> DirectoryToken:
        """Return what a token says; raises InvalidIdToken or ProviderUnavailable."""


@dataclass(frozen=True, slots=True, repr=False)
class IdentityClaim:
    """Who somebody says they are.

    `account` is the platform's own id of who asks, and `code` what their phone got from it, where
    the platform is asked.
    """

    name: str
    document: Document
    account: str = ""
    code: str = ""


class GuardianRegister(Protocol):
    """Tells whose guardian an adult is: a household register, or an identity authority."""

    def is_guardian(self, guardian: IdentityClaim, ward: IdentityClaim) -> bool:
        """Ask whether an adult is a minor's guardian; raises ProviderUnavailable."""


class IdentityAuthority(Protocol):
    """Tells whether a name and a document belong together, and how well that proves a person."""

    proof: Proof
    document_types: Container[DocumentType]

    def confirm(self, claim: IdentityClaim) -> bool:
        """Ask the authority about a document that it knows.

        Raises ProviderUnavailable, or PlatformCodeRefused.
        """
