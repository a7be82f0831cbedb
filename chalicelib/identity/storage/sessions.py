"""Used log-in codes, and families of refresh tokens."""

from datetime import datetime

from pynamodb.exceptions import PutError, UpdateError

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.tables import condition_failed
from chalicelib.identity.domain import Family
from chalicelib.identity.storage._records import FamilyRecord, UsedCodeRecord, get


def claim_code(platform: str, code_hash: str, turn: int) -> bool:
    """Mark a log-in code as used; False when it was used before."""
    record = UsedCodeRecord(f"U#{platform}#{code_hash}", "code", tidy_at=turn)
    try:
        record.save(condition=UsedCodeRecord.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return False
    return True


def add_family(family: Family) -> None:
    """Keep a new family of refresh tokens."""
    FamilyRecord(
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
    for r in get(FamilyRecord, f"F#{family_id}", "family"):
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
    record = FamilyRecord(f"F#{family_id}", "family")
    is_live = (FamilyRecord.revoked == False) & (FamilyRecord.tidy_at > seconds(now))  # noqa: E712 - a condition.
    try:
        record.update(
            [
                FamilyRecord.serial.set(serial + 1),
                FamilyRecord.turn.set(turn),
                FamilyRecord.turned_at.set(seconds(now)),
            ],
            condition=is_live & (FamilyRecord.serial == serial) & (FamilyRecord.turn != turn),
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def revoke_family(family_id: str) -> None:
    """Make all refresh tokens of a family useless."""
    record = FamilyRecord(f"F#{family_id}", "family")
    try:
        record.update([FamilyRecord.revoked.set(True)], condition=FamilyRecord.pk.exists())
    except UpdateError as error:
        condition_failed(error)
