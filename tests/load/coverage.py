"""The share of branches that tests take, and lines of tests to lines of code, into the page.

Room by room; run by `make coverage`.
"""

import ast
import io
import json
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.load.report import table

GOAL = 0.95
_FILE = Path("build/coverage/coverage.json")
_ROOT = Path(__file__).parent.parent.parent
_CODE = ("app.py", "chalicelib/**/*.py", "functions/**/*.py")
_TESTS = ("tests/**/*.py",)
_NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT),
    *(tokenize.DEDENT, tokenize.ENDMARKER),
}


def main() -> int:
    """Write the tables; returns 1 when the share of branches is below the goal."""
    count_lines()
    return measure_branches()


def count_lines() -> None:
    """Write how many lines of tests there are for each line of code."""
    code, tests = (
        [(_ROOT / file).read_text() for pattern in patterns for file in _files(pattern)]
        for patterns in (_CODE, _TESTS)
    )
    rows = []
    for counted, lines in (
        ("neither blank nor comment nor docstring", code_lines),
        ("all", str.splitlines),
    ):
        of_code, of_tests = (sum(len(lines(one)) for one in files) for files in (code, tests))
        rows.append((counted, of_code, of_tests, f"{of_tests / of_code:.2f}"))
    title = "Lines of tests to lines of code, of which 1 is the goal"
    table("lines", title, ("lines", "code", "tests", "ratio"), rows)


def code_lines(source: str) -> set[int]:
    """Return the lines of a module that are neither blank nor comment nor docstring."""
    used = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return used - set(_docstring_lines(ast.parse(source)))


def _files(pattern: str) -> list[str]:
    return sorted(str(one.relative_to(_ROOT)) for one in _ROOT.glob(pattern))


def _docstring_lines(tree: ast.Module) -> Iterator[int]:
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            yield from range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)


def measure_branches() -> int:
    """Write the share of branches by room; returns 1 when it is below the goal."""
    subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", _FILE], check=True)
    all_branches: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for name, file in json.loads(_FILE.read_text())["files"].items():
        room = name.removeprefix("chalicelib/").partition("/")[0].removesuffix(".py")
        for part in (room, "all"):
            all_branches[part] += file["summary"]["num_branches"]
            taken[part] += file["summary"]["covered_branches"]
    shares = {part: taken[part] / count for part, count in all_branches.items() if count}
    rows = [
        (part, all_branches[part], taken[part], f"{shares[part]:.1%}")
        for part in (*sorted(shares.keys() - {"all"}), "all")
    ]
    title = f"Branches that tests take at {_commit()}, of which {GOAL:.0%} is the goal"
    table("coverage", title, ("part", "branches", "taken", "share"), rows)
    return int(shares["all"] < GOAL)


def _commit() -> str:
    shown = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(shown, cwd=_ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
