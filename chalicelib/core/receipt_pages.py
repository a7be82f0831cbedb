"""A receipt as one page of A5 to print: lines, and a QR code that leads to where it is shown."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from chalicelib.core import qr
from chalicelib.core.i18n import Lang

_FONT: Final = Path(__file__).parent / "data" / "receipt.otf"
# Millimetres, as ISO 216 says.
_A5: Final = (148, 210)
_CODE_WIDTH: Final = 42
_LABEL_WIDTH: Final = 45


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on a receipt: its title, labels with values, and the address of its code."""

    title: str
    lines: tuple[tuple[str, str], ...]
    about_code: str
    url: str


def pdf(page: Page, made_at: datetime, lang: Lang) -> bytes:
    """Set a receipt; the font has the catalogue's names and our own words alone."""
    from fpdf import FPDF  # noqa: PLC0415 - cold start.
    from fpdf.enums import XPos, YPos  # noqa: PLC0415

    sheet = FPDF(format=_A5)
    sheet.set_creation_date(made_at)
    sheet.set_title(page.title)
    sheet.set_lang(lang)
    sheet.add_font("receipt", fname=_FONT)
    sheet.add_page()
    sheet.set_font("receipt", size=16)
    sheet.multi_cell(0, 12, page.title, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.ln(4)
    sheet.set_font("receipt", size=10)
    for label, value in page.lines:
        sheet.cell(_LABEL_WIDTH, 8, label)
        sheet.multi_cell(0, 8, value, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.ln(4)
    sheet.multi_cell(0, 6, page.about_code, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.multi_cell(0, 6, page.url, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.image(qr.png(page.url), x=sheet.l_margin, y=sheet.get_y() + 2, w=_CODE_WIDTH)
    return bytes(sheet.output())
