"""Erasures replayed after a restore: who was erased since is erased again, in every room.

A table that was restored to an earlier second has again what was erased after it. The tombstones
name whose that is.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from chalicelib.core import logs, retry
from chalicelib.identity import storage
from chalicelib.identity.keys import storage as keys
from chalicelib.identity.service import personal_data_requests, profiles
from chalicelib.identity.tombstones import storage as tombstones

# What a table's clock and that of a function may differ by, and more.
_EARLIER: Final = timedelta(hours=1)
_LOG: Final = logging.getLogger("onetrip.replay")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one who was erased: they were back, had stayed away, or could not be read."""

    citizen_id: str
    outcome: Literal["erased_again", "stayed_erased", "failed"]


def erased_since(restored_to: datetime, now: datetime) -> list[str]:
    """Return who was erased since a second to which a table was restored, each once, in order."""
    found = tombstones.list_since(restored_to - _EARLIER, now)
    return list(dict.fromkeys(one.citizen_id for one in found))


def replay(citizen_ids: list[str], now: datetime) -> Iterator[Replayed]:
    """Erase all of these again; yield what became of each. Idempotent.

    One who cannot be erased keeps no other waiting: they are logged, and a further run tries anew.
    """
    logs.configure()
    for citizen_id in citizen_ids:
        try:
            with retry.within():
                was_back = erase_again(citizen_id, now)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others go on.
            _LOG.error("erasure_not_replayed", exc_info=error, extra={"item": citizen_id})
            yield Replayed(citizen_id, "failed")
        else:
            yield Replayed(citizen_id, "erased_again" if was_back else "stayed_erased")


def erase_again(citizen_id: str, now: datetime) -> bool:
    """Let all rooms forget a citizen once more; tell whether the account was back.

    The key goes first; nothing here needs it. Nothing stands in the way that had ended before.
    Raises TryAgain.
    """
    keys.delete_key(citizen_id)
    profiles.keys.drop(citizen_id)
    profile = storage.load_profile(citizen_id)
    was_back = profile is not None and not profile.erased
    if profile and was_back:
        for account in personal_data_requests.joined_to(profile):
            erase_again(account, now)
    for holder in personal_data_requests.holders():
        holder.erase(citizen_id, now)
    if was_back:
        personal_data_requests.destroy_key(citizen_id, now)
    return was_back
