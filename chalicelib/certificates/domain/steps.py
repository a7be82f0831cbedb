"""What becomes of a certificate after it was issued: rules that give its next state, or refuse.

| step | from | to |
|---|---|---|
| suspend | valid | suspended |
| resume | suspended | valid |
| revoke | valid, suspended | revoked, once a second person agrees |
| keep | valid, suspended | as before, without the revocation that was asked for |
| remind | valid | as before, once for each of `REMINDERS` |
| replace | valid, suspended, expired | replaced, by a newer one of the same type and person |
| erase | any | as before, without what is personal |
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Final, Literal

from chalicelib.certificates.domain.certificate import Certificate, CertificateStatus
from chalicelib.core import four_eyes
from chalicelib.core.clock import OFFICE_ZONE, rfc3339
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import WrongStatus
from chalicelib.core.event_types import CertificateEvent
from chalicelib.core.four_eyes import Word

StepName = Literal["suspend", "resume", "revoke", "keep"]
CertificateDecision = Decision[Certificate, None]
# So many days before its end the holder of a certificate is reminded.
REMINDERS: Final = (60, 30, 7)
_REVOCABLE: Final = (CertificateStatus.VALID, CertificateStatus.SUSPENDED)


def take(old: Certificate, step: StepName, word: Word, today: date) -> CertificateDecision:
    """Take a supervisor's step; raises WrongStatus or SecondPersonNeeded."""
    if step == "suspend":
        _check(old, today, CertificateStatus.VALID)
        return _decided(
            replace(old, state=CertificateStatus.SUSPENDED), "certificate.suspended", word
        )
    if step == "resume":
        _check(old, today, CertificateStatus.SUSPENDED)
        return _decided(replace(old, state=CertificateStatus.VALID), "certificate.resumed", word)
    _check(old, today, *_REVOCABLE)
    if step == "keep":
        return _kept(old, word, today)
    if not four_eyes.is_agreed(old.pending, word):
        return _decided(replace(old, pending=word), "certificate.revocation_asked", word)
    asked_by = {"asked_by": old.pending.by} if old.pending else {}
    new = replace(old, state=CertificateStatus.REVOKED, pending=None)
    return _decided(new, "certificate.revoked", word, asked_by)


def _kept(old: Certificate, word: Word, today: date) -> CertificateDecision:
    """Drop a revocation that was asked for: another says no, or who asked takes it back."""
    if old.pending is None:
        raise WrongStatus(current=old.status_on(today))
    asked_by = {"asked_by": old.pending.by}
    return _decided(replace(old, pending=None), "certificate.revocation_declined", word, asked_by)


def replaced(old: Certificate, newer_id: str) -> CertificateDecision | None:
    """Let a newer certificate take the place of one; None where nothing is to be replaced."""
    if old.state not in _REVOCABLE:
        return None
    new = replace(old, state=CertificateStatus.REPLACED, pending=None)
    facts = {**facts_of(new), "replaced_by": newer_id}
    return Decision(new, (DomainEvent("certificate.replaced", facts),), None)


def erased(old: Certificate) -> CertificateDecision | None:
    """Drop what is personal of a certificate whose holder is erased; None once it was."""
    if old.content is None:
        return None
    new = replace(old, content=None, pending=None)
    return Decision(new, (DomainEvent("certificate.holder_erased", facts_of(new)),), None)


def reminded(old: Certificate, today: date) -> CertificateDecision | None:
    """Remind the holder that a certificate ends soon; None where nothing new is to be said."""
    if old.valid_until is None or old.status_on(today) is not CertificateStatus.VALID:
        return None
    left = (old.valid_until - today).days
    due = min((days for days in REMINDERS if left <= days), default=None)
    if due is None or (old.reminded is not None and old.reminded <= due):
        return None
    until = datetime.combine(old.valid_until, time(), OFFICE_ZONE)
    facts = {**facts_of(old), "until": rfc3339(until)}
    what = DomainEvent("certificate.ends_soon", facts)
    return Decision(replace(old, reminded=due), (what,), None)


def facts_of(certificate: Certificate) -> dict[str, str]:
    """Return the facts that every entry of a certificate has; none of them is personal."""
    return {
        "type": certificate.type_id,
        "service": certificate.service_id,
        "office": certificate.office_id,
        "status": certificate.state.value,
    }


def _check(old: Certificate, today: date, *froms: CertificateStatus) -> None:
    status = old.status_on(today)
    if status not in froms or old.content is None:
        raise WrongStatus(current=status)


def _decided(
    new: Certificate, event: CertificateEvent, word: Word, more: Mapping[str, str] | None = None
) -> CertificateDecision:
    facts = {**facts_of(new), "reason": word.reason, **(more or {})}
    return Decision(new, (DomainEvent(event, facts),), None)


def is_renewable(certificate: Certificate, day: date) -> bool:
    """Tell whether it ends soon, from the first reminder on, or has ended by the calendar."""
    if certificate.valid_until is None:
        return False
    left = (certificate.valid_until - day).days
    status = certificate.status_on(day)
    return status == CertificateStatus.EXPIRED or (
        status == CertificateStatus.VALID and left <= max(REMINDERS)
    )
