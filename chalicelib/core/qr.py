"""QR codes (ISO/IEC 18004) of passes, payments, receipts and secrets, as PNG or SVG.

Each is as small as its content allows, which an old phone reads best, with the most error
correction that this size has room for, and the quiet zone of four modules that the standard asks.
"""

import base64
import io
from typing import TYPE_CHECKING, Final

from chalicelib.core.errors import NotAcceptable
from chalicelib.core.http_messages import Response

if TYPE_CHECKING:
    import segno

MEDIA: Final = ("image/png", "image/svg+xml")
_PIXELS_A_MODULE: Final = 8
_QUIET_ZONE: Final = 4


def drawn(content: str, media_type: str | None) -> Response:
    """Answer with a QR code of one of `MEDIA`; raises NotAcceptable for anything else."""
    if media_type not in MEDIA:
        raise NotAcceptable
    kind = media_type.removeprefix("image/").removesuffix("+xml")
    return Response(_encoded(content, kind), content_type=media_type)


def png(content: str) -> bytes:
    """Draw a QR code as PNG, at least 200 pixels wide."""
    return _encoded(content, "png")


def data_uri(content: str) -> str:
    """Draw a QR code as PNG in a `data:` address (RFC 2397), for a page that shows it at once."""
    return f"data:image/png;base64,{base64.b64encode(png(content)).decode()}"


def text(content: str) -> str:
    """Draw a QR code by half blocks, for a terminal that a phone's camera looks at."""
    drawing = io.StringIO()
    _code(content).terminal(drawing, border=_QUIET_ZONE, compact=True)
    return drawing.getvalue()


def _encoded(content: str, kind: str) -> bytes:
    image = io.BytesIO()
    _code(content).save(image, kind=kind, scale=_PIXELS_A_MODULE, border=_QUIET_ZONE, light="white")
    return image.getvalue()


def _code(content: str) -> "segno.QRCode":
    import segno  # noqa: PLC0415 - cold start.

    return segno.make_qr(content, error="l")
