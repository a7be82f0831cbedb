"""What a phone signs by SOTER, as `resultJSON` of `wx.startSoterAuthentication` says it."""

from dataclasses import dataclass
from typing import Final

from chalicelib.core import foreign_json

_LONGEST: Final = 200


class NotVerifiedError(Exception):
    """What a phone gave is not what `resultJSON` is."""


@dataclass(frozen=True, slots=True)
class SoterResult:
    """What a phone signed: the challenge that it was given, by which device, the how-manieth."""

    challenge: str
    device: str
    counter: int


def read(result_json: str) -> SoterResult:
    """Return what stands in a `resultJSON`; raises NotVerifiedError.

    `cpu_id` names the device and `uid` the app on it; iPhones may leave either out.
    """
    try:
        given = foreign_json.read(result_json)
    except ValueError as error:
        raise NotVerifiedError from error
    if not isinstance(given, dict):
        raise NotVerifiedError
    raw, counter = given.get("raw"), given.get("counter")
    device = [given.get(name, "") for name in ("cpu_id", "uid")]
    texts = [raw, *device]
    if not all(isinstance(one, str) and len(one) <= _LONGEST for one in texts):
        raise NotVerifiedError
    if not isinstance(counter, int) or isinstance(counter, bool) or not 0 <= counter < 2**63:
        raise NotVerifiedError
    return SoterResult(str(raw), "/".join(map(str, device)), counter)
