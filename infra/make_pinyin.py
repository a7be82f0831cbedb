"""`python -m infra.make_pinyin`: the table that search reads Latin letters with as sounds.

A line for each syllable without its tone (ISO 7098): the syllable, and the characters of GB/T 2312
whose usual sound it is. Taken from pypinyin (MIT licence). The same input gives the same file.
"""

import sys
from pathlib import Path
from typing import Final

from infra import commands

_ROOT: Final = Path(__file__).parent.parent
TARGET: Final = _ROOT / "chalicelib" / "catalogue" / "data" / "pinyin.txt"
# The rows of Chinese characters in GB/T 2312, and the bytes of a row.
_ROWS: Final = range(0xB0, 0xF8)
_CELLS: Final = range(0xA1, 0xFF)


def written() -> str:
    """Return the text of the table."""
    # A tool of the makers.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    sounds: dict[str, str] = {}
    for character in _characters():
        sound = lazy_pinyin(character, style=Style.NORMAL, v_to_u=False)[0]
        sounds[sound] = sounds.get(sound, "") + character
    return "".join(f"{sound} {sounds[sound]}\n" for sound in sorted(sounds) if sound.isascii())


def _characters() -> str:
    pairs = (bytes((row, cell)) for row in _ROWS for cell in _CELLS)
    return "".join(pair.decode("gb2312", "ignore") for pair in pairs)


def main() -> int:
    """Write the table."""
    TARGET.write_text(written())
    sys.stdout.write(f"{TARGET.relative_to(_ROOT)}: {TARGET.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    with commands.plainly():
        sys.exit(main())
