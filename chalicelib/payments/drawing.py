"""QR codes of payments and receipts, by Accept."""

import io

from chalicelib.core.calls import Reply
from chalicelib.core.errors import NotAcceptable


def drawn(content: str, accept: str) -> Reply:
    """Draw a QR code as PNG or SVG, the first that is accepted; raises NotAcceptable."""
    for wanted in (part.partition(";")[0].strip().lower() for part in accept.split(",")):
        if wanted in ("image/png", "image/*", "*/*"):
            return Reply(png(content), content_type="image/png")
        if wanted == "image/svg+xml":
            return Reply(_svg(content), content_type="image/svg+xml")
    raise NotAcceptable


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
