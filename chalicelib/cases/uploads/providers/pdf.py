"""Whether a PDF asks for a password, by its bytes alone."""

import re
from collections import deque
from collections.abc import Iterator
from typing import Final

from chalicelib.cases.uploads.domain.contents import pdf_header
from chalicelib.cases.uploads.providers.pdf_passwords import ENCRYPT, opens_without_password

_STARTXREF: Final = re.compile(rb"startxref\s+(\d{1,10})")
_OBJECT: Final = re.compile(rb"\s*\d+\s+\d+\s+obj\b")
_TOKEN: Final = re.compile(rb"<<|>>|\((?:\\.|[^\\()])*\)|%[^\r\n]*", re.DOTALL)
_ENCRYPTED: Final = re.compile(rb"%b\s*(?:\d+\s+\d+\s+R\b|<<)" % ENCRYPT)
_DICTIONARY_READ: Final = 16 * 1024
_TRAILERS_READ: Final = 64


def asks_for_password(data: bytes) -> bool:
    """Tell whether a PDF is encrypted with more than the empty password.

    Its trailer says by what it is encrypted (ISO 32000-1, 7.5.5 and 7.6.1).
    """
    return any(
        _ENCRYPTED.search(_dictionary(trailer)) and not opens_without_password(data, trailer)
        for trailer in _trailers(data)
    )


def _trailers(data: bytes) -> Iterator[bytes]:
    """Yield what begins with the dictionary to which the file's end points, or looks like one."""
    pointed = list(_STARTXREF.finditer(data, max(0, len(data) - _DICTIONARY_READ)))
    if pointed:
        # Offsets count from the header, or by some programs from the file's own beginning.
        for base in {max(pdf_header(data), 0), 0}:
            section = _section(data, base + int(pointed[-1][1]))
            if section is not None:
                yield section
                return
    plain = _without_streams(data)
    for found in deque(re.finditer(rb"trailer\s*<<|/XRef\b", plain), _TRAILERS_READ):
        begins = found.start()
        if found[0] == b"/XRef":
            begins = max(plain.rfind(b"obj", max(0, begins - _DICTIONARY_READ), begins), 0)
        yield plain[begins : begins + _DICTIONARY_READ]


def _without_streams(data: bytes) -> bytes:
    kept, at = [], 0
    while (begins := data.find(b"stream", at)) >= 0:
        ends = data.find(b"endstream", begins)
        if ends < 0:
            break
        kept.append(data[at:begins])
        at = ends + len(b"endstream")
    return b" ".join([*kept, data[at:]])


def _section(data: bytes, at: int) -> bytes | None:
    """Return from the cross-reference section's trailer, or from the stream's object, there."""
    if data[at : at + 32].lstrip().startswith(b"xref"):
        begins = data.find(b"trailer", at)
        return data[begins : begins + _DICTIONARY_READ] if begins >= 0 else None
    return data[at : at + _DICTIONARY_READ] if _OBJECT.match(data, at) else None


def _dictionary(part: bytes) -> bytes:
    """Return the first dictionary, without its strings and remarks."""
    depth, kept, end = 0, [], 0
    for token in _TOKEN.finditer(part):
        kept += [part[end : token.start()], token[0] if token[0] in {b"<<", b">>"} else b" "]
        end = token.end()
        depth += (token[0] == b"<<") - (token[0] == b">>")
        if token[0] == b">>" and depth <= 0:
            break
    return b"".join(kept)
