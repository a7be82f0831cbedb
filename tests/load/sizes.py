"""What a run takes: on disk, of all items that live, in memory, of the processor."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import orjson

from infra.local.engine_changes import ITEM, NO_ITEM
from infra.local.engine_journal import read_checkpoint, records
from tests.support.system import System

# The processes of a run by their modules.
ENGINE: Final = "engine_process"
API: Final = "local"


@dataclass(frozen=True)
class Measured:
    """Sizes in bytes at one moment: on disk, of all items, and of each process by its name.

    `processor` are the seconds that API and engine have used.
    """

    disk: int
    live: int
    memory: dict[str, int]
    processor: float


def measure(system: System) -> Measured:
    """Measure a run."""
    return Measured(disk(system), live(system), dict(memory(system)), processor(system))


def disk(system: System) -> int:
    """Return what the engine's folder holds, files that come and go meanwhile left out."""
    sizes = 0
    for path in (system.data / "engine").rglob("*"):
        try:
            sizes += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return sizes


def live(system: System) -> int:
    """Return how long the text of all items is, by what the engine has written of them.

    Asking the engine for all would make it take the most memory that it ever takes.
    """
    while True:
        try:
            return _written(system.data / "engine")
        except FileNotFoundError:
            # A checkpoint has just retired a journal.
            continue


def _written(folder: Path) -> int:
    first, kept = read_checkpoint(folder)
    scoped = orjson.loads(kept)["dynamodb"]["tables"]["data"] if kept else {}
    tables = {table["TableArn"]: table["items"] for table in scoped.values()}
    sizes = {
        (arn, partition, key): len(item.encode())
        for arn, partitions in tables.items()
        for partition, items in partitions.items()
        for key, item in items.items()
    }
    for record in chain.from_iterable(map(orjson.loads, records(folder, first))):
        if record[0] == ITEM:
            sizes[tuple(record[1:4])] = len(orjson.dumps(record[4]))
        elif record[0] == NO_ITEM:
            sizes.pop(tuple(record[1:4]), None)
    return sum(sizes.values())


def memory(system: System) -> Iterator[tuple[str, int]]:
    """Return each process and its resident set."""
    for name, pid in processes(system):
        status = Path(f"/proc/{pid}/status").read_text()
        resident = status.partition("VmRSS:")[2].split()[0]
        yield name, int(resident) * 1024


def processor(system: System) -> float:
    """Return how many seconds of a processor API and engine have used."""
    ticks = 0
    for name, pid in processes(system):
        if name in {API, ENGINE}:
            # Behind the name in brackets, which may have blanks: utime and stime are 14 and 15.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def processes(system: System) -> Iterator[tuple[str, int]]:
    """Return each process by its name."""
    for pid in (system.pid, *system.pids):
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        name = words[4] if "function_process" in words[2] and len(words) > 5 else words[2]
        yield name.rpartition(".")[2], pid
