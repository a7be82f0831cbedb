"""All that is held about a citizen: given out as one document, and erased.

It is what a data subject may request (PIPL, articles 45 and 47; GDPR, articles 15, 17 and 20).
Each room enters what it holds in `holders`. Erasure destroys the citizen's own key, so that what
was encrypted under it, after some days also in backups, cannot be read by anyone; ids, times and
states stay for the histories and the statistics.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from chalicelib.core import pagination
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import rfc3339
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import TryAgain
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import document_of
from chalicelib.core.plugins import registered
from chalicelib.core.tables import Addition
from chalicelib.identity import storage
from chalicelib.identity.domain import Profile, ThingsOpen, masked_name
from chalicelib.identity.keys import storage as keys
from chalicelib.identity.service import access_log, members, profiles
from chalicelib.identity.service.profiles import DecryptedProfile, caller_of
from chalicelib.identity.service.revocations import revocations, rights_of
from chalicelib.identity.signing import service as signing
from chalicelib.identity.signing.domain import Sheet
from chalicelib.identity.tombstones import storage as tombstones

_PAGE: Final = 100
_NAME: Final = Text("姓名", "Name")
_DOCUMENT: Final = Text("证件号码", "Document number")
# (subject id, code, facts, now) -> what raises an alert of integrity with another write.
AlertWrites = Callable[[str, str, Mapping[str, str], datetime], Addition]


@dataclass(frozen=True, slots=True)
class Holder:
    """What one room holds about a citizen.

    `export` returns it as JSON values in clear, `erase` removes what need not stay, `open_things`
    returns the ids of what must end before an erasure, each a `thing`. `bar` refuses what
    would have to end, also what is on its way, until a time (None: no longer). Each is idempotent.
    `erase` opens no key and bears that the citizen was erased before, as a restore may have brought
    a room's things back.
    """

    name: str
    export: Callable[[str], object]
    erase: Callable[[str, datetime], None] = lambda _citizen_id, _now: None
    open_things: Callable[[str], list[str]] = lambda _citizen_id: []
    bar: Callable[[str, datetime | None], None] = lambda _citizen_id, _until: None
    thing: str = ""


def holders() -> tuple[Holder, ...]:
    """Return what all rooms hold about citizens."""
    holders: tuple[Holder, ...] = registered("PERSONAL_DATA")
    return holders


def export(citizen_id: str, now: datetime) -> Mapping[str, object]:
    """Return everything that is held about a citizen."""
    known = profiles.me(citizen_id)
    return {
        "exported_at": rfc3339(now),
        "profile": _profile(known),
        "family": [
            {"member_id": member.member_id, "relation": member.relation, **clear}
            for member, clear in members.family(citizen_id)
        ],
        "accesses": _accesses(citizen_id),
        "history": [asdict(entry) for entry in storage.load_entries(citizen_id)],
        **{holder.name: holder.export(citizen_id) for holder in holders()},
        # What the accounts had that were joined since.
        "joined_accounts": [export(account, now) for account in joined_to(known.profile)],
    }


def leave(citizen_id: str, signature: str | None, now: datetime) -> None:
    """Erase a citizen who asks for it; who is verified signs it. Idempotent.

    Raises ThingsOpen while something must end first, SignatureRequired or SignatureInvalid.
    """
    profile = profiles.find_to_open(citizen_id)
    if profile is None or profile.erased:
        return
    if profile.person is None or storage.erasure_steps(citizen_id, now) is not None:
        erase(citizen_id, now)
        return
    check_all_ended([citizen_id, *joined_to(profile)])
    sheet = _sheet(profiles.decrypted(profile))
    erase(citizen_id, now, lambda: signing.require(sheet, signature, now))


def erase(citizen_id: str, now: datetime, signed: Callable[[], signing.Use] | None = None) -> None:
    """Erase a citizen; idempotent. Raises ThingsOpen while something must end first.

    The rooms come first and the key last, so that a retry after a crash finds what is left. What a
    try has done is noted, so that the next goes on from there: each may be cut short by faults.
    A signature is used up with the note that it has begun.
    """
    profile = storage.load_profile(citizen_id)
    if profile is None or profile.erased:
        return
    everybody = [citizen_id, *joined_to(profile)]
    done = storage.erasure_steps(citizen_id, now)
    if done is None:
        _begin(everybody, signed, now)
        done = frozenset()
    for account in everybody[1:]:
        erase(account, now)
    for holder in holders():
        if holder.name not in done:
            holder.erase(citizen_id, now)
            storage.note_erasure_step(citizen_id, holder.name)
    destroy_key(citizen_id, now)


def who_leaves(citizen_id: str, now: datetime) -> tuple[Citizen, frozenset[str]]:
    """Return a citizen who leaves, and whom limits count for them; opens no key.

    Who was erased before is known by the id alone.
    """
    caller = caller_of(storage.load_profile(citizen_id) or Profile(citizen_id, ""))
    members = storage.load_members(citizen_id)
    counted = {member.counted_as(citizen_id, now) for member in members}
    return caller, frozenset({citizen_id, caller.person, *counted})


def _begin(
    everybody: Sequence[str], signed: Callable[[], signing.Use] | None, now: datetime
) -> None:
    citizen_id = everybody[0]
    if signed is None:
        storage.begin_erasure(citizen_id, _end_all(everybody, now))
        return
    use = signed()
    until = _end_all(everybody, now)
    if not storage.begin_erasure(citizen_id, until, use.facts, use.write("erasure", now)):
        # It was used or its factor removed meanwhile, or the answer to this write was lost.
        if storage.erasure_signed(citizen_id) == use.facts:
            return
        _let_stay(citizen_id, now)
        signed()
        raise TryAgain(retry_after=1)


def _sheet(known: DecryptedProfile) -> Sheet:
    clear = known.clear
    lines = (
        (_NAME, _same(masked_name(clear["name"]))),
        (_DOCUMENT, _same(document_of(clear).masked)),
    )
    return Sheet("erase", known.profile.citizen_id, known.profile.citizen_id, lines)


def _same(words: str) -> Text:
    return Text(words, words)


def _end_all(everybody: Sequence[str], now: datetime) -> datetime:
    """See to it that nothing new comes, and return until when; raises ThingsOpen."""
    citizen_id = everybody[0]
    # Who is refused stays logged in.
    check_all_ended(everybody)
    actor = f"citizen:{citizen_id}"
    until = revocations.revoke(actor, "", now)
    _bar(citizen_id, until)
    # Nothing new comes from now on; what came in between is found here.
    try:
        check_all_ended(everybody)
    except ThingsOpen:
        _let_stay(citizen_id, now)
        raise
    return until


def _let_stay(citizen_id: str, now: datetime) -> None:
    """Let go on who is not erased after all."""
    _bar(citizen_id, None)
    rights = rights_of(caller_of(profiles.load(citizen_id)))
    revocations.revoke(f"citizen:{citizen_id}", rights, now)


def destroy_key(citizen_id: str, now: datetime) -> None:
    """Forget a citizen's key and all that only a person has; the history goes on.

    Raises TryAgain when somebody came to the family or an account was joined meanwhile, who would
    be left behind.
    """
    person: str | None = None
    link_ids: frozenset[str] = frozenset()

    def change(profile: Profile) -> Profile:
        nonlocal person, link_ids
        if profile.members or joined_to(profile):
            raise TryAgain(retry_after=1)
        person, link_ids = profile.person, profile.links
        return Profile(profile.citizen_id, "", version=profile.version, head=profile.head)

    def effects() -> profiles.Effects:
        also = [storage.write_no_link(citizen_id, one) for one in link_ids]
        if person and storage.find_of_record(person) == citizen_id:
            also.append(storage.write_no_record(person, citizen_id))
        also += [keys.write_no_key(citizen_id), tombstones.write_tombstone(citizen_id, now)]
        return profiles.Effects(also=also)

    for member in storage.load_members(citizen_id):
        members.drop_member(citizen_id, member, now)
    event = DomainEvent("citizen.erased", storage.erasure_signed(citizen_id))
    profiles.commit(citizen_id, change, event, now, effects)
    profiles.keys.drop(citizen_id)


def _bar(citizen_id: str, until: datetime | None) -> None:
    for holder in holders():
        holder.bar(citizen_id, until)


def joined_to(profile: Profile) -> list[str]:
    """Return the accounts that are joined to a citizen's and not erased; no read without any."""
    links = storage.list_links(profile.citizen_id) if profile.links else []
    joined = [link.account_id for link in links if not link.ended]
    return [account for account in joined if not profiles.is_erased(account)]


def check_all_ended(citizen_ids: Iterable[str]) -> None:
    """Raise ThingsOpen while something of the citizens has not ended that must."""
    things = [
        {"type": holder.thing, "id": thing_id}
        for citizen_id in citizen_ids
        for holder in holders()
        for thing_id in holder.open_things(citizen_id)
    ]
    if things:
        raise ThingsOpen(open=[thing["id"] for thing in things], things=things)


def _profile(known: DecryptedProfile) -> Mapping[str, object]:
    profile = known.profile
    return {
        "citizen_id": profile.citizen_id,
        "verification_level": profile.level,
        "locale": profile.locale,
        "large_text": profile.large_text,
        **known.clear,
    }


def _accesses(citizen_id: str) -> list[Mapping[str, object]]:
    rows = pagination.every(lambda position: access_log.accesses(citizen_id, position, _PAGE))
    return [asdict(row) for row in rows]
