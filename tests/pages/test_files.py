"""A paper's way from the camera: refused in words, sent small and without its place, looked at."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code

PAPER = "居民身份证"
WIDEST = 3000
_GPS, _ORIENTATION, _ON_ITS_SIDE = 0x8825, 0x0112, 6
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def from_the_camera() -> bytes:
    """Return a large photo as phones write it: on its side, with the place where it was taken."""
    photo = Image.new("RGB", (4000, 500), "white")
    exif = photo.getexif()
    exif[_ORIENTATION] = _ON_ITS_SIDE
    exif.get_ifd(_GPS)[2] = (29.0, 52.0, 6.0)
    written = io.BytesIO()
    photo.save(written, "JPEG", exif=exif)
    return written.getvalue()


def test_a_paper_is_refused_in_words_sent_small_and_looked_at(
    phone: Phone, prepared: Callable[[str], None], tmp_path: Path
) -> None:
    name = new_code()
    phone.log_in(name)
    prepared(name)
    # A full browser has a viewer for PDFs.
    phone.page.add_init_script(
        "Object.defineProperty(navigator, 'pdfViewerEnabled', { get: () => true })"
    )
    phone.open(f"pages/apply?service={tour.ONLINE}")
    with phone.page.expect_file_chooser() as chooser:
        phone.tap(f"{phone.say('apply.upload')} {PAPER}")
    (tmp_path / "letter.pdf").write_bytes(b"PK\x03\x04 a document of another kind")
    chooser.value.set_files(tmp_path / "letter.pdf")
    phone.sees(phone.say("files.type", name="letter.pdf"))

    sent: list[bytes] = []
    phone.page.on(
        "request",
        lambda one: sent.append(one.post_data_buffer or b"") if one.method == "PUT" else None,
    )
    photo, pdf = tmp_path / "photo.jpg", tmp_path / "plan.pdf"
    photo.write_bytes(from_the_camera())
    pdf.write_bytes(PDF)
    phone.give(PAPER, photo)
    phone.give(PAPER, pdf, further=True)
    phone.page.locator(".thumb:visible").wait_for()
    assert len(sent) == 2
    drawn: Any = Image.open(io.BytesIO(sent[0]))
    assert (drawn.height, drawn.width < drawn.height) == (WIDEST, True)
    assert not drawn.getexif()
    assert sent[1] == PDF

    phone.tap(phone.say("files.lookWhich", name="photo.jpg"))
    phone.page.locator(".own img:visible").wait_for()
    assert phone.cut_off() == [], phone.cut_off()
    phone.tap(phone.say("files.closeWhich", name="photo.jpg"))
    phone.tap(phone.say("files.lookWhich", name="plan.pdf"))
    frame = phone.page.locator(".own iframe:visible")
    frame.wait_for()
    assert str(frame.get_attribute("src")).startswith("blob:")
