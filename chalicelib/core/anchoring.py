"""Daily anchors of all histories: what is signed, and how anybody verifies it.

A day's anchor is the root of a Merkle tree (`core.merkle`) whose leaves are the ends of the chains
that grew since the anchor before. Who rewrites a chain and its end cannot make the tree again: the
root is signed by a key that signs nothing else, published, and stored where nobody can delete it.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from chalicelib.core import merkle
from chalicelib.core.history import Entry, Finding

# Before the first anchor there is none.
NO_ANCHOR: Final = "0" * 64
_COORDINATE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Leaf:
    """The end of one chain: its subject, the number of its entries, the last one's hash."""

    subject: str
    seq: int
    hash: str

    @property
    def data(self) -> bytes:
        """Return the leaf's input to the tree: a line of JSON, as the bucket keeps it."""
        return _canonical([self.subject, self.seq, self.hash])

    @classmethod
    def read(cls, line: str) -> Self:
        """Read a line of a segment; raises ValueError."""
        subject, seq, hash_ = json.loads(line)
        return cls(str(subject), int(seq), str(hash_))


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed: the day's root in hex over `size` leaves, and the statement before it.

    `previous` is the SHA-256 of the former anchor's payload in hex, NO_ANCHOR for the first.
    """

    date: str
    root: str
    size: int
    previous: str

    @property
    def payload(self) -> bytes:
        """Return the octets that are signed."""
        facts = {"date": self.date, "previous": self.previous, "root": self.root, "size": self.size}
        return _canonical(facts)

    @property
    def digest(self) -> str:
        """Return what the next statement names as `previous`."""
        return hashlib.sha256(self.payload).hexdigest()


@dataclass(frozen=True, slots=True)
class Anchor:
    """A signed statement; `signature` is ES256's 64 octets (RFC 7518, section 3.4) in base64url.

    `key` is the public key as a JWK, `key_id` its thumbprint (RFC 7638): who knows the id knows the
    key.
    """

    statement: Statement
    signature: str
    key_id: str
    key: Mapping[str, str]
    made_at: str

    @classmethod
    def of(cls, facts: Mapping[str, Any], key: Mapping[str, str]) -> Self:
        """Return an anchor as it was published; raises KeyError and TypeError."""
        statement = Statement(*(facts[name] for name in ("date", "root", "size", "previous")))
        return cls(statement, facts["signature"], facts["key_id"], key, facts["made_at"])

    def is_genuine(self, key_ids: Collection[str] | None = None) -> bool:
        """Tell whether the key signed it, which must be one of these where they are given."""
        if thumbprint(self.key) != self.key_id:
            return False
        if key_ids is not None and self.key_id not in key_ids:
            return False
        return verify(self.key, self.signature, self.statement.payload)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a leaf stands at `index` of the tree of a day, by its audit path."""

    leaf: Leaf
    date: str
    index: int
    path: tuple[bytes, ...]

    @classmethod
    def of(cls, subject: str, facts: Mapping[str, Any]) -> Self:
        """Return a subject's inclusion as it was exported; raises KeyError and TypeError."""
        path = tuple(bytes.fromhex(hash_) for hash_ in facts["path"])
        leaf = Leaf(subject, facts["seq"], facts["hash"])
        return cls(leaf, facts["date"], facts["index"], path)

    def leads_to(self, statement: Statement) -> bool:
        """Tell whether the leaf is in the tree whose root a statement names."""
        leaf = merkle.leaf_hash(self.leaf.data)
        root = merkle.root_of(leaf, self.index, statement.size, self.path)
        return self.date == statement.date and root is not None and root.hex() == statement.root


def find_rewritten(
    entries: Sequence[Entry], inclusions: Sequence[Inclusion], anchors: Mapping[str, Anchor]
) -> Finding | None:
    """Return the first entry that is not what was anchored, or None.

    `anchors` are genuine, by their dates. An inclusion that leads to none of them is no proof of
    what stands there, and is found as `unproven`.
    """
    by_seq = {entry.seq: entry.hash for entry in entries}
    for one in sorted(inclusions, key=lambda inclusion: inclusion.leaf.seq):
        anchor, seq = anchors.get(one.date), one.leaf.seq
        if anchor is None or not one.leads_to(anchor.statement):
            return Finding(seq, "unproven")
        if seq not in by_seq:
            return Finding(len(entries) + 1, "left_out")
        if by_seq[seq] != one.leaf.hash:
            return Finding(seq, "rewritten")
    return None


def find_unanchored(
    entries: Sequence[Entry], inclusions: Sequence[Inclusion], first: str, last: str
) -> Finding | None:
    """Return the first entry that an anchor should cover and none does, or None.

    Times are RFC 3339 in one zone: what happened from `first` to `last` is due.
    """
    covered = max((one.leaf.seq for one in inclusions), default=0)
    late = (entry for entry in entries if entry.seq > covered and first <= entry.at <= last)
    return next((Finding(entry.seq, "unanchored") for entry in late), None)


def jwk_of(x: int, y: int) -> dict[str, str]:
    """Return a public key on P-256 as a JWK that may be published (RFC 7518, section 6.2)."""
    point = {"crv": "P-256", "kty": "EC", "x": _coordinate(x), "y": _coordinate(y)}
    return {**point, "alg": "ES256", "use": "sig", "kid": thumbprint(point), "purpose": "audit"}


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the thumbprint of a key on P-256 (RFC 7638): 43 letters of base64url."""
    facts = {name: jwk.get(name) for name in ("crv", "kty", "x", "y")}
    return encoded(hashlib.sha256(_canonical(facts)).digest())


def verify(jwk: Mapping[str, str], signature: str, payload: bytes) -> bool:
    """Tell whether ES256 by this key signs the payload so."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - cold start.
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415 - cold start.
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - cold start.

    try:
        x, y = (int.from_bytes(decoded(jwk[name])) for name in ("x", "y"))
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        raw = decoded(signature)
        r, s = (int.from_bytes(half) for half in (raw[:_COORDINATE_BYTES], raw[_COORDINATE_BYTES:]))
        key.verify(utils.encode_dss_signature(r, s), payload, ec.ECDSA(SHA256()))
    except (InvalidSignature, KeyError, ValueError):
        return False
    return len(raw) == 2 * _COORDINATE_BYTES


def encoded(octets: bytes) -> str:
    """Return octets in base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Return the octets of base64url without padding; raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _coordinate(number: int) -> str:
    return encoded(number.to_bytes(_COORDINATE_BYTES))


def _canonical(value: Any) -> bytes:
    """Write JSON in one way: names sorted, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()
