"""The page of figures: each benchmark replaces its own part."""

import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "benchmarks.md"
_HEAD = """# Benchmarks

Repeat them with `make bench`; it writes this page. Figures are counts, or ratios within one run;
requests a second are of a small machine with two cores and say something only beside each other.
"""


def table(
    name: str,
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    page: Path = PAGE,
) -> None:
    """Write a benchmark's table into the page."""
    lines = [head, ["---"] * len(head), *rows]
    body = "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
    part = f"<!-- {name} -->\n## {title}\n\n{body}\n<!-- /{name} -->\n"
    text = page.read_text() if page.exists() else _HEAD
    pattern = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->\n", re.DOTALL)
    text = pattern.sub(lambda _: part, text) if pattern.search(text) else f"{text}\n{part}"
    page.write_text(text)
