"""Joining an account to the person's account of record, parting them, and which are joined."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core import changes
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.plugins import registered
from chalicelib.core.tables import Addition
from chalicelib.identity import storage
from chalicelib.identity.domain import (
    Joined,
    LastAccount,
    Link,
    LinkCode,
    LinkRequest,
    Profile,
    ThingsOpen,
)
from chalicelib.identity.domain.links import LinkProof, account_of
from chalicelib.identity.service import (
    accounts,
    joined_accounts,
    link_codes,
    personal_data_requests,
    profiles,
    reach,
)
from chalicelib.identity.service.profiles import DecryptedProfile, Effects
from chalicelib.identity.service.revocations import JOINED, link_actor, revocations, rights_of


@dataclass(frozen=True, slots=True)
class Account:
    """A platform's log-in by which a citizen comes."""

    account_id: str
    platform: str | None
    linked_at: datetime | None
    last_login_at: datetime | None
    of_record: bool


def join(caller: Citizen, link_id: str, code: str, source: str, now: datetime) -> DecryptedProfile:
    """Join the caller's account to the account of record that it asked for; return that.

    Raises NotFound for another's or an old link, InvalidRequest for a wrong code, TooManyRequests,
    and ThingsOpen while the account has something of its own that has not ended.
    """
    if caller.link == link_id:
        # The answer was lost.
        return profiles.me(caller.citizen_id)
    request = None if caller.link else storage.find_link_request(caller.citizen_id, now)
    if request is None or request.link_id != link_id:
        raise NotFound
    right = link_codes.check(request.of_record, code, source, now)
    check_ended(caller.citizen_id)
    owner = _join(request, right, now)
    revocations.learn(caller.actor, JOINED)
    try:
        # What came while the two were being joined.
        check_ended(caller.citizen_id)
    except ThingsOpen:
        part(owner.citizen_id, link_id, now)
        raise
    return profiles.decrypted(owner)


def undo(caller: Citizen, link_id: str, now: datetime) -> None:
    """Part a joined account from the caller's, within 72 hours; again does nothing.

    Raises Forbidden for a joined account, and NotFound for another's or an old link.
    """
    if not profiles.is_of_record(caller, profiles.load(caller.citizen_id)):
        raise Forbidden
    link = _link(caller.citizen_id, lambda one: one.link_id == link_id)
    if not link.ended and not link.can_be_undone(now):
        raise NotFound
    part(caller.citizen_id, link_id, now)


def remove(caller: Citizen, account_id: str, now: datetime) -> None:
    """Part a joined account from the account of record, which alone removes others.

    Raises NotFound, Forbidden, or LastAccount for the account of record itself.
    """
    owner = profiles.load(caller.citizen_id)
    is_of_record = profiles.is_of_record(caller, owner)
    if account_id == (account_of(owner.record_link) or owner.citizen_id):
        raise LastAccount if is_of_record else Forbidden
    link = _link(caller.citizen_id, lambda one: one.account_id == account_id and not one.ended)
    if not is_of_record and caller.link != link.link_id:
        raise Forbidden
    part(caller.citizen_id, link.link_id, now)


def accounts_of(citizen_id: str) -> list[Account]:
    """Return the account of record, and the accounts that are joined to it."""
    record_link = profiles.load(citizen_id).record_link
    joined = [
        Account(
            link.account_id,
            link.platform,
            link.linked_at,
            storage.last_login(link.platform_key),
            of_record=link.link_id == record_link,
        )
        for link in storage.list_links(citizen_id)
        if not link.ended
    ]
    own = [] if record_link else [_own_account(citizen_id)]
    return sorted([*own, *joined], key=lambda one: not one.of_record)


def _own_account(citizen_id: str) -> Account:
    known = reach.channels(citizen_id)
    key = accounts.account_key(citizen_id)
    last_login = storage.last_login(key) if key else None
    platform = known.platform if known else None
    return Account(citizen_id, platform, storage.created_at(citizen_id), last_login, True)


