"""`make mutants`: break the rules of each room's domain, one place at a time, and look who notices.

A mutant is killed when a test fails in those modules of tests that use the room and need no engine
and no server; what the others notice comes on top. It is asked in a fork of this process, which has
imported what tests need and nothing of the product. What survives stands in
build/mutants/survivors.diff.
"""

import difflib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

import hypothesis.stateful  # noqa: F401 - forks need not import it.
import jwt  # noqa: F401 - as above.
import pydantic  # noqa: F401 - as above.
import pynamodb.models  # noqa: F401 - as above.
import pytest

from tests.load.report import table

ROOT = Path(__file__).parent.parent.parent
WORK = ROOT / "build" / "mutants"
ROOMS = (
    *("identity", "catalogue", "webhooks", "supervision", "mandates"),
    *("cases", "certificates", "enquiries", "deliveries", "notifications", "appointments"),
    *("payments", "assistant", "registers", "opendata", "subscribers"),
)
GOAL = 0.85
_AT_ONCE = 6
# Of the processor, so that a busy machine notices no mutant; and by the clock, for what only waits.
_WORK_SECONDS = 120
_TIME_OUT_SECONDS = 1200
# Worlds hold people who ask the engine; the catalogue's makes values. What is asked over a socket
# is slow, and fails on a busy machine whatever was broken.
_NEEDS_ENGINE = re.compile(
    r"\bApiClient\b|(?<!catalogue)\.world import|\.paying import"
    r"|infra\.local\.server|providers\.scripted import"
)
_PYTEST = (
    *("-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "-o", "addopts="),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


class _Engineless:
    """A plugin that leaves out the tests that need the engine all the same."""

    @staticmethod
    def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
        items[:] = [one for one in items if "engine" not in getattr(one, "fixturenames", ())]


@dataclass(frozen=True)
class Mutant:
    """One broken module, and where and how it is broken."""

    file: Path
    line: int
    operator: str
    source: str

    def diff(self) -> str:
        """Return the break as a unified diff."""
        old, new = (ROOT / self.file).read_text().splitlines(), self.source.splitlines()
        names = (f"{self.file}:{self.line}", self.operator)
        return "\n".join(difflib.unified_diff(old, new, *names, lineterm="", n=1))


def main(rooms: Sequence[str]) -> int:
    """Write the table of all rooms; returns 1 when more survives in one than may."""
    count, seed = os.environ.get("MUTANTS", "50"), os.environ.get("SEED", "1")
    rows, survivors = [], []
    for room in rooms:
        places, mutants = _sample(room, count, seed)
        killed = _killed(mutants, _tests_of(room))
        survivors += [one.diff() for one, dead in zip(mutants, killed, strict=True) if not dead]
        share = sum(killed) / len(killed)
        rows.append((room, places, len(killed), sum(killed), f"{share:.0%}", f"{GOAL:.0%}"))
        print(*rows[-1], flush=True)
        (WORK / "survivors.diff").write_text("\n\n".join(survivors) + "\n")
    if tuple(rooms) == ROOMS:
        head = ("domain of", "places", "mutants", "killed", "share", "goal")
        table("mutants", f"Mutants of the rules: a sample by seed {seed}, one a place", head, rows)
    return int(any(killed / made < GOAL for _, _, made, killed, *_ in rows))


def _sample(room: str, count: str, seed: str) -> tuple[int, list[Mutant]]:
    modules = (ROOT / "chalicelib" / room).rglob("*.py")
    files = sorted(str(one.relative_to(ROOT)) for one in modules if _is_domain(one))
    tool = (str(WORK / "bin" / "python"), "tests/mutants/mutations.py")
    made = subprocess.run([*tool, count, seed, *files], cwd=ROOT, capture_output=True, check=True)
    told = json.loads(made.stdout)
    mutants = [
        Mutant(Path(one["file"]), one["line"], one["operator"], one["source"])
        for one in told["sample"]
    ]
    return told["places"], mutants


def _is_domain(module: Path) -> bool:
    return module.stem == "domain" or module.parent.name == "domain"


def _tests_of(room: str) -> list[str]:
    """Return the modules of tests of a room that need no engine; they must pass as they are."""
    texts = {
        one: one.read_text()
        for user in ROOMS
        for one in sorted((ROOT / "tests" / user).rglob("test_*.py"))
    }
    of_room, uses = ROOT / "tests" / room, f"from chalicelib.{room}."
    pure = [
        str(one)
        for one, text in texts.items()
        if (one.is_relative_to(of_room) or uses in text) and not _NEEDS_ENGINE.search(text)
    ]
    _, status = os.waitpid(_ask(pure), 0)
    if status or not pure:
        sys.exit(f"the tests of {room} fail as they are")
    return pure


def _killed(mutants: Sequence[Mutant], tests: Sequence[str]) -> list[bool]:
    """Return of each mutant whether the tests noticed it."""
    asked: dict[int, int] = {}
    killed = [False] * len(mutants)
    for number, mutant in enumerate(mutants):
        asked[_ask(tests, mutant)] = number
        while len(asked) >= (_AT_ONCE if number + 1 < len(mutants) else 1):
            pid, status = os.wait()
            killed[asked.pop(pid)] = status != 0
    return killed


def _ask(tests: Sequence[str], mutant: Mutant | None = None) -> int:
    """Begin to run tests in a fork, with a mutant in the place of its module; returns its id."""
    pid = os.fork()
    if pid:
        return pid
    signal.setitimer(signal.ITIMER_PROF, _WORK_SECONDS)
    signal.alarm(_TIME_OUT_SECONDS)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    os.dup2(silence, sys.stderr.fileno())
    if mutant:
        _put_in_place(mutant)
    os._exit(int(pytest.main([*_PYTEST, *tests], [_Engineless()])))


def _put_in_place(mutant: Mutant) -> None:
    path, get_code = str(ROOT / mutant.file), SourceFileLoader.get_code

    def get_broken(self: SourceFileLoader, name: str) -> CodeType | None:
        if self.get_filename(name) != path:
            return get_code(self, name)
        return compile(mutant.source, path, "exec", dont_inherit=True)

    SourceFileLoader.get_code = get_broken  # type: ignore[assignment,method-assign]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ROOMS))
