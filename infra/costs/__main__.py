"""`python -m infra.costs [--prices FILE]`: write docs/cost.md from counts, loads and prices."""

import argparse
from pathlib import Path

from infra import commands
from infra.costs import page


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m infra.costs", description=__doc__)
    parser.add_argument("--prices", type=Path, default=page.PRICES)
    parser.add_argument("--out", type=Path, default=page.PAGE)
    asked = parser.parse_args()
    asked.out.write_text(page.page(page.month(asked.prices)))


if __name__ == "__main__":
    with commands.plainly():
        main()
