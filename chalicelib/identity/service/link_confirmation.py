"""A link confirmed at the counter: two clerks say that an account is of who stands before them.

It is for who lost the phone by which they came: their account takes the place of the former one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core import four_eyes
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import NotFound
from chalicelib.core.four_eyes import Word
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import storage
from chalicelib.identity.domain import LinkRequest, Profile
from chalicelib.identity.domain.links import account_of
from chalicelib.identity.service import access_log, joining, profiles, takeover
from chalicelib.identity.service.profiles import Effects

_PURPOSE: Final = "identity_check"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who is before the clerk, masked by the caller; the first person's word while it waits.

    `asked` is None once the accounts are joined, or while nobody has said a word. `replayed` says
    that the same was said before.
    """

    link_id: str
    clear: Mapping[str, str]
    asked: Word | None = None
    joined: bool = False
    replayed: bool = False


def look(staff: Staff, link_id: str, now: datetime) -> Confirmation:
    """Return whose account another asks to be joined to; the look is recorded. Raises NotFound."""
    request = _pending(link_id, now)
    if request is None:
        return _confirmed(staff, link_id, now)
    return _shown(staff, request, now)


def confirm(
    staff: Staff, link_id: str, reason: str, attempt: Attempt, now: datetime
) -> Confirmation:
    """Say that the person is who the account says; another person's word does it.

    Raises NotFound, SecondPersonNeeded, ThingsOpen or TryAgain.
    """
    request = _pending(link_id, now)
    if request is None:
        return replace(_confirmed(staff, link_id, now), replayed=True)
    if request.asked_in == attempt.key:
        return replace(_shown(staff, request, now), replayed=True)
    shown = _shown(staff, request, now)
    word = staff.word("confirm", now, reason)
    joining.check_ended(request.citizen_id)
    if four_eyes.is_agreed(request.asked, word):
        takeover.part_others(request.of_record, now)
    author = Author(staff.actor, now)

    def decide(owner: Profile) -> Decision[Profile, Effects] | None:
        current = _pending(link_id, now)
        if current is None or current.asked_in == attempt.key:
            return None
        if owner.deceased:
            raise NotFound
        if four_eyes.is_agreed(current.asked, word):
            return takeover.decision(owner, current, "counter", author)
        asked = replace(current, asked=word, asked_in=attempt.key)
        event = DomainEvent("account.confirm_asked", {"link": link_id, "reason": reason})
        return Decision(owner, (event,), Effects(also=[storage.write_asked(asked)]))

    owner = takeover.commit(request, decide, author)
    joined = owner.record_link == link_id
    return replace(shown, joined=joined, asked=None if joined else word)


def _pending(link_id: str, now: datetime) -> LinkRequest | None:
    request = storage.find_link_request(account_of(link_id), now)
    return request if request and request.link_id == link_id else None


def _confirmed(staff: Staff, link_id: str, now: datetime) -> Confirmation:
    """Return a link that was confirmed before; raises NotFound."""
    account = storage.load_profile(account_of(link_id))
    joined = account.joined if account else None
    if joined is None or joined.link_id != link_id or joined.proof != "counter":
        raise NotFound
    clear = _look_at(staff, joined.of_record, link_id, now)
    return Confirmation(link_id, clear, joined=True)


def _shown(staff: Staff, request: LinkRequest, now: datetime) -> Confirmation:
    clear = _look_at(staff, request.of_record, request.link_id, now)
    return Confirmation(request.link_id, clear, request.asked)


def _look_at(staff: Staff, citizen_id: str, link_id: str, now: datetime) -> Mapping[str, str]:
    """Open who a citizen is, and record it."""
    clear = profiles.me(citizen_id).clear
    access_log.record_access(citizen_id, staff, _PURPOSE, f"link:{link_id}", now)
    return clear
