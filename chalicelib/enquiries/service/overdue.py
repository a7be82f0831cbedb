"""Missed deadlines: told once, as an entry of the enquiry and an alert of its hall."""

from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.changes import Author
from chalicelib.core.errors import NotFound
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import Effects, Enquiry, EnquiryFile, EnquirySummary, steps
from chalicelib.enquiries.service import changes, encryption, queries
from chalicelib.enquiries.service.changes import Decided

_ACTOR: Final = "system:watch_enquiries"


def list_overdue(now: datetime, part: Part = WHOLE) -> list[EnquirySummary]:
    """Return the enquiries whose missed deadline is to be told; a few Queries a hall."""
    halls = parallel.map_concurrently(
        lambda office_id: storage.list_overdue(office_id, now),
        [*filter(part.has, catalogue.current().offices)],
    )
    return list(chain.from_iterable(halls))


def tell(enquiry_id: str, now: datetime) -> bool:
    """Raise the alert of a missed deadline; tells whether it was new. Idempotent.

    What nobody can read any more, since the citizen was erased, is withdrawn instead.
    """

    def decide(old: Enquiry) -> Decided | None:
        if not old.open or old.awaiting_leave or old.overdue or now <= old.due_at:
            return None
        if _is_orphaned(old):
            return changes.decided(old, steps.withdrawn(old), now, "enquiry.withdrawn")
        new = replace(old, overdue=True)
        effects = Effects((changes.overdue_alert(new, now),))
        return changes.decided(old, new, now, "enquiry.overdue", effects=effects)

    return changes.change(lambda: _load(enquiry_id), decide, Author(_ACTOR, now)).changed


def _load(enquiry_id: str) -> EnquiryFile:
    file = queries.find(enquiry_id)
    if file is None:
        raise NotFound
    return file


def _is_orphaned(enquiry: Enquiry) -> bool:
    try:
        encryption.key_of(enquiry)
    except NotFound:
        return True
    return False
