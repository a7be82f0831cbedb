"""What residents hand in: a picture of a written page, which says nothing."""

import struct
import zlib
from typing import Final

_WIDTH, _HEIGHT = 480, 680
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# Of a page's lines: how far apart, how thick, and how much of the width each takes.
_STEP, _THICK = 28, 8
_LENGTHS: Final = (0.35, 0, 0.8, 0.76, 0.8, 0.6, 0, 0.8, 0.7, 0.78, 0.42)
_MARGIN: Final = 48


def picture() -> bytes:
    """Return it as a PNG of one byte a dot."""
    lines = b"".join(b"\x00" + _line(number) for number in range(_HEIGHT))
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _line(number: int) -> bytes:
    row, within = divmod(number - _MARGIN, _STEP)
    if not 0 <= row < len(_LENGTHS) or within >= _THICK:
        return b"\xff" * _WIDTH
    inked = int(_LENGTHS[row] * (_WIDTH - 2 * _MARGIN))
    return b"\xff" * _MARGIN + b"\x8c" * inked + b"\xff" * (_WIDTH - _MARGIN - inked)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
