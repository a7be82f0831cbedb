"""Who seals documents: a port, and the adapter that holds the key itself.

A city's own seal service (GB/T 38540) is another adapter with the same method, named here.
"""

from datetime import datetime
from functools import lru_cache
from typing import Protocol


class SealProvider(Protocol):
    """Puts the issuer's seal on documents."""

    def seal(self, document: bytes, at: datetime) -> bytes:
        """Return a PDF with a signature by PAdES; raises ProviderUnavailable."""


def seal_provider() -> SealProvider:
    """Return who seals documents: whoever holds the secrets `seal_key` and `seal_certificate`."""
    from chalicelib.core import dependencies  # noqa: PLC0415 - cold start.

    return _local(dependencies.secret("seal_key"), dependencies.secret("seal_certificate"))


@lru_cache(1)
def _local(key_pem: str, certificate_pem: str) -> SealProvider:
    """Return the adapter for a key, whose proof takes longer than a signature by it."""
    from chalicelib.certificates.providers.local_seal import LocalSeal  # noqa: PLC0415 - pyHanko.

    return LocalSeal(key_pem, certificate_pem)
