"""Used log-in codes, and families of refresh tokens."""

from datetime import datetime
from typing import Final, Literal

from pynamodb.exceptions import PutError, UpdateError

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.tables import condition_failed
from chalicelib.identity.domain import TokenFamily
from chalicelib.identity.storage._records import FamilyRecord, UsedCodeRecord, get

_KINDS: Final[dict[str, Literal["staff", "device"]]] = {"staff": "staff", "device": "device"}


def claim_code(platform: str, code_hash: str, expires_at: int) -> bool:
    """Mark a log-in code as used; False when it was used before. `expires_at` in epoch seconds."""
    record = UsedCodeRecord(f"U#{platform}#{code_hash}", "code", tidy_at=expires_at)
    try:
        record.save(condition=UsedCodeRecord.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return False
    return True


def add_family(family: TokenFamily) -> None:
    """Keep a new family of refresh tokens."""
    FamilyRecord(
        f"F#{family.family_id}",
        "family",
        kind=family.kind,
        subject=family.subject,
        serial=family.serial,
        rotated_by=family.rotated_by,
        rotated_at=seconds(family.rotated_at),
        generation=family.generation or None,
        tidy_at=seconds(family.expires_at),
    ).save()


def load_family(family_id: str) -> TokenFamily | None:
    """Return a family of refresh tokens."""
    for r in get(FamilyRecord, f"F#{family_id}", "family"):
        return TokenFamily(
            family_id,
            _KINDS.get(r.kind, "citizen"),
            r.subject,
            int(r.serial),
            r.rotated_by,
            moment(r.rotated_at or 0),
            moment(r.tidy_at),
            r.revoked,
            int(r.generation or 0),
        )
    return None


def rotate_family(family_id: str, serial: int, attempt: str, now: datetime) -> bool:
    """Move a live family from `serial` to the next; False when it is not there.

    It stays where the same attempt moved it to.
    """
    record = FamilyRecord(f"F#{family_id}", "family")
    is_live = (FamilyRecord.revoked == False) & (FamilyRecord.tidy_at > seconds(now))  # noqa: E712 - a condition.
    is_next = (FamilyRecord.serial == serial) & (FamilyRecord.rotated_by != attempt)
    try:
        record.update(
            [
                FamilyRecord.serial.set(serial + 1),
                FamilyRecord.rotated_by.set(attempt),
                FamilyRecord.rotated_at.set(seconds(now)),
            ],
            condition=is_live & is_next,
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
