"""The League of Entropy's beacon, drand: a value every few seconds, signed by many together.

Its HTTP API: `GET {chain}/info` answers `period` (seconds) and `genesis_time` (seconds since 1970),
`GET {chain}/public/{round}` answers `round`, `randomness` and `signature`, of which randomness is
the SHA-256. Who checks a draw can have the signature checked by any of drand's clients.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.appointments.draws.providers.base import NamedValue
from chalicelib.core import http_client
from chalicelib.identity.domain import ProviderUnavailable

_SECONDS: Final = 4.0
# The list of a draw is closed and published by then; later it would prove nothing.
_AFTER_CLOSING: Final = timedelta(minutes=15)
_NAME: Final = re.compile(r"drand ([0-9a-f]{64}) round ([0-9]+)")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+")


class DrandBeacon:
    """Asks one of drand's HTTP relays about a chain."""

    def __init__(self, url: str) -> None:
        """`url` ends with the chain's hash."""
        self._url = url

    def named(self, closes_at: datetime) -> NamedValue:
        """Return the first round a quarter of an hour after closing; raises ProviderUnavailable."""
        info = self._ask("info")
        period, genesis, chain = (info.get(one) for one in ("period", "genesis_time", "hash"))
        if not isinstance(period, int) or not isinstance(genesis, int) or period < 1:
            raise ProviderUnavailable(retry_after=60)
        # Round 1 is that of the genesis.
        wanted = int((closes_at + _AFTER_CLOSING).timestamp())
        number = -(-(wanted - genesis) // period) + 1
        name = f"drand {chain} round {number}"
        if number < 1 or not _NAME.fullmatch(name):
            raise ProviderUnavailable(retry_after=60)
        known_from = datetime.fromtimestamp(genesis + (number - 1) * period, UTC)
        return NamedValue(name, known_from)

    def value(self, name: str) -> str:
        """Return the randomness of a round; raises ProviderUnavailable."""
        asked = _NAME.fullmatch(name)
        if asked is None or not self._url.endswith(asked[1]):
            raise ProviderUnavailable(retry_after=60)
        answer = self._ask(f"public/{asked[2]}")
        signature, randomness = (str(answer.get(one)) for one in ("signature", "randomness"))
        is_whole = str(answer.get("round")) == asked[2] and _HEX.fullmatch(signature)
        if not is_whole or hashlib.sha256(bytes.fromhex(signature)).hexdigest() != randomness:
            raise ProviderUnavailable(retry_after=60)
        return randomness

    def _ask(self, what: str) -> Mapping[str, Any]:
        try:
            return http_client.json_object(http_client.get(f"{self._url}/{what}", {}, _SECONDS))
        except http_client.RequestError as error:
            raise ProviderUnavailable(retry_after=60) from error
