"""Changes of an enquiry, by the one change loop, and the alerts that belong to them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core import changes
from chalicelib.core.changes import Applied, Author, Change
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.event_types import EnquiryEvent
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import Effects, Enquiry, EnquiryFile, Words
from chalicelib.enquiries.service import encryption
from chalicelib.supervision.domain import Alert

OVERDUE: Final = "enquiry_overdue"
ESCALATED: Final = "enquiry_escalated"
Decided = Decision[Enquiry, Effects]


def change(
    load: Callable[[], EnquiryFile],
    decide: Callable[[Enquiry], Decided | None],
    author: Author,
) -> Applied[EnquiryFile]:
    """Change an enquiry in one transaction; raises what `load` and `decide` raise, and TryAgain."""

    def decide_file(file: EnquiryFile) -> Decision[EnquiryFile, Effects] | None:
        decision = decide(file.enquiry)
        if decision is None:
            return None
        return Decision(replace(file, enquiry=decision.new), decision.events, decision.effects)

    return changes.apply(load, decide_file, _store, author)


def decided(  # noqa: PLR0913 - what it was, what it is, and what happened.
    old: Enquiry,
    new: Enquiry,
    now: datetime,
    event: EnquiryEvent,
    facts: Mapping[str, str] | None = None,
    effects: Effects | None = None,
) -> Decided:
    """Return what becomes of an enquiry; alerts whose cause is gone are cleared with it.

    So is what everybody could read of one that is published no more.
    """
    new = replace(new, changed_at=now.replace(microsecond=0))
    effects = effects or Effects()
    gone = [OVERDUE] if old.overdue and not new.overdue else []
    gone += [ESCALATED] if old.escalated and old.open and not new.open else []
    unpublished = old.published and not new.published
    effects = replace(effects, cleared=(*effects.cleared, *gone), unpublished=unpublished)
    what = DomainEvent(event, {**facts_of(new), **(facts or {})})
    return Decision(new, (what,), effects)


def facts_of(enquiry: Enquiry) -> dict[str, str]:
    """Return the facts that every entry of an enquiry has; none of them is personal."""
    service = {"service": enquiry.service_id} if enquiry.service_id else {}
    status = enquiry.status.value
    return {"kind": enquiry.kind, "status": status, "office": enquiry.office_id, **service}


def words(enquiry: Enquiry, text: str | None) -> dict[str, str]:
    """Return what somebody wrote as an entry keeps it, sealed; nothing for no text.

    Raises NotFound once the citizen was erased.
    """
    if not text:
        return {}
    key = encryption.key_of(enquiry)
    return {"words": encryption.seal_words(key, enquiry.number, Words(text))}


def overdue_alert(enquiry: Enquiry, now: datetime) -> Alert:
    """Return the alert of a missed deadline; answering clears it."""
    alert = Alert(enquiry.enquiry_id, OVERDUE, "time_limit", enquiry.office_id, now)
    return replace(alert, facts={"kind": enquiry.kind}, hidden_from=enquiry.handlers)


def escalated_alert(enquiry: Enquiry, now: datetime) -> Alert:
    """Return the alert of an enquiry that only a supervisor may answer."""
    facts = {"kind": enquiry.kind, "reopened": str(enquiry.reopened)}
    alert = Alert(enquiry.enquiry_id, ESCALATED, "content", enquiry.office_id, now)
    return replace(alert, facts=facts, hidden_from=enquiry.handlers)


def alerts_of(enquiry: Enquiry, now: datetime) -> tuple[Alert, ...]:
    """Return the alerts that are open about an enquiry."""
    overdue = (overdue_alert(enquiry, now),) if enquiry.overdue else ()
    return (*overdue, escalated_alert(enquiry, now)) if enquiry.escalated else overdue


def _store(change: Change[EnquiryFile, Effects]) -> bool:
    old, new = change.old.enquiry, change.new.enquiry
    return storage.store(Change(old, new, change.entries, change.effects))
