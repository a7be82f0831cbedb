"""Whether an encrypted PDF opens with the empty password, as most that only forbid changes do.

The standard security handler of ISO 32000-2, 7.6.4. What cannot be read asks for a password.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Value = bytes | int
_PADDING: Final = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_TOKEN: Final = re.compile(
    rb"%[^\r\n]*|<<|>>|<[0-9A-Fa-f\s]*>|\(|/[^\s<>\[\](){}/%]*|[-+]?\d{1,18}|[A-Za-z]+"
)
_BRACKETS: Final = {b"<<": 1, b">>": -1}
_ESCAPED: Final = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPES: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_PARENTHESIS: Final = re.compile(rb"\\.|[()]", re.DOTALL)
# Each sign of a name may be written by its number (ISO 32000-2, 7.3.5).
ENCRYPT: Final = b"/" + b"".join(b"(?:%c|#(?i:%02x))" % (sign, sign) for sign in b"Encrypt")
_NAMED: Final = re.compile(rb"%b\s*(?:(\d+)\s+(\d+)\s+R\b|(?=<<))" % ENCRYPT)
_DICTIONARY_READ: Final = 4096
_HASHES: Final = (hashlib.sha256, hashlib.sha384, hashlib.sha512)
_LEAST_ROUNDS: Final = 64


def opens_without_password(data: bytes, trailer: bytes) -> bool:
    """Tell whether a PDF with this trailer, which names its encryption, opens with no password."""
    named = entries(trailer)
    rules, file_id = entries(_rules(data, trailer)), named.get(b"/ID", b"")
    known, revision = rules.get(b"/U"), rules.get(b"/R")
    if rules.get(b"/Filter") != b"/Standard" or not isinstance(known, bytes):
        return False
    match revision:
        case 2 | 3 | 4:
            return isinstance(file_id, bytes) and _opens_with_md5(rules, known, revision, file_id)
        case 5:
            return hashlib.sha256(known[32:40]).digest() == known[:32]
        case 6:
            return _hardened(known[32:40]) == known[:32]
    return False


def _rules(data: bytes, trailer: bytes) -> bytes:
    """Return what begins with the dictionary by which a PDF is encrypted; nothing if it is none."""
    found = _NAMED.search(trailer)
    if found is None or found[1] is None:
        return trailer[found.end() :] if found else b""
    # The newest of its object is the last; it stands in no object stream (7.5.7).
    name = b"%b %b obj" % found.groups()
    begins = data.rfind(name)
    while begins > 0 and data[begins - 1 : begins].isdigit():
        begins = data.rfind(name, 0, begins)
    return data[begins + len(name) :][:_DICTIONARY_READ] if begins >= 0 else b""


def entries(part: bytes) -> Mapping[bytes, Value]:
    """Return the entries of the first dictionary: strings, numbers, names; of a list the first."""
    found: dict[bytes, Value] = {}
    key, depth, at = b"", 0, 0
    while token := _TOKEN.search(part, at):
        at, text = token.end(), token[0]
        if text in _BRACKETS:
            depth, key = depth + _BRACKETS[text], b""
            if depth <= 0:
                break
            continue
        value, at = _literal(part, at) if text == b"(" else (_value(text), at)
        if depth != 1 or text.startswith(b"%"):
            continue
        if key:
            found.setdefault(key, value)
            key = b""
        elif text.startswith(b"/"):
            key = text
    return found


def _value(text: bytes) -> Value:
    if text.startswith(b"<"):
        digits = b"".join(text[1:-1].split())
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    return int(text) if text.lstrip(b"+-").isdigit() else text


def _literal(part: bytes, begins: int) -> tuple[bytes, int]:
    """Read a string up to its closing parenthesis; return it and where it ends."""
    depth, ends = 1, len(part)
    for found in _PARENTHESIS.finditer(part, begins):
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        if not depth:
            ends = found.start()
            break
    return _ESCAPED.sub(_unescaped, part[begins:ends]), ends + 1


def _unescaped(found: re.Match[bytes]) -> bytes:
    what = found[1]
    if what[:1].isdigit() and what[:1] < b"8":
        return bytes([int(what, 8) & 255])
    return b"" if what in {b"\n", b"\r", b"\r\n"} else _ESCAPES.get(what, what)


def _opens_with_md5(
    rules: Mapping[bytes, Value], known: bytes, revision: int, file_id: bytes
) -> bool:
    """Algorithms 2, 4 and 5 (7.6.4.3 and 7.6.4.4)."""
    owner, allowed, bits = rules.get(b"/O"), rules.get(b"/P"), rules.get(b"/Length", 40)
    if not (isinstance(owner, bytes) and isinstance(allowed, int) and isinstance(bits, int)):
        return False
    length = 5 if revision == 2 else 16 if rules.get(b"/V") == 4 else bits // 8  # noqa: PLR2004
    clear = revision == 4 and rules.get(b"/EncryptMetadata") == b"false"  # noqa: PLR2004
    permissions = (allowed & 0xFFFFFFFF).to_bytes(4, "little")
    key = _md5(_PADDING + owner[:32] + permissions + file_id + (b"\xff" * 4 if clear else b""))
    if not 0 < length <= len(key):
        return False
    if revision == 2:  # noqa: PLR2004
        return _rc4(key[:length], _PADDING) == known[:32]
    for _ in range(50):
        key = _md5(key[:length])
    expected = _md5(_PADDING + file_id)
    for turn in range(20):
        expected = _rc4(bytes(byte ^ turn for byte in key[:length]), expected)
    return expected == known[:16]


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def _hardened(salt: bytes) -> bytes:
    """Algorithm 2.B (7.6.4.3.4) for the empty password."""
    key, rounds, last = hashlib.sha256(salt).digest(), 0, 255
    while rounds < _LEAST_ROUNDS or last > rounds - 32:
        encryptor = Cipher(algorithms.AES(key[:16]), modes.CBC(key[16:32])).encryptor()
        mixed = encryptor.update(key * 64)
        key = _HASHES[sum(mixed[:16]) % 3](mixed).digest()
        rounds, last = rounds + 1, mixed[-1]
    return key[:32]
