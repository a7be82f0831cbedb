"""Certificates as their holders and other rooms see them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.certificates import storage
from chalicelib.certificates.domain import (
    Certificate,
    CertificateStatus,
    Content,
    Listed,
    is_owned,
)
from chalicelib.certificates.service import codes, encryption
from chalicelib.core import pagination, parallel
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate with what is personal in it, in clear; None once its holder was erased."""

    certificate: Certificate
    content: Content | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which certificates are listed: of one type, of one status on the day of `now`."""

    now: datetime
    type_id: str | None = None
    status: CertificateStatus | None = None

    def holds(self, certificate: Certificate) -> bool:
        """Tell whether a certificate is listed."""
        is_type = self.type_id in (None, certificate.type_id)
        today = office_time(self.now).date()
        return is_type and self.status in (None, certificate.status_on(today))


def find(certificate_id: str, *, consistent: bool = True) -> Certificate | None:
    """Return a certificate by its id, if there is such a one; or as it was moments ago."""
    certificate = storage.load(codes.code_of(certificate_id), consistent=consistent)
    return certificate if certificate and certificate.certificate_id == certificate_id else None


def mine(citizen_id: str, certificate_id: str) -> Certificate:
    """Return the citizen's own certificate; raises NotFound."""
    certificate = find(certificate_id) if is_owned(certificate_id, citizen_id) else None
    if certificate is None:
        raise NotFound
    return certificate


def show(citizen_id: str, certificate_id: str) -> Shown:
    """Return all of the citizen's own certificate, in one round trip; raises NotFound."""
    if not is_owned(certificate_id, citizen_id):
        raise NotFound
    reads: list[Callable[[], Any]] = [
        lambda: mine(citizen_id, certificate_id),
        lambda: encryption.key_of(citizen_id),
    ]
    certificate, key = parallel.map_concurrently(lambda read: read(), reads)
    return Shown(certificate, encryption.open_content(certificate, key))


def list_mine(citizen_id: str, wanted: Wanted, position: str | None, limit: int) -> Page[Shown]:
    """Return the citizen's certificates, newest first.

    One Query for a page, and one read for each; more where some are not wanted.
    """
    listed: list[Certificate] = []
    while True:
        page = storage.list_of(citizen_id, position, limit - len(listed))
        loaded = parallel.map_concurrently(find, page.items)
        listed += [one for one in loaded if one and wanted.holds(one)]
        position = page.next_position
        if position is None or len(listed) == limit:
            return Page(tuple(map(opened, listed)), position)


def listed(citizen_id: str, limit: int) -> list[Listed]:
    """Return which are a citizen's newest certificates, as of moments ago."""
    return storage.list_newest(citizen_id, limit)


def all_of(citizen_id: str) -> Iterator[Certificate]:
    """Return all certificates of a citizen, newest first."""

    def read(position: str | None) -> Page[Certificate]:
        page = storage.list_of(citizen_id, position, _PAGE)
        loaded = parallel.map_concurrently(find, page.items)
        return Page(tuple(one for one in loaded if one), page.next_position)

    return pagination.every(read)


def opened(certificate: Certificate) -> Shown:
    """Return a certificate with what is personal in it."""
    return Shown(certificate, encryption.open_content(certificate))
