"""The table `identity`.

| what | pk | sk |
|---|---|---|
| a citizen | C#citizen | profile |
| the citizen's history | C#citizen | E#seq |
| a member of the family | C#citizen | M#member |
| a look at the citizen's data | C#citizen | X#time#id |
| a platform's account | A#platform#hash | account |
| a used log-in code | U#platform#hash | code |
| a family of refresh tokens | F#family | family |
| a member of staff | S#username | staff |
| a counter of attempts | L#what | window |
| a revocation of access tokens | R#tokens | time#actor |

Reads: by key; the citizen's partition by prefix of sk. No index.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeVar

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import PutError, PynamoDBException, TransactWriteError, UpdateError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.history import Entry, Head
from chalicelib.core.pagination import Page
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import (
    EntryRecord,
    Record,
    Table,
    condition_failed,
    failed_conditions,
    transaction,
)
from chalicelib.identity.domain import Family, Look, Member, Profile, StaffAccount

TABLE: Final = Table("identity")
_REVOKED: Final = "R#tokens"
TRIES: Final = "tries"
_DAY: Final = 86400
R = TypeVar("R", bound=Model)
Also = Callable[[TransactWrite], None]


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Profile(_Kept):
    key = UnicodeAttribute()
    version = NumberAttribute()
    seq = NumberAttribute()
    hash = UnicodeAttribute()
    person = UnicodeAttribute(null=True)
    locale = UnicodeAttribute()
    large_text = BooleanAttribute()
    sealed = JSONAttribute()
    members = UnicodeSetAttribute(null=True)


class _Entry(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Member(_Kept):
    person = UnicodeAttribute()
    relation = UnicodeAttribute()
    sealed = JSONAttribute()
    fingerprint = UnicodeAttribute()


class _Look(_Kept):
    at = UnicodeAttribute()
    staff_id = UnicodeAttribute()
    reason = UnicodeAttribute()
    what = UnicodeAttribute()


class _Account(_Kept):
    citizen_id = UnicodeAttribute()


class _UsedCode(_Kept):
    tidy_at = NumberAttribute()


class _Family(_Kept):
    kind = UnicodeAttribute()
    subject = UnicodeAttribute()
    serial = NumberAttribute()
    turn = UnicodeAttribute()
    turned_at = NumberAttribute(null=True)
    revoked = BooleanAttribute(default=False)
    tidy_at = NumberAttribute()


class _Revoked(_Kept):
    actor = UnicodeAttribute()
    rights = UnicodeAttribute()
    tidy_at = NumberAttribute()


class _Staff(_Kept):
    password_hash = UnicodeAttribute()
    roles = UnicodeSetAttribute()
    office_ids = UnicodeSetAttribute()
    totp = UnicodeAttribute(null=True)
    key = UnicodeAttribute(null=True)
    totp_step = NumberAttribute(null=True)
    account = UnicodeAttribute(null=True)


class _Counter(_Kept):
    attempts = NumberAttribute(default=0)
    failures = NumberAttribute(default=0)
    until = NumberAttribute(null=True)
    tidy_at = NumberAttribute()


def load_profile(citizen_id: str) -> Profile | None:
    """Return a citizen's profile."""
    for record in _get(_Profile, f"C#{citizen_id}", "profile"):
        return Profile(
            citizen_id,
            record.key,
            int(record.version),
            Head(int(record.seq), record.hash),
            record.person,
            record.locale,
            record.large_text,
            record.sealed,
            frozenset(record.members or ()),
        )
    return None


def find_account(platform: str, subject: str) -> str | None:
    """Return the citizen of a platform's account; `subject` is hashed."""
    found = [r.citizen_id for r in _get(_Account, f"A#{platform}#{subject}", "account")]
    return found[0] if found else None


