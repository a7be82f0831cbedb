"""What staff do with certificates of their halls: look, suspend, resume, revoke."""

from datetime import datetime

from chalicelib.certificates import storage
from chalicelib.certificates.domain import Certificate, StepName, steps
from chalicelib.certificates.service import encryption, queries
from chalicelib.certificates.service.queries import Shown
from chalicelib.core import changes
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import service as identity


def show(staff: Staff, certificate_id: str, now: datetime) -> Shown:
    """Return a certificate of the staff's halls; the holder will see that they looked.

    Raises NotFound.
    """
    certificate = _of_own_hall(staff, certificate_id)
    return recorded(staff, certificate, "certificate_check", now)


def take(  # noqa: PLR0913 - who takes which step, why, in which attempt.
    staff: Staff,
    certificate_id: str,
    step: StepName,
    reason: str,
    attempt: Attempt,
    now: datetime,
) -> tuple[Applied[Certificate], Shown]:
    """Take a supervisor's step; the revocation is done once a second person agrees.

    Raises NotFound, WrongStatus, SecondPersonNeeded or IdempotencyKeyReused.
    """
    today = office_time(now).date()

    def decide(old: Certificate) -> steps.CertificateDecision:
        sealed = encryption.seal_reason(certificate_id, reason)
        word = staff.word(step, now.replace(microsecond=0), sealed)
        return steps.take(old, step, word, today)

    applied = changes.apply(
        lambda: _of_own_hall(staff, certificate_id),
        decide,
        storage.store,
        Author(staff.actor, now, attempt),
    )
    return applied, recorded(staff, applied.new, f"certificate_{step}", now)


def recorded(staff: Staff, certificate: Certificate, reason: str, now: datetime) -> Shown:
    """Return a certificate as a member of staff sees it, and record that they looked."""
    what = f"certificate:{certificate.certificate_id}"
    if certificate.content:
        identity.record_access(
            certificate.citizen_id,
            staff,
            reason,
            what,
            now,
            office_id=certificate.office_id,
        )
    return Shown(certificate, encryption.open_content(certificate))


def _of_own_hall(staff: Staff, certificate_id: str) -> Certificate:
    certificate = queries.find(certificate_id)
    if certificate is None or certificate.office_id not in staff.office_ids:
        raise NotFound
    return certificate
