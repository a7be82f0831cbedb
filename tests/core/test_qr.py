"""QR codes: what another program reads in them is the address or pass that was put in."""

import io

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.core import qr
from chalicelib.core.errors import NotAcceptable


def test_a_code_is_read_as_what_was_put_in() -> None:
    @given(st.text(st.characters(codec="ascii", min_codepoint=32), min_size=1, max_size=300))
    def check(content: str) -> None:
        image = Image.open(io.BytesIO(qr.png(content)))
        assert min(image.size) >= 200
        found = zxingcpp.read_barcode(image)
        assert found
        assert found.text == content

    check()


def test_a_terminal_shows_what_a_camera_reads() -> None:
    address = "otpauth://totp/OneTrip:clerk?secret=JBSWY3DPEHPK3PXPJBSWY3DP&issuer=OneTrip"
    rows = qr.text(address).splitlines()
    image = Image.new("L", (len(rows[0]), 2 * len(rows)))
    for y, row in enumerate(rows):
        for x, half in enumerate(row):
            image.putpixel((x, 2 * y), 255 if half in "█▀" else 0)
            image.putpixel((x, 2 * y + 1), 255 if half in "█▄" else 0)
    found = zxingcpp.read_barcode(image.resize((8 * image.width, 8 * image.height)))
    assert found
    assert found.text == address


def test_both_kinds_of_pictures_and_no_other() -> None:
    png, svg = qr.drawn("x", "image/png"), qr.drawn("x", "image/svg+xml")
    assert (png.body, png.content_type) == (qr.png("x"), "image/png")
    assert svg.content_type == "image/svg+xml"
    assert isinstance(svg.body, bytes)
    assert svg.body.startswith(b"<?xml")
    for other in ("image/gif", "application/json", None):
        with pytest.raises(NotAcceptable):
            qr.drawn("x", other)
