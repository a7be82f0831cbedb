"""Access tokens that end before their time."""

from datetime import datetime
from typing import Final

from chalicelib.core.attributes import seconds
from chalicelib.core.tables import Addition
from chalicelib.identity.storage._records import RevokedRecord

_REVOKED: Final = "R#tokens"


def add_revoked(actor: str, rights: str, now: datetime, tidy_at: datetime) -> None:
    """Keep that a caller's tokens end unless they say these rights."""
    _record(actor, rights, now, tidy_at).save()


def write_revoked(actor: str, rights: str, now: datetime, tidy_at: datetime) -> Addition:
    """Keep it in the transaction of what revokes them."""
    return lambda write: write.save(_record(actor, rights, now, tidy_at))


def list_revoked(since: datetime) -> dict[str, str]:
    """Return the rights that the tokens of callers must say since a time; one Query."""
    revocations = RevokedRecord.query(
        _REVOKED, RevokedRecord.sk >= f"{seconds(since):010}", consistent_read=True
    )
    return {record.actor: record.rights for record in revocations}


def _record(actor: str, rights: str, now: datetime, tidy_at: datetime) -> RevokedRecord:
    sk = f"{seconds(now):010}#{actor}"
    return RevokedRecord(_REVOKED, sk, actor=actor, rights=rights, tidy_at=seconds(tidy_at))
