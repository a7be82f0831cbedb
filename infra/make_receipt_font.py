"""`python -m infra.make_receipt_font`: the fonts of receipts and of certificates, cut to their use.

Receipts hold no free text: our own words, the catalogue's names of services and halls, digits. All
other letters would make the font fifty times larger. Certificates hold names and addresses, so that
their font has the 7,445 characters of GB/T 2312. Both are cut from Noto Sans CJK SC (SIL Open Font
License 1.1, whose text lies beside the font), as Debian's `fonts-noto-cjk` installs it. The same
input gives the same file.
"""

import json
import sys
from pathlib import Path
from typing import Final

from infra import commands

_ROOT: Final = Path(__file__).parent.parent
_SOURCE: Final = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
_FACE: Final = "Noto Sans CJK SC"
_CATALOGUE: Final = _ROOT / "chalicelib" / "catalogue" / "data" / "catalogue.json"
_WORDS: Final = (
    _ROOT / "chalicelib" / "payments" / "service" / "receipts.py",
    _ROOT / "chalicelib" / "payments" / "bills" / "domain" / "kinds.py",
    _ROOT / "chalicelib" / "cases" / "service" / "receipt.py",
    _ROOT / "chalicelib" / "notifications" / "letters" / "service.py",
    _ROOT / "chalicelib" / "notifications" / "service" / "wording.py",
    *sorted((_ROOT / "chalicelib" / "notifications" / "domain" / "templates").glob("*.py")),
)
CERTIFICATES: Final = _ROOT / "chalicelib" / "certificates" / "data" / "names.otf"
TARGET: Final = _ROOT / "chalicelib" / "core" / "data" / "receipt.otf"


def characters() -> set[str]:
    """Return every character that a receipt may show."""
    catalogue = json.loads(_CATALOGUE.read_text())
    named = [
        *catalogue["offices"],
        *(one for service in catalogue["services"] for one in (service, *service["materials"])),
    ]
    names = [name for one in named for name in one["name"].values()]
    names += [line for one in catalogue["offices"] for line in one["address"].values()]
    ascii_ = {chr(code) for code in range(0x20, 0x7F)}
    return (
        ascii_
        | set("".join(names))
        | {c for words in _WORDS for c in words.read_text() if c.isprintable()}
    )


def characters_of_names() -> set[str]:
    """Return every character that a certificate can show."""
    codes = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    ascii_ = {chr(code) for code in range(0x20, 0x7F)}
    return ascii_ | {"·"} | {code.decode("gb2312", "ignore") for code in codes} - {""}


def main() -> int:
    """Write the fonts."""
    _write(TARGET, characters())
    _write(CERTIFICATES, characters_of_names())
    return 0


def _write(target: Path, wanted: set[str]) -> None:
    # A tool of the makers.
    from fontTools import subset  # type: ignore[import-untyped] # noqa: PLC0415
    from fontTools.ttLib import TTCollection  # type: ignore[import-untyped] # noqa: PLC0415

    faces = TTCollection(_SOURCE).fonts
    font = next(one for one in faces if one["name"].getDebugName(4) == _FACE)
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    # Subroutines save a third of a large font, and cost a small one.
    options.desubroutinize = target == TARGET
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(wanted)))
    cutter.subset(font)
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    target.parent.mkdir(exist_ok=True)
    font.save(target)
    sys.stdout.write(f"{target.relative_to(_ROOT)}: {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    with commands.plainly():
        sys.exit(main())
