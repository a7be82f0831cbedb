"""What happens to a look-up: each step says what it becomes and what its history notes.

No entry says what a register answered but under the citizen's key.
"""

from dataclasses import replace
from datetime import datetime

from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.registers.domain.lookup import Lookup

Decided = Decision[Lookup, None]


def asked(lookup: Lookup) -> Decided:
    """Begin a look-up: who asks, which register, for which service, what, by which consent."""
    facts = {
        "register": lookup.register_id,
        "service": lookup.service_id,
        "claim": lookup.claim,
        "consent": lookup.consent,
    }
    if lookup.for_member:
        facts["member"] = lookup.for_member
    return Decision(lookup, (DomainEvent("lookup.asked", facts),), None)


def answered(old: Lookup, sealed: str, now: datetime) -> Decided | None:
    """Keep the register's first answer; a later one to the same question changes nothing."""
    if old.answer is not None:
        return None
    event = DomainEvent("lookup.answered", {"answer": sealed})
    return Decision(replace(old, answer=sealed, answered_at=now), (event,), None)


def asked_again(old: Lookup, sealed: str, case_id: str) -> Decided:
    """Note that the register was asked again for the decision of a case, and what it said."""
    event = DomainEvent("lookup.asked_again", {"case": case_id, "answer": sealed})
    return Decision(old, (event,), None)


def erased(old: Lookup) -> Decided | None:
    """Drop what is personal; that the register was asked stays."""
    if old.answer is None:
        return None
    event = DomainEvent("lookup.holder_erased", {})
    return Decision(replace(old, answer=None), (event,), None)
