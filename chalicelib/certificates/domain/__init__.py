"""Certificates: what they are, their types, and what becomes of them."""

from chalicelib.certificates.domain.certificate import (
    OWNER_LENGTH,
    Certificate,
    CertificateStatus,
    Content,
    Holder,
    Listed,
    VerifiedStatus,
    is_owned,
)
from chalicelib.certificates.domain.steps import StepName
from chalicelib.certificates.domain.types import CertificateType

__all__ = [
    "OWNER_LENGTH",
    "Certificate",
    "CertificateStatus",
    "CertificateType",
    "Content",
    "Holder",
    "Listed",
    "StepName",
    "VerifiedStatus",
    "is_owned",
]
