"""That an act is signed: asked for, verified, and used up in the act's own transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.tables import Addition
from chalicelib.identity.signing import storage
from chalicelib.identity.signing.domain import (
    Sheet,
    Signature,
    SignatureInvalid,
    SignatureRequired,
    check,
)
from chalicelib.identity.signing.service import tokens


@dataclass(frozen=True, slots=True)
class Use:
    """A signature that is good for an act."""

    signature: Signature

    @property
    def facts(self) -> Mapping[str, str]:
        """Return what the history of the thing says of it."""
        return self.signature.facts

    def write(self, used_for: str, now: datetime) -> Addition:
        """Return what uses it up, for the thing of an id, in the transaction of the act.

        The transaction fails where it was used meanwhile; `require` then says why.
        """
        return storage.using(self.signature, used_for, now)


def require(sheet: Sheet, given: str | None, now: datetime) -> Use:
    """Return the signature that was given over a sheet.

    Raises SignatureRequired without one, or SignatureInvalid.
    """
    factors = storage.load_factors(sheet.signer)
    if given is None:
        raise SignatureRequired.of(sheet, factors.kinds(now))
    claims = tokens.read(given)
    if claims["sub"] != sheet.signer:
        raise SignatureInvalid.because("unknown")
    signature = storage.load_signature(sheet.signer, str(claims["jti"]))
    if signature is None or signature.token != given:
        raise SignatureInvalid.because("unknown")
    check(signature, sheet, factors, now)
    return Use(signature)


def resetting(citizen_id: str) -> Addition:
    """Return what takes all factors of a citizen away, as if there had been none.

    What was signed by them and not used holds no longer.
    """
    return storage.deleting_factors(citizen_id)