def create_citizen(
    profile: Profile, platform: str, subject: str, entry: Entry, former: str | None = None
) -> bool:
    """Keep a new citizen with the account that they came by; False when either exists.

    `former` is the erased citizen whose account it was.
    """
    account = _Account(f"A#{platform}#{subject}", "account", citizen_id=profile.citizen_id)
    is_free = _Account.citizen_id == former if former else _Account.pk.does_not_exist()
    try:
        with transaction() as write:
            write.save(account, condition=is_free)
            write.save(_record(profile), condition=_Profile.pk.does_not_exist())
            write.save(_entry(profile.citizen_id, entry))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def store_profile(
    profile: Profile,
    entry: Entry,
    *,
    added: Member | None = None,
    removed: str | None = None,
    also: Iterable[Also | None] = (),
) -> bool:
    """Keep the next version of a citizen with its entry; False when another was faster.

    `also` is what other rooms write in the same transaction.
    """
    pk = f"C#{profile.citizen_id}"
    try:
        with transaction() as write:
            write.save(_record(profile), condition=_Profile.version == profile.version - 1)
            write.save(_entry(profile.citizen_id, entry))
            if added:
                write.save(
                    _Member(
                        pk,
                        f"M#{added.member_id}",
                        person=added.person,
                        relation=added.relation,
                        sealed=dict(added.sealed),
                        fingerprint=added.fingerprint,
                    )
                )
            if removed:
                write.delete(_Member(pk, f"M#{removed}"))
            for other in also:
                if other:
                    other(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def entry_exists(citizen_id: str, entry: Entry) -> bool:
    """Tell whether this very entry was stored, although the answer got lost."""
    found = _get(_Entry, f"C#{citizen_id}", f"E#{entry.seq:06}")
    return any(record.hash == entry.hash for record in found)


def load_entries(citizen_id: str) -> list[Entry]:
    """Return the history of a citizen's profile."""
    return _Entry.entries_of(f"C#{citizen_id}", "E#")


def load_members(citizen_id: str) -> list[Member]:
    """Return the people for whom a citizen may act."""
    found = _Member.query(f"C#{citizen_id}", _Member.sk.startswith("M#"), consistent_read=True)
    return [
        Member(r.sk[2:], r.person, r.relation, r.sealed, r.fingerprint)  # type: ignore[arg-type]
        for r in found
    ]


def add_look(citizen_id: str, look: Look, look_id: str) -> None:
    """Record a look at a citizen's data."""
    _Look(
        f"C#{citizen_id}",
        f"X#{look.at}#{look_id}",
        at=look.at,
        staff_id=look.staff_id,
        reason=look.reason,
        what=look.what,
    ).save()


def list_looks(citizen_id: str, position: str | None, limit: int) -> Page[Look]:
    """Return looks, newest first."""
    condition = _Look.sk.between("X#", position or "X$")
    found = list(
        _Look.query(f"C#{citizen_id}", condition, scan_index_forward=False, limit=limit + 2)
    )
    found = [r for r in found if r.sk != position][: limit + 1]
    looks = tuple(Look(r.at, r.staff_id, r.reason, r.what) for r in found[:limit])
    return Page(looks, found[limit - 1].sk if len(found) > limit else None)


def claim_code(platform: str, code_hash: str, turn: int) -> bool:
    """Mark a log-in code as used; False when it was used before."""
    record = _UsedCode(f"U#{platform}#{code_hash}", "code", tidy_at=turn)
    try:
        record.save(condition=_UsedCode.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return False
    return True


def add_family(family: Family) -> None:
    """Keep a new family of refresh tokens."""
    _Family(
        f"F#{family.family_id}",
        "family",
        kind=family.kind,
        subject=family.subject,
        serial=family.serial,
        turn=family.turn,
        turned_at=seconds(family.turned_at),
        tidy_at=seconds(family.expires_at),
    ).save()


def load_family(family_id: str) -> Family | None:
    """Return a family of refresh tokens."""
    for r in _get(_Family, f"F#{family_id}", "family"):
        return Family(
            family_id,
            "staff" if r.kind == "staff" else "citizen",
            r.subject,
            int(r.serial),
            r.turn,
            moment(r.turned_at or 0),
            moment(r.tidy_at),
            r.revoked,
        )
    return None


def turn_family(family_id: str, serial: int, turn: str, now: datetime) -> bool:
    """Move a live family from `serial` to the next; False when it is not there.

    It stays where the same turn moved it to.
    """
    record = _Family(f"F#{family_id}", "family")
    is_live = (_Family.revoked == False) & (_Family.tidy_at > seconds(now))  # noqa: E712 - a condition.
    try:
        record.update(
            [
                _Family.serial.set(serial + 1),
                _Family.turn.set(turn),
                _Family.turned_at.set(seconds(now)),
            ],
            condition=is_live & (_Family.serial == serial) & (_Family.turn != turn),
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def revoke_family(family_id: str) -> None:
    """Make all refresh tokens of a family useless."""
    record = _Family(f"F#{family_id}", "family")
    try:
        record.update([_Family.revoked.set(True)], condition=_Family.pk.exists())
    except UpdateError as error:
        condition_failed(error)


def save_staff(account: StaffAccount) -> None:
    """Keep a member of staff's account."""
    _Staff(
        f"S#{account.username}",
        "staff",
        password_hash=account.password_hash,
        roles=set(account.roles),
        office_ids=set(account.office_ids),
        totp=account.totp,
        key=account.wrapped_key,
        account=account.account_id or None,
    ).save()


def load_staff(username: str) -> StaffAccount | None:
    """Return a member of staff's account."""
    for r in _get(_Staff, f"S#{username}", "staff"):
        return StaffAccount(
            username,
            r.password_hash,
            frozenset(r.roles),
            frozenset(r.office_ids),
            r.totp,
            r.key,
            r.account or "",
        )
    return None


def delete_staff(username: str) -> None:
    """Remove a member of staff's account; one that is not there is fine."""
    _Staff(f"S#{username}", "staff").delete()


def use_totp_step(username: str, step: int) -> bool:
    """Note that the one-time code of a time step was used; False when it was used before."""
    unused = _Staff.totp_step.does_not_exist() | (_Staff.totp_step < step)
    try:
        _Staff(f"S#{username}", "staff").update([_Staff.totp_step.set(step)], condition=unused)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def count(what: str, window: str, tidy_at: int, *, failed: bool) -> tuple[int, int]:
    """Count an attempt or a failure; return how many attempts and failures there are."""
    record = _Counter(f"L#{what}", window)
    record.update(
        [
            _Counter.failures.add(1) if failed else _Counter.attempts.add(1),
            _Counter.tidy_at.set(tidy_at),
        ]
    )
    return int(record.attempts or 0), int(record.failures or 0)


def count_if_possible(what: str, window: str, tidy_at: int, *, failed: bool) -> tuple[int, int]:
    """Count as `count` does; (0, 0) when the table does not answer."""
    try:
        return count(what, window, tidy_at, failed=failed)
    except PynamoDBException:
        return 0, 0


def claim_one_of(what: str, window: str, limit: int, tidy_at: int) -> bool:
    """Claim one of so many a window; False when none is left."""
    attempts = _Counter.attempts
    try:
        _Counter(f"L#{what}", window).update(
            [attempts.add(1), _Counter.tidy_at.set(tidy_at)],
            condition=attempts.does_not_exist() | (attempts < limit),
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def return_one(what: str, window: str) -> None:
    """Give back what was claimed and not used."""
    _Counter(f"L#{what}", window).update(
        [_Counter.attempts.add(-1)], condition=_Counter.attempts > 0
    )


def claim_try(what: str, free: int, now: datetime, waits: Callable[[int], int]) -> int:
    """Claim a try; return 0, or how many seconds to wait for the next.

    So many are `free`; each further one that is claimed makes the next wait. They are forgotten
    after a day without one.
    """
    record, tidy = _Counter(f"L#{what}", TRIES), seconds(now) + _DAY
    is_free = _Counter.failures.does_not_exist() | (_Counter.failures < free)
    stale = _Counter.tidy_at <= seconds(now)
    try:
        record.update([_Counter.failures.add(1), _Counter.tidy_at.set(tidy)], condition=is_free)
    except UpdateError as error:
        condition_failed(error)
    else:
        return 0
    kept = next(iter(_get(_Counter, record.pk, TRIES)), record)
    past = int(kept.tidy_at or 0) <= seconds(now)
    tried = 0 if past else int(kept.failures or 0)
    if tried >= free and int(kept.until or 0) > seconds(now):
        return int(kept.until or 0) - seconds(now)
    wait = waits(tried - free) if tried >= free else 0
    next_try: list[Any] = [
        _Counter.failures.set(tried + 1),
        _Counter.until.set(seconds(now) + wait),
        _Counter.tidy_at.set(tidy),
    ]
    try:
        record.update(next_try, condition=stale | (_Counter.failures == tried))
    except UpdateError as error:
        condition_failed(error)
        return max(1, wait)
    return 0


def return_try(what: str) -> None:
    """Take back a try that was no failure; the wait that it began ends too."""
    record = _Counter(f"L#{what}", TRIES)
    try:
        record.update(
            [_Counter.failures.add(-1), _Counter.until.remove()],
            condition=_Counter.failures > 0,
        )
    except UpdateError as error:
        condition_failed(error)


def failures(what: str, window: str) -> int:
    """Return how many failures were counted."""
    return sum(int(record.failures or 0) for record in _get(_Counter, f"L#{what}", window))


def forget_failures(what: str, window: str) -> None:
    """Start counting anew."""
    _Counter(f"L#{what}", window).delete()


def add_revoked(actor: str, rights: str, now: datetime, tidy_at: datetime) -> None:
    """Keep that a caller's tokens end unless they say these rights."""
    sk = f"{seconds(now):010}#{actor}"
    _Revoked(_REVOKED, sk, actor=actor, rights=rights, tidy_at=seconds(tidy_at)).save()


def list_revoked(since: datetime) -> dict[str, str]:
    """Return the rights that the tokens of callers must say since a time; one Query."""
    found = _Revoked.query(_REVOKED, _Revoked.sk >= f"{seconds(since):010}", consistent_read=True)
    return {record.actor: record.rights for record in found}


def _get(kind: type[R], pk: str, sk: str) -> list[R]:
    try:
        return [kind.get(pk, sk, consistent_read=True)]
    except kind.DoesNotExist:
        return []


def _record(profile: Profile) -> _Profile:
    return _Profile(
        f"C#{profile.citizen_id}",
        "profile",
        key=profile.wrapped_key,
        version=profile.version,
        seq=profile.head.seq,
        hash=profile.head.hash,
        person=profile.person,
        locale=profile.locale,
        large_text=profile.large_text,
        sealed=dict(profile.sealed),
        members=set(profile.members) or None,
    )


def _entry(citizen_id: str, entry: Entry) -> _Entry:
    return _Entry(f"C#{citizen_id}", f"E#{entry.seq:06}", **EntryRecord.keys_of(entry))
