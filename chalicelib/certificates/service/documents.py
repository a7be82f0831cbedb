"""Documents: a certificate as a page of A4 with the issuer's seal, made by a worker.

The document is sealed under the holder's key as well, so that it is unreadable once they are
erased. What the font has no sign for is shown as 〓, and stands in the attachment as it is.
"""

import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from chalicelib.certificates import storage
from chalicelib.certificates.domain import Certificate, Content
from chalicelib.certificates.domain.errors import NotReady
from chalicelib.certificates.providers import seal_provider
from chalicelib.certificates.service import encryption, queries, types
from chalicelib.core import qr
from chalicelib.core.errors import NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.settings import SETTINGS

_FONT: Final = Path(__file__).parents[1] / "data" / "names.otf"
_RETRY_SECONDS: Final = 3
_GETA: Final = "〓"
_LABELS: Final = {
    "issuer": Text("发证机关", "Issued by"),
    "number": Text("证照编号", "Number"),
    "issued_on": Text("发证日期", "Issued on"),
    "valid_until": Text("有效期至", "Valid until"),
}
_NO_END: Final = Text("长期", "no end")
_VERIFY: Final = "扫描二维码或访问以下网址核验本证照 · Scan or open to verify:"
_LABEL_WIDTH: Final = 62
_CODE_WIDTH: Final = 38


def load(citizen_id: str, certificate_id: str) -> bytes:
    """Return the document of the citizen's own certificate; raises NotFound or NotReady."""
    certificate = queries.mine(citizen_id, certificate_id)
    sealed = storage.load_document(certificate.verification_code)
    data = encryption.open_document(certificate, sealed) if sealed else None
    if data is None:
        raise NotReady(retry_after=_RETRY_SECONDS)
    return data


def make(certificate_id: str, now: datetime) -> None:
    """Make the document of a certificate. Idempotent; nothing once its holder was erased."""
    certificate = queries.find(certificate_id)
    content = encryption.open_content(certificate) if certificate else None
    if certificate is None or content is None:
        return
    if storage.load_document(certificate.verification_code):
        return
    page = drawn(certificate, content)
    document = seal_provider().seal(page, now)
    try:
        sealed = encryption.seal_document(certificate, document)
    except NotFound:
        # The holder left while it was made.
        return
    storage.keep_document(certificate.verification_code, sealed)


def address_of(certificate: Certificate) -> str:
    """Return where anybody verifies a certificate; browsers are led to a page from there."""
    return f"{SETTINGS.public_url}/v1/certificates/{certificate.verification_code}"


def drawn(certificate: Certificate, content: Content) -> bytes:
    """Draw a certificate, not sealed yet, in both languages."""
    from fpdf import FPDF  # noqa: PLC0415 - cold start.
    from fpdf.enums import XPos, YPos  # noqa: PLC0415

    type_ = types.type_of(certificate.type_id)
    page = FPDF(format="A4")
    page.set_creation_date(certificate.issued_at)
    page.set_title(type_.title.zh)
    page.set_lang("zh-CN")
    page.add_font("certificate", fname=_FONT)
    # Its box stays that of the whole font: to draw each sign for a smaller one takes long.
    font: Any = page.fonts["certificate"]
    font.ttfont.recalcBBoxes = False
    page.add_page()
    down: dict[str, Any] = {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT}
    page.set_font("certificate", size=26)
    page.multi_cell(0, 18, _shown(type_.title.zh), align="C", **down)
    page.set_font("certificate", size=13)
    page.multi_cell(0, 8, _shown(type_.title.en), align="C", **down)
    page.ln(10)
    page.set_font("certificate", size=12)
    for label, value in _lines(certificate, content):
        page.cell(_LABEL_WIDTH, 10, _shown(label))
        page.multi_cell(0, 10, _shown(value), align="L", **down)
    page.ln(8)
    page.set_font("certificate", size=10)
    address = address_of(certificate)
    page.multi_cell(0, 6, _VERIFY, **down)
    page.multi_cell(0, 6, address, align="L", **down)
    page.image(qr.png(address), x=page.l_margin, y=page.get_y() + 3, w=_CODE_WIDTH)
    page.embed_file(
        basename="data.json",
        bytes=_attached(certificate, content),
        creation_date=certificate.issued_at,
    )
    return bytes(page.output())


def _lines(certificate: Certificate, content: Content) -> list[tuple[str, str]]:
    type_ = types.type_of(certificate.type_id)
    zh, en = type_.labels("zh-CN"), type_.labels("en")
    until = certificate.valid_until
    return [
        *((f"{zh[name]} {en[name]}", str(value)) for name, value in content.fields.items()),
        (_both(_LABELS["issuer"]), _both(type_.issuer)),
        (_both(_LABELS["number"]), certificate.number),
        (_both(_LABELS["issued_on"]), certificate.issued_on.isoformat()),
        (_both(_LABELS["valid_until"]), _day(until)),
    ]


def _attached(certificate: Certificate, content: Content) -> bytes:
    fields = {
        "type": certificate.type_id,
        "number": certificate.number,
        "verification_code": certificate.verification_code,
        "fields": dict(content.fields),
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def _both(text: Text) -> str:
    return f"{text.zh} {text.en}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else _both(_NO_END)


def _shown(text: str) -> str:
    known = _characters()
    return "".join(c if ord(c) in known else _GETA for c in text)


@cache
def _characters() -> frozenset[int]:
    """Return the characters that the font has signs for."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # noqa: PLC0415 - cold start.

    return frozenset(TTFont(_FONT).getBestCmap())
