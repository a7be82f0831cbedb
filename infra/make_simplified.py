"""`python -m infra.make_simplified`: the table that search reads traditional characters with.

Two lines: the characters of the mainland's, Taiwan's and Hong Kong's traditional writing, and below
each the simplified one that stands for it. It is taken from OpenCC (Apache License 2.0). All common
characters are in it, so that a new service needs no new table. The same input gives the same file.
"""

import sys
from pathlib import Path
from typing import Final

from infra import commands

_ROOT: Final = Path(__file__).parent.parent
TARGET: Final = _ROOT / "chalicelib" / "catalogue" / "data" / "simplified.txt"
_WRITINGS: Final = ("t2s", "tw2s", "hk2s")
# Unicode's block "CJK Unified Ideographs".
_COMMON: Final = dict.fromkeys(map(chr, range(0x4E00, 0xA000)))


def written() -> str:
    """Return the text of the table."""
    # A tool of the makers.
    from opencc import OpenCC  # noqa: PLC0415

    table: dict[str, str] = {}
    for convert in (OpenCC(writing).convert for writing in _WRITINGS):
        for one in _COMMON:
            if (other := convert(one)) != one and other in _COMMON:
                table.setdefault(one, other)
    # What is simplified already stays: one look at each character is enough.
    kept = {one: other for one, other in table.items() if one not in table.values()}
    return f"{''.join(kept)}\n{''.join(kept.values())}\n"


def main() -> int:
    """Write the table."""
    TARGET.write_text(written())
    sys.stdout.write(f"{TARGET.relative_to(_ROOT)}: {TARGET.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    with commands.plainly():
        sys.exit(main())
