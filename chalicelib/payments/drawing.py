"""QR codes of payments and receipts, by Accept."""

import io
from typing import Final

from chalicelib.core.errors import NotAcceptable
from chalicelib.core.http_messages import Response

MEDIA: Final = ("image/png", "image/svg+xml")


def drawn(content: str, wanted: str | None) -> Response:
    """Draw a QR code as PNG or SVG; raises NotAcceptable where neither is wanted."""
    if wanted not in MEDIA:
        raise NotAcceptable
    return Response(png(content) if wanted == "image/png" else _svg(content), content_type=wanted)


def png(content: str) -> bytes:
    """Draw a QR code as PNG."""
    import qrcode  # noqa: PLC0415 - cold start.
    from qrcode.image.pure import PyPNGImage  # noqa: PLC0415

    image = io.BytesIO()
    qrcode.make(content, image_factory=PyPNGImage, border=4).save(image)
    return image.getvalue()


def _svg(content: str) -> bytes:
    import qrcode  # noqa: PLC0415 - cold start.
    from qrcode.image.svg import SvgPathImage  # noqa: PLC0415

    image = io.BytesIO()
    qrcode.make(content, image_factory=SvgPathImage, border=4).save(image)
    return image.getvalue()
