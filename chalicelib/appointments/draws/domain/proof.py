"""What makes a draw's result provable: commitment, root, order and outcome, from public values.

All of them are plain SHA-256 (FIPS 180-4) and HMAC (RFC 2104), so that a few lines in any language
check them.

* commitment: the hash of the 32 bytes of the seed;
* root: the hash of all entries' lines, in the order of their bytes, and of all slots' lines in the
  order of time, each with a line feed. An entry's line is its number and the slots that it prefers,
  a slot's its id and how many seats it has to give, with blanks in between;
* order: by HMAC-SHA-256 of each number, with SHA-256(seed, root, beacon), bytes one after another,
  as the key;
* outcome: in that order each takes a seat in the first slot of their preferences that has one left,
  or else in the first slot that has.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry as the public sees it: a random number, and the slots that it prefers."""

    number: str
    preferences: tuple[str, ...] = ()


# How many seats each slot has to give, in the order of time.
Places = Mapping[str, int]


def commitment_of(seed: bytes) -> str:
    """Return the hash of a seed, in hexadecimal digits."""
    return hashlib.sha256(seed).hexdigest()


def root_of(entries: Iterable[Listed], places: Places) -> str:
    """Return the hash of what a draw is of, in hexadecimal digits."""
    lines = sorted(" ".join((one.number, *one.preferences)).encode() for one in entries)
    lines += [f"{slot_id} {seats}".encode() for slot_id, seats in places.items()]
    return hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()


def order_of(seed: bytes, root: str, beacon: str, numbers: Iterable[str]) -> list[str]:
    """Return the numbers in their drawn order."""
    key = hashlib.sha256(seed + bytes.fromhex(root) + bytes.fromhex(beacon)).digest()
    return sorted(numbers, key=lambda one: hmac.digest(key, one.encode(), hashlib.sha256))


def outcome_of(order: Iterable[str], entries: Iterable[Listed], places: Places) -> dict[str, str]:
    """Return the slot that each winner has, by number; whoever has none was not drawn."""
    preferred = {one.number: one.preferences for one in entries}
    left = {slot_id: seats for slot_id, seats in places.items() if seats}
    outcome: dict[str, str] = {}
    for number in order:
        if not left:
            break
        wishes: Sequence[str] = preferred[number]
        slot_id = next((one for one in wishes if one in left), next(iter(left)))
        outcome[number] = slot_id
        left[slot_id] -= 1
        if not left[slot_id]:
            del left[slot_id]
    return outcome
