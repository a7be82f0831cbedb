"""`make mutants`: break the rules of each room's domain, one place at a time, and look who notices.

A mutant is killed when a test of the room fails that needs no engine: what the others notice comes
on top. Only tests that run the mutated line are asked, the fastest first, for some seconds; where a
line runs at import, those of its module. What survives stands in build/mutants/survivors.diff.
"""

import ast
import difflib
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from coverage import CoverageData

from tests.load.report import table

ROOT = Path(__file__).parent.parent.parent
WORK = ROOT / "build" / "mutants"
ROOMS = (
    *("identity", "catalogue", "webhooks", "supervision", "mandates"),
    *("cases", "certificates", "enquiries", "deliveries", "notifications", "appointments"),
    "payments",
)
GOAL = 0.85
# How long the tests of one mutant may take together, as they took unbroken.
_SECONDS_OF_TESTS = 15.0
_TIME_OUT_SECONDS = 120
_PYTEST = (
    *("-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", "-o", "addopts="),
    *("-p", "tests.mutants.pure"),
)
_PASSED, _FAILED = 0, 1


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


class Selection:
    """Which tests of a room run which line, and how long each takes."""

    def __init__(self, data: Path, junit: Path) -> None:
        self._data = CoverageData(str(data))
        self._data.read()
        self._seconds: dict[str, float] = {}
        for case in ET.parse(junit).iter("testcase"):
            # What fails as it is, beside others, says nothing about a mutant.
            if case.find("failure") is not None or case.find("error") is not None:
                continue
            name = f"{case.get('classname')}.{str(case.get('name')).partition('[')[0]}"
            self._seconds[name] = self._seconds.get(name, 0) + float(case.get("time") or 0)

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Return the tests to ask about a mutant, as pytest names them."""
        lines = self._data.contexts_by_lineno(str(ROOT / mutant.file))
        # What runs at import runs within whatever test imports it first.
        inside = mutant.line in _lines_of_functions(ROOT / mutant.file)
        running = {test for test in lines.get(mutant.line, ()) if test and inside}
        nearby = {test for tests in lines.values() for test in tests if test}
        known = (running or nearby or self._seconds.keys()) & self._seconds.keys()
        chosen: list[str] = []
        left = _SECONDS_OF_TESTS
        for test in sorted(known, key=lambda name: (self._seconds[name], name)):
            left -= self._seconds[test]
            if left < 0 and chosen:
                break
            module, _, function = test.rpartition(".")
            chosen.append(f"{module.replace('.', '/')}.py::{function}")
        return chosen


def _lines_of_functions(file: Path) -> set[int]:
    return {
        line
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
        for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)
    }


def main(rooms: Sequence[str]) -> int:
    """Write the table of all rooms; returns 1 when more survives in one than may."""
    count, seed = os.environ.get("MUTANTS", "50"), os.environ.get("SEED", "1")
    folders: SimpleQueue[Path] = SimpleQueue()
    for number in range(2):
        folders.put(_copy(WORK / f"tree-{number}"))
    rows, survivors = [], []
    for room in rooms:
        places, mutants = _sample(room, count, seed)
        selection = _select(room)
        with ThreadPoolExecutor(2) as pool:
            killed = list(pool.map(partial(_is_killed, selection, folders), mutants))
        survivors += [one.diff() for one, dead in zip(mutants, killed, strict=True) if not dead]
        share = sum(killed) / len(killed)
        rows.append((room, places, len(killed), sum(killed), f"{share:.0%}", f"{GOAL:.0%}"))
        print(*rows[-1], flush=True)
        (WORK / "survivors.diff").write_text("\n\n".join(survivors) + "\n")
    if tuple(rooms) == ROOMS:
        head = ("domain of", "places", "mutants", "killed", "share", "goal")
        table("mutants", f"Mutants of the rules: a sample by seed {seed}, one a place", head, rows)
    return int(any(killed / made < GOAL for _, _, made, killed, *_ in rows))


def _copy(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            # Compiled modules go by the time of their source.
            shutil.copy2(ROOT / name, folder / name)
    quiet = [sys.executable, "-m", "compileall", "-q", "chalicelib", "functions", "infra", "tests"]
    subprocess.run(quiet, cwd=folder, check=True)
    return folder


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


def _select(room: str) -> Selection:
    data, junit = WORK / f"{room}.coverage", WORK / f"{room}.xml"
    for file in (data, junit):
        file.unlink(missing_ok=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "coverage", "run", "--rcfile=tests/mutants/coverage.ini"),
            *(f"--data-file={data}", *_PYTEST, f"--junitxml={junit}", f"tests/{room}"),
        ],
        cwd=ROOT,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    if done.returncode not in (_PASSED, _FAILED):
        sys.exit(f"the tests of {room} do not run")
    return Selection(data, junit)


def _is_killed(selection: Selection, folders: "SimpleQueue[Path]", mutant: Mutant) -> bool:
    tests = selection.tests_of(mutant)
    if not tests:
        return False
    folder = folders.get()
    file = folder / mutant.file
    try:
        file.write_text(mutant.source)
        done = subprocess.run(
            [sys.executable, *_PYTEST, "-x", *tests],
            cwd=folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=_TIME_OUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    else:
        return done.returncode != _PASSED
    finally:
        shutil.copy2(ROOT / mutant.file, file)
        folders.put(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ROOMS))