def part(of_record: str, link_id: str, now: datetime) -> None:
    """Make a joined account one of its own again; its tokens end. Idempotent."""

    def decide(owner: Profile) -> Decision[Profile, Effects] | None:
        link = _link(of_record, lambda one: one.link_id == link_id)
        ended = parting(owner, link, now)
        event = DomainEvent("account.unlinked", {"account": link.account_id})
        return Decision(owner, (event,), Effects(also=ended)) if ended else None

    author = Author(f"citizen:{of_record}", now)
    changes.apply(lambda: profiles.load(of_record), decide, storage.store_profile, author)
    learn_parted(_link(of_record, lambda one: one.link_id == link_id))


def parting(owner: Profile, link: Link, now: datetime) -> list[Addition]:
    """Return the writes that part an account from its owner's; none once they are parted."""
    account = storage.load_profile(link.account_id)
    if link.ended or account is None or account.joined is None:
        return []
    event = DomainEvent("account.unlinked", {"account": link.account_id})
    alone = _alone(account, owner)
    return [
        storage.write_profile(_changed(account, alone, event, owner.citizen_id, now)),
        storage.write_link(owner.citizen_id, replace(link, ended=True)),
        revocations.write(f"citizen:{link.account_id}", _rights(alone), now),
        revocations.write(link_actor(link.link_id), "", now),
    ]


def learn_parted(link: Link) -> None:
    """Know at once which tokens ended with a parting."""
    account = storage.load_profile(link.account_id)
    if account:
        revocations.learn(f"citizen:{link.account_id}", _rights(account))
    revocations.learn(link_actor(link.link_id), "")


def _join(request: LinkRequest, code: LinkCode, now: datetime) -> Profile:
    def decide(owner: Profile) -> Decision[Profile, Effects]:
        link_codes.check_current(code, owner)
        event = DomainEvent(
            "account.linked", {"account": request.citizen_id, "link": request.link_id}
        )
        new = replace(owner, links=owner.links | {request.link_id})
        used = storage.write_no_link_code(owner.citizen_id, code)
        return Decision(
            new, (event,), Effects(also=[*joining_of(owner, request, "code", now), used])
        )

    author = Author(f"citizen:{request.citizen_id}", now)
    load = lambda: profiles.load(request.of_record)  # noqa: E731 - as short as it is.
    return changes.apply(load, decide, storage.store_profile, author).new


def joining_of(
    owner: Profile, request: LinkRequest, proof: LinkProof, now: datetime
) -> list[Addition]:
    """Return the writes that make an account a log-in of its owner's, who is so from then on."""
    account = profiles.load(request.citizen_id)
    joined = Joined(owner.citizen_id, request.link_id, now, owner.generation, proof)
    event = DomainEvent("account.joined", {"link": request.link_id})
    new = replace(account, joined=joined)
    return [
        storage.write_profile(_changed(account, new, event, account.citizen_id, now)),
        storage.write_link(owner.citizen_id, _new_link(request, proof, now)),
        storage.write_no_link_request(request),
        revocations.write(f"citizen:{account.citizen_id}", JOINED, now),
    ]


def _new_link(request: LinkRequest, proof: LinkProof, now: datetime) -> Link:
    known = reach.channels(request.citizen_id)
    platform = known.platform if known else None
    key = accounts.account_key(request.citizen_id)
    account, link_id = request.citizen_id, request.link_id
    return Link(link_id, account, platform or "", key or "", now, proof=proof)


def _changed(
    old: Profile, new: Profile, event: DomainEvent, actor: str, now: datetime
) -> changes.Change[Profile, Effects]:
    author = Author(f"citizen:{actor}", now)
    return changes.append(old, Decision(new, (event,), Effects()), author)


def _alone(account: Profile, owner: Profile) -> Profile:
    """Return an account that was joined as one of its own, whose log-ins until now are over."""
    generation = joined_accounts.generation_of(account, owner) + 1
    return replace(account, joined=None, generation=generation)


def _rights(account: Profile) -> str:
    return rights_of(profiles.caller_of(account))


def _link(citizen_id: str, is_it: Callable[[Link], bool]) -> Link:
    for link in storage.list_links(citizen_id):
        if is_it(link):
            return link
    raise NotFound


def check_ended(citizen_id: str) -> None:
    """Raise ThingsOpen while an account has something of its own that has not ended."""
    rooms: tuple[Callable[[str], list[str]], ...] = registered("UNENDED")
    still_open = [thing for unended in rooms for thing in unended(citizen_id)]
    if still_open:
        raise ThingsOpen(open=still_open)
    personal_data_requests.check_all_ended([citizen_id])
