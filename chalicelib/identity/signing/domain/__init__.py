"""Factors, what is signed by them, and why a signature is refused."""

from chalicelib.identity.signing.domain.factors import (
    FACTOR_LIMIT,
    FACTOR_REST,
    Factor,
    FactorKind,
    FactorLocked,
    Factors,
    TooManyFactors,
)
from chalicelib.identity.signing.domain.pins import is_weak
from chalicelib.identity.signing.domain.signatures import (
    SIGNATURE_LIFETIME,
    Act,
    Sheet,
    Signature,
    SignatureInvalid,
    SignatureRequired,
    check,
)

__all__ = [
    "FACTOR_LIMIT",
    "FACTOR_REST",
    "SIGNATURE_LIFETIME",
    "Act",
    "Factor",
    "FactorKind",
    "FactorLocked",
    "Factors",
    "Sheet",
    "Signature",
    "SignatureInvalid",
    "SignatureRequired",
    "TooManyFactors",
    "check",
    "is_weak",
]
