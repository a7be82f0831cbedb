"""Verify the history of one's own case without the server, with nothing but Python 3.11.

    python verify_history.py HISTORY [ANCHORS]

HISTORY is what `GET /v1/cases/{id}/history` answered, ANCHORS what `GET /v1/anchors` published, or
a copy that somebody kept. It checks that no entry was changed, left out or added, that what is
shown is what was written, and that the chain stood so in an anchor that the audit key signed. It
follows `docs/audit.md`; it answers 0 when all holds, and else says what does not and answers 1.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

# The curve P-256 (FIPS 186-5; SP 800-186, section 3.2.1.3).
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
A = P - 3
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
SIGNATURE_BYTES = 64
Point = tuple[int, int] | None


def canonical(value: Any) -> bytes:
    """Write JSON in the one way of the docs."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def sha256(data: bytes) -> bytes:
    """Return the hash."""
    return hashlib.sha256(data).digest()


def check_chain(history: dict[str, Any]) -> None:
    """Raise ValueError at the first entry that is not what its hash says, or not in its place."""
    subject, before = history["subject_id"], "0" * 32
    for number, entry in enumerate(history["items"], 1):
        if entry["seq"] != number or entry["prev_hash"] != before:
            raise ValueError(f"entry {number} does not follow the one before")
        before = entry["hash"]
        if not entry["commitments"]:
            continue  # Of before there were commitments: only its place can be told.
        facts = [subject, number, entry["type"], entry["at"], entry["commitments"]]
        if sha256(canonical([*facts, entry["prev_hash"]])).hex()[:32] != entry["hash"]:
            raise ValueError(f"entry {number} was changed")
        for one in entry["shown"]:
            shown = sha256(canonical([one["salt"], one["name"], one["value"]])).hex()
            if shown != entry["commitments"].get(one["name"]):
                raise ValueError(f"entry {number} does not say {one['name']} {one['value']!r}")
    if history["head"] != {"seq": len(history["items"]), "hash": before}:
        raise ValueError("entries are missing at the end")


def check_proof(history: dict[str, Any], published: dict[str, Any] | None) -> None:
    """Raise ValueError unless the chain stands in an anchor that its key signed."""
    proof = history["proof"]
    anchor, key, seq = proof["anchor"], proof["key"], proof["seq"]
    if not 1 <= seq <= len(history["items"]) or history["items"][seq - 1]["hash"] != proof["hash"]:
        raise ValueError("the chain is not the one that was anchored")
    leaf = sha256(b"\0" + canonical([history["subject_id"], seq, proof["hash"]]))
    path = [bytes.fromhex(one) for one in proof["path"]]
    if root_of(leaf, proof["index"], anchor["size"], path).hex() != anchor["root"]:
        raise ValueError("the path does not lead to the root")
    named = {name: key[name] for name in ("crv", "kty", "x", "y")}
    if encoded(sha256(canonical(named))) != anchor["key_id"]:
        raise ValueError("this is not the key that the anchor names")
    signed = {name: anchor[name] for name in ("date", "previous", "root", "size")}
    if not verifies(key, anchor["signature"], canonical(signed)):
        raise ValueError("the anchor is not signed by its key")
    if published is not None and anchor not in published["items"]:
        raise ValueError(f"the anchor of {anchor['date']} was not published so")


def root_of(hash_: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root to which a path leads (RFC 9162, section 2.1.3.2)."""
    at, last = index, size - 1
    for sibling in path:
        if at % 2 or at == last:
            hash_ = sha256(b"\x01" + sibling + hash_)
            while at and at % 2 == 0:
                at, last = at // 2, last // 2
        else:
            hash_ = sha256(b"\x01" + hash_ + sibling)
        at, last = at // 2, last // 2
    return hash_ if last == 0 else b""


def verifies(key: dict[str, str], signature: str, message: bytes) -> bool:
    """Tell whether a key on P-256 made this signature (FIPS 186-5, section 6.4.2)."""
    x, y = (int.from_bytes(decoded(key[name])) for name in ("x", "y"))
    raw = decoded(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    on_curve = (y * y - (x * x * x + A * x + B)) % P == 0
    if len(raw) != SIGNATURE_BYTES or not on_curve or not (0 < r < N and 0 < s < N):
        return False
    number, inverse = int.from_bytes(sha256(message)), pow(s, -1, N)
    found = add(times(number * inverse % N, G), times(r * inverse % N, (x, y)))
    return found is not None and found[0] % N == r


def add(one: Point, other: Point) -> Point:
    """Add two points of the curve; None is the point at infinity."""
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2:
        if (y1 + y2) % P == 0:
            return None
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def times(number: int, point: Point) -> Point:
    """Add a point to itself so many times."""
    total: Point = None
    while number:
        if number % 2:
            total = add(total, point)
        point, number = add(point, point), number // 2
    return total


def encoded(octets: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Read base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main(arguments: list[str]) -> int:
    """Verify the files; 0 when all holds."""
    history, *more = (json.loads(Path(name).read_text()) for name in arguments)
    try:
        check_chain(history)
        if history["proof"]:
            check_proof(history, more[0] if more else None)
    except (KeyError, TypeError, ValueError) as error:
        print(f"not whole: {error}")
        return 1
    print(f"whole: {len(history['items'])} entries of {history['subject_id']}")
    if history["proof"]:
        anchor = history["proof"]["anchor"]
        print(f"entry {history['proof']['seq']} is in the anchor of {anchor['date']}")
        print(f"signed by the key {anchor['key_id']}: compare it with one that you know")
    else:
        print("in no anchor yet: ask again tomorrow")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
