"""Citizens, the platforms' accounts that they come by, and their families."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.changes import Change
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Entry, Head
from chalicelib.core.items import item_and_other
from chalicelib.core.tables import (
    EntryRecord,
    condition_failed,
    failed_conditions,
    load_in_order,
    transaction,
)
from chalicelib.identity.domain import Joined, Member, Profile, StaffAct
from chalicelib.identity.keys import storage as keys
from chalicelib.identity.storage._records import (
    SCHEMA_OF_OWN_KEYS,
    TABLE,
    AccountRecord,
    IdentityEntryRecord,
    ProfileRecord,
    get,
)
from chalicelib.identity.storage.members import write_members

ExtraWrite = Callable[[TransactWrite], None]


def load_profile(citizen_id: str) -> Profile | None:
    """Return a citizen's profile."""
    for record in get(ProfileRecord, f"C#{citizen_id}", "profile"):
        return _profile(record)
    return None


def load_profile_and_key(citizen_id: str) -> Profile | None:
    """Return a citizen's profile with the wrapped key, in one read."""
    place = (f"C#{citizen_id}", "profile")
    found, key = item_and_other(TABLE, place, keys.TABLE, keys.place_of(citizen_id))
    if found is None:
        return None
    profile = _profile(ProfileRecord.from_raw_data(found))
    return replace(profile, own_key=keys.wrapped_in(key)) if key else profile


def load_profiles(citizen_ids: Iterable[str]) -> Iterator[Profile]:
    """Yield citizens' profiles, a hundred in a round trip; who does not exist is left out."""
    places = [(f"C#{citizen_id}", "profile") for citizen_id in citizen_ids]
    return load_in_order(ProfileRecord, places, _profile)


def scan_verified() -> Iterator[Profile]:
    """Yield all citizens who were verified, by a Scan of the table: for the operator alone."""
    is_verified = (ProfileRecord.sk == "profile") & ProfileRecord.person.exists()
    return map(_profile, ProfileRecord.scan(is_verified, consistent_read=True))


def find_account(platform: str, subject: str, now: datetime) -> str | None:
    """Return the citizen of a platform's account, who logs in; `subject` is hashed."""
    record = AccountRecord(account_key(platform, subject), "account")
    try:
        record.update(
            [AccountRecord.last_login_at.set(seconds(now))], condition=AccountRecord.pk.exists()
        )
    except UpdateError as error:
        condition_failed(error)
        return None
    return record.citizen_id


def last_login(key: str) -> datetime | None:
    """Return when somebody last logged in by the platform's account of a key."""
    times = [r.last_login_at for r in get(AccountRecord, key, "account") if r.last_login_at]
    return moment(times[0]) if times else None


def account_key(platform: str, subject: str) -> str:
    """Return the key of a platform's account; `subject` is hashed."""
    return f"A#{platform}#{subject}"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """The account by which a new citizen comes; `subject` is hashed.

    `former` is the erased citizen whose account it was.
    """

    platform: str
    subject: str
    former: str | None = None


