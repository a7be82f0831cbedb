"""One person, one account of record: other accounts of the person ask to be joined to it.

A joined account is another log-in of the account of record's citizen. It must have nothing of its
own that has not ended; what has ended stays with it, is exported and erased with the owner's, and
is there again once the two are parted.
"""

from datetime import datetime
from typing import Final

from chalicelib.core import changes
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.ids import new_id
from chalicelib.identity import storage
from chalicelib.identity.domain import (
    LINK_PROOFS,
    LINK_REQUEST_LIFETIME,
    LinkRequest,
    PersonKnown,
    Profile,
)
from chalicelib.identity.service import profiles
from chalicelib.identity.service.profiles import Effects

_RANDOM_LENGTH: Final = 8


def refuse_second_account(citizen_id: str, of_record: str, now: datetime) -> PersonKnown:
    """Return the refusal of a person who has an account of record, whose owner is told.

    Raises Unauthenticated once the account of record was erased.
    """
    request = request_of(citizen_id, of_record, now)
    return PersonKnown(link_id=request.link_id, proofs=list(LINK_PROOFS))


def request_of(citizen_id: str, of_record: str, now: datetime) -> LinkRequest:
    """Return what an account asks of the account of record, kept for a day.

    The owner is told once of each account that asks, as long as its request lasts. Raises
    Unauthenticated once the account of record was erased.
    """
    # The id says which account asks, so that a clerk finds the request by it.
    link_id = citizen_id + new_id(_RANDOM_LENGTH)
    request = LinkRequest(link_id, citizen_id, of_record, now + LINK_REQUEST_LIFETIME)

    def decide(owner: Profile) -> Decision[Profile, Effects] | None:
        nonlocal request
        pending = storage.find_link_request(citizen_id, now)
        if pending and pending.of_record == of_record:
            request = pending
            return None
        event = DomainEvent("account.link_requested", {"link": request.link_id})
        return Decision(owner, (event,), Effects(also=[storage.write_link_request(request, now)]))

    author = Author(f"citizen:{citizen_id}", now)
    changes.apply(lambda: profiles.load(of_record), decide, storage.store_profile, author)
    return request
