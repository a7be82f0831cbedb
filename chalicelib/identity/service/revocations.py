"""Access tokens that end before their time: of erased citizens, and of staff whose rights changed.

What was revoked within the life of an access token is kept in one partition of the table. The
process that revokes knows at once; the others read the partition again when it is older than some
seconds, so that a request costs nothing more.
"""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.auth import Caller, Citizen, Staff
from chalicelib.core.cache import Reading
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Addition
from chalicelib.identity import storage

_FRESH_SECONDS: Final = 15
_LEEWAY: Final = timedelta(minutes=1)


# In the place of rights: the account was joined to another, whose its tokens are now.
JOINED: Final = ">"


class Revocations:
    """The revocations that a process knows: what each caller's token must say to be good."""

    def __init__(self) -> None:
        """Begin with none, to be read at the first question."""
        self._rights: dict[str, str] = {}
        self._reading = Reading(self._read)

    def holds(self, caller: Caller) -> bool:
        """Tell whether a caller's token was revoked."""
        self.refresh(_FRESH_SECONDS)
        if isinstance(caller, Citizen) and caller.link and link_actor(caller.link) in self._rights:
            return True
        rights = self._rights.get(caller.actor)
        return rights not in (None, JOINED) and rights != rights_of(caller)

    def joined(self, caller: Caller) -> bool:
        """Tell whether a caller's account was joined to another since the token was issued."""
        self.refresh(_FRESH_SECONDS)
        return self._rights.get(caller.actor) == JOINED

    def refresh(self, older_than: float) -> None:
        """Read again what was revoked, when it was last read so many seconds ago."""
        self._reading.refresh(older_than)

    def _read(self) -> None:
        since = dependencies.clock().now() - _lifetime()
        # Added to and never emptied: what this process revoked itself stays known.
        self._rights.update(storage.list_revoked(since))

    def revoke(self, actor: str, rights: str, now: datetime) -> datetime:
        """End all of a caller's tokens that do not say these rights; none is good without.

        Returns when the last of them would have run out.
        """
        until = now + _lifetime()
        storage.add_revoked(actor, rights, now, until)
        self._rights[actor] = rights
        return until

    def write(self, actor: str, rights: str, now: datetime) -> Addition:
        """Return the write that revokes in the transaction of what is its cause."""
        return storage.write_revoked(actor, rights, now, now + _lifetime())

    def learn(self, actor: str, rights: str) -> None:
        """Know at once what such a write revoked."""
        self._rights[actor] = rights


def rights_of(caller: Caller) -> str:
    """Return what a token says that its owner may, and of which generation it is."""
    generation = f"#{caller.generation}" if caller.generation else ""
    if not isinstance(caller, Staff):
        return f"*{generation}"
    halls = sorted(caller.listed_office_ids)
    if caller.division_prefix is not None:
        halls.append(f"{caller.division_prefix}*")
    departments = [f"/{department}" for department in sorted(caller.department_ids)]
    return " ".join([*sorted(caller.roles), "@", *halls, *departments]) + generation


def link_actor(link_id: str) -> str:
    """Return as whom the tokens of a joined account are revoked."""
    return f"link:{link_id}"


def _lifetime() -> timedelta:
    return timedelta(seconds=SETTINGS.access_token_seconds) + _LEEWAY


revocations: Final = Revocations()
is_revoked: Final = revocations.holds
