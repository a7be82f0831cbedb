"""QR codes (ISO/IEC 18004) of passes, payments and receipts, as PNG or SVG.

Each is as small as its content allows, which an old phone reads best, with the most error
correction that this size has room for, and the quiet zone of four modules that the standard asks.
"""

import io
from typing import Final

from chalicelib.core.errors import NotAcceptable
from chalicelib.core.http_messages import Response

MEDIA: Final = ("image/png", "image/svg+xml")
_PIXELS_A_MODULE: Final = 8


def drawn(content: str, media_type: str | None) -> Response:
    """Answer with a QR code of one of `MEDIA`; raises NotAcceptable for anything else."""
    if media_type not in MEDIA:
        raise NotAcceptable
    kind = media_type.removeprefix("image/").removesuffix("+xml")
    return Response(_encoded(content, kind), content_type=media_type)


def png(content: str) -> bytes:
    """Draw a QR code as PNG, at least 200 pixels wide."""
    return _encoded(content, "png")


def _encoded(content: str, kind: str) -> bytes:
    import segno  # noqa: PLC0415 - cold start.

    image = io.BytesIO()
    code = segno.make_qr(content, error="l")
    code.save(image, kind=kind, scale=_PIXELS_A_MODULE, border=4, light="white")
    return image.getvalue()