def create_citizen(
    profile: Profile, by: NewAccount, entry: Entry, also: Sequence[ExtraWrite] = ()
) -> bool:
    """Keep a new citizen with the account that they came by; False when either exists.

    `also` is kept in the same transaction.
    """
    account = AccountRecord(
        account_key(by.platform, by.subject),
        "account",
        citizen_id=profile.citizen_id,
        last_login_at=seconds(datetime.fromisoformat(entry.at)),
    )
    unused = AccountRecord.pk.does_not_exist()
    is_free = AccountRecord.citizen_id == by.former if by.former else unused
    try:
        with transaction() as write:
            write.save(account, condition=is_free)
            write.save(_record(profile), condition=ProfileRecord.pk.does_not_exist())
            write.save(_entry(profile.citizen_id, entry))
            for other in also:
                other(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


@dataclass(frozen=True, slots=True)
class Effects:
    """What is stored with a citizen's next version.

    `kept` is a member of the family who is new or has changed, `removed` one who leaves, `also`
    what other rooms write in the same transaction.
    """

    kept: Member | None = None
    removed: Member | None = None
    also: Sequence[ExtraWrite | None] = ()


def store_profile(change: Change[Profile, Effects]) -> bool:
    """Keep the next version of a citizen with its entries; False when another was faster."""
    old, new, effects = change.old, change.new, change.effects
    try:
        with transaction() as write:
            write.save(_record(new), condition=ProfileRecord.version == old.version)
            for entry in change.entries:
                write.save(_entry(new.citizen_id, entry))
            at = datetime.fromisoformat(change.entries[-1].at)
            write_members(write, new.citizen_id, effects.kept, effects.removed, at)
            for other in filter(None, effects.also):
                other(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def write_profile(change: Change[Profile, Effects]) -> ExtraWrite:
    """Keep the next version of a citizen in the transaction of another's."""

    def write(transaction: TransactWrite) -> None:
        unchanged = ProfileRecord.version == change.old.version
        transaction.save(_record(change.new), condition=unchanged)
        for entry in change.entries:
            transaction.save(_entry(change.new.citizen_id, entry))

    return write


def write_subject(profile: Profile, also: Sequence[ExtraWrite]) -> ExtraWrite:
    """Keep a new profile that nobody logs in by, in the transaction of another; `also` with it."""

    def write(transaction: TransactWrite) -> None:
        transaction.save(_record(profile), condition=ProfileRecord.pk.does_not_exist())
        for other in also:
            other(transaction)

    return write


def created_at(citizen_id: str) -> datetime | None:
    """Return when a citizen first logged in."""
    first = get(IdentityEntryRecord, f"C#{citizen_id}", f"E#{1:06}")
    return datetime.fromisoformat(first[0].at) if first else None


def load_entries(citizen_id: str) -> list[Entry]:
    """Return the history of a citizen's profile."""
    return IdentityEntryRecord.entries_of(f"C#{citizen_id}", "E#")


def _profile(record: ProfileRecord) -> Profile:
    return Profile(
        record.pk[2:],
        record.key,
        int(record.version),
        Head(int(record.seq), record.hash),
        record.person,
        # Who was verified before proofs were kept had name and number compared.
        record.proof or ("match" if record.person else None),  # type: ignore[arg-type]
        record.locale,
        record.large_text,
        record.sealed,
        frozenset(record.members or ()),
        int(record.generation or 0),
        _joined(record.joined),
        frozenset(record.links or ()),
        record.record_link or "",
        bool(record.deceased),
        _staff_act(record.staff_act),
    )


def _record(profile: Profile) -> ProfileRecord:
    return ProfileRecord(
        f"C#{profile.citizen_id}",
        "profile",
        key=profile.wrapped_key,
        version=profile.version,
        seq=profile.head.seq,
        hash=profile.head.hash,
        person=profile.person,
        proof=profile.proof,
        locale=profile.locale,
        large_text=profile.large_text,
        sealed=dict(profile.sealed),
        members=set(profile.members) or None,
        generation=profile.generation or None,
        joined=_joined_json(profile.joined),
        links=set(profile.links) or None,
        record_link=profile.record_link or None,
        deceased=profile.deceased or None,
        staff_act=_staff_act_json(profile.staff_act),
        schema=SCHEMA_OF_OWN_KEYS if profile.erased or profile.key_is_apart else None,
    )


def _joined(stored: Mapping[str, Any] | None) -> Joined | None:
    if stored is None:
        return None
    proof = stored.get("proof", "code")
    return Joined(stored["of_record"], stored["link"], moment(stored["at"]), stored["base"], proof)


def _joined_json(joined: Joined | None) -> dict[str, str | int] | None:
    if joined is None:
        return None
    return {
        "of_record": joined.of_record,
        "link": joined.link_id,
        "at": seconds(joined.at),
        "base": joined.base,
        "proof": joined.proof,
    }


def _staff_act(stored: Mapping[str, Any] | None) -> StaffAct | None:
    if stored is None:
        return None
    act, by, at, reason = stored["word"]
    word = Word(act, by, moment(at), reason)
    return StaffAct(word, stored["asked_in"], stored["done_in"], stored["former"])


def _staff_act_json(act: StaffAct | None) -> dict[str, Any] | None:
    if act is None:
        return None
    word = act.word
    return {
        "word": [word.act, word.by, seconds(word.at), word.reason],
        "asked_in": act.asked_in,
        "done_in": act.done_in,
        "former": act.former,
    }


def _entry(citizen_id: str, entry: Entry) -> IdentityEntryRecord:
    return IdentityEntryRecord(f"C#{citizen_id}", f"E#{entry.seq:06}", **EntryRecord.keys_of(entry))
