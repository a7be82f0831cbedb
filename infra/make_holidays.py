"""`python -m infra.make_holidays`: the table of public holidays that the calendar of offices reads.

One line a year: the days offices are closed, and the weekend days they work for them, as month and
day. It is taken from the `holidays` package (MIT), which keeps the State Council's yearly notices.
For years whose notice is not out yet it has the statutory days alone: raise the package's pin each
winter and write the table anew. The same input gives the same file.
"""

import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

from infra import commands

_ROOT: Final = Path(__file__).parent.parent
TARGET: Final = _ROOT / "chalicelib" / "catalogue" / "data" / "holidays.txt"
# The package reckons the lunar calendar, which half of the days follow, up to 2100.
YEARS: Final = range(2020, 2101)


def written() -> str:
    """Return the text of the table."""
    # A tool of the makers.
    from holidays import country_holidays  # noqa: PLC0415

    lines = []
    for year in YEARS:
        calendar = country_holidays("CN", years=year)
        worked = [day for day in calendar.weekend_workdays if day.year == year]
        lines.append(f"{year} closed {_days(calendar)} worked {_days(worked)}".rstrip())
    return "\n".join(lines) + "\n"


def _days(days: Iterable[date]) -> str:
    return " ".join(f"{day:%m%d}" for day in sorted(days))


def main() -> int:
    """Write the table."""
    TARGET.write_text(written())
    sys.stdout.write(f"{TARGET.relative_to(_ROOT)}: {TARGET.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    with commands.plainly():
        sys.exit(main())
