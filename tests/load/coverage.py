"""The share of branches that tests take, room by room, into the page; run by `make coverage`."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.load.report import table

GOAL = 0.95
_FILE = Path("build/coverage/coverage.json")


def main() -> int:
    """Write the table; returns 1 when the share is below the goal."""
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
    title = f"Branches that tests take, of which {GOAL:.0%} is the goal"
    table("coverage", title, ("part", "branches", "taken", "share"), rows)
    return int(shares["all"] < GOAL)


if __name__ == "__main__":
    sys.exit(main())
