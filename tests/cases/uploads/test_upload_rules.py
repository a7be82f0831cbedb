"""How types and names of files are spelt, and where the forms of files begin and end."""

import struct
from datetime import datetime, timedelta

import pytest

from chalicelib.cases.uploads import domain
from chalicelib.cases.uploads.domain import Upload, media_type, name_of_type, plain_name
from chalicelib.cases.uploads.domain.contents import pdf_header, type_of
from chalicelib.cases.uploads.domain.upload import UNTOLD

MB = 1024 * 1024


def test_the_limits_are_as_the_contract_says() -> None:
    assert domain.LARGEST == 10 * MB
    times = (domain.UPLOAD_WITHIN, domain.READ_WITHIN, domain.UNUSED_FOR)
    assert times == (timedelta(minutes=10), timedelta(minutes=5), timedelta(days=2))
    assert (domain.TooManyFiles.status, domain.TooManyFiles.code) == (429, "too_many_requests")


def test_what_is_announced_is_not_verified_and_is_given_for_nothing() -> None:
    upload = Upload("u", "o", "n", "image/png", 1, "00", datetime(2026, 12, 7), "f")  # noqa: DTZ001 - any.
    assert (upload.verified, upload.page, upload.case_version) == (False, 1, 1)
    assert (upload.case_id, upload.material_id, upload.office_id) == (None, None, None)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("application/pdf", "application/pdf"),
        (" Application/PDF ; charset=binary", "application/pdf"),
        ("application/x-pdf", "application/pdf"),
        ("image/png", "image/png"),
        ("IMAGE/X-PNG", "image/png"),
        ("image/jpg", "image/jpeg"),
        ("image/pjpeg", "image/jpeg"),
        ("image/heif-sequence", "image/heic"),
        (None, UNTOLD),
        ("", UNTOLD),
        (";", UNTOLD),
        ("*/*", UNTOLD),
        ("binary/octet-stream", UNTOLD),
        ("application/octet-stream", "application/octet-stream"),
        ("image/svg+xml", None),
        ("text/html", None),
        ("application", None),
    ],
)
def test_a_type_is_read_whatever_its_spelling(said: str | None, read: str | None) -> None:
    assert media_type(said) == read


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("a.pdf", "a.pdf"),
        ("C:\\Users\\me\\身份证.jpg", "身份证.jpg"),
        ("../../etc/passwd", "passwd"),
        ("dir/", ""),
        (" a\x00b\u202e.png\n", "ab.png"),
        ("", ""),
    ],
)
def test_a_name_steers_neither_paths_nor_terminals(given: str, plain: str) -> None:
    assert plain_name(given) == plain


@pytest.mark.parametrize(
    ("name", "kind", "ending"),
    [
        ("a.pdf", "application/pdf", "a.pdf"),
        ("a.PDF", "application/pdf", "a.PDF"),
        ("a.jpg", "application/pdf", "a.pdf"),
        ("a.txt", "application/pdf", "a.txt.pdf"),
        ("a", "image/png", "a.png"),
        ("jpg", "image/jpeg", "jpg.jpg"),
        ("pdf", "application/pdf", "pdf.pdf"),
        ("a.jfif", "image/jpeg", "a.jfif"),
        ("a.hif", "image/heic", "a.hif"),
        ("a.heic", "image/jpeg", "a.jpg"),
        ("a.b.png", "image/heic", "a.b.heic"),
        ("", "image/png", ".png"),
        # Of another type nothing is known.
        ("a.doc", "application/msword", "a.doc"),
    ],
)
def test_a_file_has_an_ending_with_which_it_opens(name: str, kind: str, ending: str) -> None:
    assert name_of_type(name, kind) == ending


@pytest.mark.parametrize(("before", "at"), [(0, 0), (1, 1), (1024, 1024), (1025, -1)])
def test_a_pdfs_header_is_looked_for_in_its_first_kilobyte(before: int, at: int) -> None:
    assert pdf_header(b"\n" * before + b"%PDF-1.7") == at


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"%PDF-", "application/pdf"),
        (b"\x7fELF%PDF-", None),
        (b"\xd0\xcf\x11\xe0%PDF-", None),
        (b"\x1f\x8b%PDF-", None),
        (b"...ftyp%PDF-", "application/pdf"),
        (b"....ftyp%PDF-", None),
    ],
)
def test_a_type_is_what_the_first_bytes_say(data: bytes, kind: str | None) -> None:
    assert type_of(data) == kind


def brands(size: int, *names: bytes, wide: bool = False) -> bytes:
    """Return a box of a size that its head says, whatever there is in it."""
    body = b"\0\0\0\0".join((names[0], b"".join(names[1:])))
    if wide:
        return b"\0\0\0\x01ftyp" + struct.pack(">Q", size) + body
    return struct.pack(">I", size) + b"ftyp" + body


@pytest.mark.parametrize(
    ("data", "heic"),
    [
        # A brand counts that begins inside the box, whose head counts too.
        (brands(20, b"mif1", b"heic"), True),
        (brands(16, b"mif1", b"heic"), False),
        (brands(24, b"mif1", b"mp41", b"heic"), True),
        (brands(20, b"mif1", b"mp41", b"heic"), False),
        (brands(28, b"mif1", b"heic", wide=True), True),
        (brands(24, b"mif1", b"heic", wide=True), False),
        # A box without a size goes on to the end of the file, of which a kilobyte is read.
        (brands(0, b"mif1", *[b"mp41"] * 250, b"heic"), True),
        (brands(0, b"mif1", *[b"mp41"] * 252, b"heic"), False),
        (brands(9999, b"mif1", *[b"mp41"] * 252, b"heic"), False),
        # The version between the brands is none.
        (struct.pack(">I", 16) + b"ftypmif1heic", False),
        (brands(20, b"avif", b"heic"), False),
        (brands(20, b"avis", b"heic"), False),
    ],
)
def test_a_brand_counts_inside_its_box(data: bytes, *, heic: bool) -> None:
    assert (type_of(data) == "image/heic") is heic
