"""A better proof takes the person over: another account's log-in becomes that of record.

What was done in the person's name is the person's, so it stays where it is; what is taken away are
the log-ins. That of the account that was of record is frozen, accounts that were joined to it are
parted, all their tokens end, and staff are shown what it did.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core import changes
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import NotFound, TryAgain
from chalicelib.core.plugins import registered
from chalicelib.core.tables import Addition
from chalicelib.identity import storage
from chalicelib.identity.domain import LinkRequest, Profile
from chalicelib.identity.domain.links import Link, TakingProof, account_of
from chalicelib.identity.service import accounts, contacts, joining, profiles, reach
from chalicelib.identity.service.profiles import Effects
from chalicelib.identity.service.revocations import JOINED, revocations, rights_of

Decide = Callable[[Profile], Decision[Profile, Effects] | None]
_ALERT: Final = "person_taken_over"
# An alert is read by people; the rest is in the histories.
_LISTED: Final = 20


def take_over(request: LinkRequest, proof: TakingProof, author: Author) -> Profile:
    """Make an account that asks the one of record, and return the owner of what is there.

    Idempotent. Raises ThingsOpen while the account has something of its own that has not ended, and
    TryAgain when another was joined meanwhile.
    """
    joining.check_ended(request.citizen_id)
    part_others(request.of_record, author.now)

    def decide(owner: Profile) -> Decision[Profile, Effects] | None:
        if owner.record_link == request.link_id:
            return None
        return decision(owner, request, proof, author)

    return commit(request, decide, author)


def part_others(of_record: str, now: datetime) -> None:
    """Part the accounts that were joined to one whose place is taken."""
    owner = profiles.load(of_record)
    for link in _joined(owner):
        if link.link_id != owner.record_link:
            joining.part(of_record, link.link_id, now)


def decision(
    owner: Profile, request: LinkRequest, proof: TakingProof, author: Author
) -> Decision[Profile, Effects]:
    """Decide that an account takes the place of the one that is of record.

    Raises TryAgain while others are joined to it, and NotFound for the account of the dead.
    """
    if owner.deceased:
        raise NotFound
    now, former = author.now, _joined(owner)
    if any(link.link_id != owner.record_link for link in former):
        raise TryAgain(retry_after=1)
    new = replace(
        owner,
        proof=proof,
        links=owner.links | {request.link_id},
        record_link=request.link_id,
        generation=owner.generation + 1,
        sealed=contacts.of_person_alone(owner),
    )
    facts = {"account": request.citizen_id, "link": request.link_id, "proof": proof}
    also = [
        *joining.joining_of(new, request, proof, now),
        *(write for link in former for write in joining.parting(owner, link, now)),
        revocations.write(f"citizen:{owner.citizen_id}", rights_of(profiles.caller_of(new)), now),
        None if is_from_desk(owner) else _alert(owner, facts, now),
    ]
    return Decision(new, (DomainEvent("account.taken_over", facts),), Effects(also=also))


def is_from_desk(owner: Profile) -> bool:
    """Tell whether a clerk made an account by which nobody has logged in yet."""
    known = reach.channels(owner.citizen_id)
    return not owner.record_link and known is not None and known.platform == accounts.DESK


def commit(request: LinkRequest, decide: Decide, author: Author) -> Profile:
    """Keep what was decided, and know at once which tokens ended with it."""
    load = lambda: profiles.load(request.of_record)  # noqa: E731 - as short as it is.
    owner = changes.apply(load, decide, storage.store_profile, author).new
    if owner.record_link == request.link_id:
        revocations.learn(f"citizen:{owner.citizen_id}", rights_of(profiles.caller_of(owner)))
        revocations.learn(f"citizen:{request.citizen_id}", JOINED)
        for link in storage.list_links(owner.citizen_id):
            if link.ended:
                joining.learn_parted(link)
    return owner


def _joined(owner: Profile) -> list[Link]:
    links = storage.list_links(owner.citizen_id) if owner.links else []
    return [link for link in links if not link.ended]


def _alert(owner: Profile, facts: Mapping[str, str], now: datetime) -> Addition:
    """Return the alert for staff about what was done by the account whose place is taken."""
    weaker = account_of(owner.record_link) or owner.citizen_id
    things = [thing for of in registered("THINGS_OF_A_CITIZEN") for thing in of(owner.citizen_id)]
    shown = {"things": " ".join(things[:_LISTED]), "number_of_things": str(len(things))}
    (alert,) = registered("INTEGRITY_ALERTS")
    written: Addition = alert(
        owner.citizen_id, _ALERT, {**facts, "former_account": weaker, **shown}, now
    )
    return written
