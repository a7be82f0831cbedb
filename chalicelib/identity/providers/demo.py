"""Log-in for a demonstration: every well-formed code is a citizen of its own."""

import re
from collections.abc import Container
from typing import Final

from chalicelib.core.id_documents import DOCUMENT_TYPES, DocumentType
from chalicelib.identity.domain import InvalidLoginCode, Proof
from chalicelib.identity.providers.base import IdentityClaim, PlatformAccount

_CODE: Final = re.compile(r"[a-z0-9-]{1,64}")


class EmbeddedIdentity:
    """Confirms every well-formed pair; there is nobody to ask on one machine."""

    proof: Proof = "platform"
    document_types: Container[DocumentType] = DOCUMENT_TYPES

    def confirm(self, claim: IdentityClaim) -> bool:
        """Say yes to a name and a number that are there."""
        return bool(claim.name and claim.document.number)

    def is_guardian(self, guardian: IdentityClaim, ward: IdentityClaim) -> bool:
        """Say yes to every two people."""
        return guardian.document.person_key != ward.document.person_key


class Demo:
    """Believes everyone; only a demonstration has it."""

    platform = "demo"
    single_use = False

    def exchange(self, code: str) -> PlatformAccount:
        """Return the account that the code names; raises InvalidLoginCode."""
        if not _CODE.fullmatch(code):
            raise InvalidLoginCode
        return PlatformAccount(self.platform, code)
