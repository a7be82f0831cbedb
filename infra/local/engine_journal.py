"""A write-ahead log and its checkpoints: what was appended is there again after a `kill -9`.

A folder holds `checkpoint.gz`, the whole state of one moment, and `journal-N`, what came after it.
A record stands behind its length and its CRC-32; a torn one ends its file. The checkpoint names
the first journal after it, so that exchanging it, one rename, retires the older journals.
Appending ends in the operating system's memory: it outlives the process, but not the power.
"""

import gzip
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_HEAD: Final = struct.Struct(">II")
_CHECKPOINT: Final = "checkpoint.gz"
_JOURNAL: Final = "journal-"
_FRESH: Final = ".new"
# The size of what was compressed, modulo 2**32, is at the end of a gzip file (RFC 1952, 2.3.1).
_SIZE: Final = struct.Struct("<I")
# So much is always left to the journal, lest a small state be written again and again.
_LEAST_BYTES: Final = 4 << 20


class Journal:
    """The journal that is being written."""

    def __init__(self, folder: Path) -> None:
        """Begin a new file after those that are there."""
        self._folder = folder
        self._number = max(_numbers(folder), default=0)
        self._file = -1
        self._live = _live_bytes(folder)
        self._size = sum(_path(folder, number).stat().st_size for number in _numbers(folder))
        self.turn()

    def append(self, payload: bytes) -> None:
        """Hand a record to the operating system; raises OSError, the file as long as before."""
        record = memoryview(_HEAD.pack(len(payload), zlib.crc32(payload)) + payload)
        at = os.lseek(self._file, 0, os.SEEK_END)
        try:
            while record:
                record = record[os.write(self._file, record) :]
        except OSError:
            os.ftruncate(self._file, at)
            raise
        self._size += len(payload) + _HEAD.size

    def is_long(self) -> bool:
        """Tell whether the journals have outgrown the live state, so that a checkpoint is due."""
        return self._size > max(self._live, _LEAST_BYTES)

    def turn(self) -> int:
        """Go on in the next file and return its number: a checkpoint of now comes before it."""
        if self._file >= 0:
            os.close(self._file)
        self._number += 1
        path = _path(self._folder, self._number)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return self._number

    def shorten(self) -> None:
        """Take note that a checkpoint was written."""
        self._live = _live_bytes(self._folder)
        self._size = sum(
            _path(self._folder, number).stat().st_size for number in _numbers(self._folder)
        )


def write_checkpoint(folder: Path, before: int, state: bytes) -> None:
    """Exchange the checkpoint for one that comes before a journal; older journals go."""
    fresh = folder / f"{_CHECKPOINT}{_FRESH}"
    with fresh.open("wb") as file:
        # The level that is quickest; the state shrinks to a fifth.
        file.write(gzip.compress(b"%d\n" % before + state, 1))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / _CHECKPOINT)
    for number in _numbers(folder):
        if number < before:
            _path(folder, number).unlink()


def read_checkpoint(folder: Path) -> tuple[int, bytes]:
    """Return the number of the first journal after the checkpoint, and the state or nothing."""
    path = folder / _CHECKPOINT
    if not path.exists():
        return 0, b""
    before, _, state = gzip.decompress(path.read_bytes()).partition(b"\n")
    return int(before), state


def records(folder: Path, first: int) -> Iterator[bytes]:
    """Return what was appended to the journals from the first on, each up to where it is torn."""
    for number in _numbers(folder):
        if number >= first:
            yield from _whole(_path(folder, number).read_bytes())


def _whole(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, at)
        payload = data[at + _HEAD.size : at + _HEAD.size + length]
        if len(payload) < length or zlib.crc32(payload) != checksum:
            return
        yield payload
        at += _HEAD.size + length


def _live_bytes(folder: Path) -> int:
    path = folder / _CHECKPOINT
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(-_SIZE.size, os.SEEK_END)
        return int(_SIZE.unpack(file.read())[0])


def _path(folder: Path, number: int) -> Path:
    return folder / f"{_JOURNAL}{number:08}"


def _numbers(folder: Path) -> list[int]:
    return sorted(int(path.name.removeprefix(_JOURNAL)) for path in folder.glob(f"{_JOURNAL}*"))
