"""What files are is read from their bytes: phones and programs name them as they like."""

import hashlib
import re
import struct
import time
from collections.abc import Callable

import pytest
from fpdf import FPDF
from fpdf.enums import EncryptionMethod
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.cases.uploads.domain import media_type, name_of_type
from chalicelib.cases.uploads.domain.contents import type_of
from chalicelib.cases.uploads.providers import pdf_passwords
from chalicelib.cases.uploads.providers.pdf import asks_for_password

_10_MIB = 10 * 1024 * 1024
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n"


def box(major: bytes, *compatible: bytes) -> bytes:
    """Return the beginning of a file of ISO/IEC 14496-12."""
    body = b"ftyp" + major + b"\0\0\0\0" + b"".join(compatible)
    return struct.pack(">I", len(body) + 4) + body + b"\0\0\0\x20meta" + b"\0" * 64


def with_table(trailer: bytes, before: bytes = b"") -> bytes:
    """Return a PDF with a cross-reference table, whose offsets count from the header."""
    return (
        before
        + PDF
        + b"xref\n0 1\n0000000000 65535 f \ntrailer\n"
        + trailer
        + (b"\nstartxref\n%d\n%%%%EOF\n" % len(PDF))
    )


def with_stream(entries: bytes) -> bytes:
    """Return a PDF with a cross-reference stream (ISO 32000-1, 7.5.8)."""
    stream = b"7 0 obj\n<</Type /XRef /Size 8 " + entries + b">>\nstream\n\x01\x02\nendstream"
    return PDF + stream + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(PDF)


@pytest.mark.parametrize("before", [0, 3, 512, 1024])
def test_a_pdf_may_begin_after_a_mark_or_a_letterhead(before: int) -> None:
    assert type_of(b"\xef\xbb\xbf"[:before].ljust(before, b"\n") + PDF) == "application/pdf"


@pytest.mark.parametrize(
    "data",
    [b"", b"%PD", b"\n" * 1025 + PDF, b"PK\x03\x04\0\0" + PDF, b"MZ" + PDF, b"<html>", b"\xff\xd8"],
)
def test_what_is_not_taken_has_no_type(data: bytes) -> None:
    assert type_of(data) is None


@pytest.mark.parametrize(
    ("major", "compatible", "taken"),
    [
        (b"heic", [b"mif1", b"heic"], True),
        (b"heix", [b"mif1"], True),
        (b"mif1", [b"mif1", b"heic"], True),
        (b"msf1", [b"msf1", b"hevc"], True),
        (b"isom", [b"mif1", b"heim"], True),
        (b"MiHE", [b"mif1", b"miaf", b"heic"], True),
        (b"avif", [b"mif1", b"miaf"], False),
        (b"avis", [b"msf1", b"heic"], False),
        (b"mif1", [b"mif1", b"avif"], False),
        (b"isom", [b"iso2", b"mp41"], False),
        (b"qt  ", [b"qt  "], False),
        (b"jpeg", [b"mif1", b"jpeg"], False),
    ],
)
def test_heic_is_known_by_any_of_its_brands(
    major: bytes,
    compatible: list[bytes],
    taken: bool,
) -> None:
    assert (type_of(box(major, *compatible)) == "image/heic") is taken


def test_a_brand_counts_only_inside_its_box() -> None:
    assert type_of(box(b"isom", b"mp41") + b"heic") is None
    wide = b"\0\0\0\x01ftyp" + struct.pack(">Q", 28) + b"mif1\0\0\0\0heic" + b"\0" * 9
    assert type_of(wide) == "image/heic"


@pytest.mark.parametrize(
    "data",
    [
        PDF + b"trailer<</Encrypt 3 0 R>>\n%%EOF\n",
        with_table(b"<</Size 4/Root 1 0 R/ID[<61><62>]/Encrypt 3 0 R>>"),
        with_table(b"<</Size 4/Root 1 0 R/#45ncr#79pt 3 0 R>>"),
        with_table(b"<</Encryp#74<</Filter/Standard/V 4>>/Root 1 0 R>>"),
        with_table(b"<</Encrypt<</Filter/Standard/V 4>>/Root 1 0 R>>", before=b"\xef\xbb\xbf"),
        with_stream(b"/Root 1 0 R /W [1 2 1]\n/Encrypt 5 0 R"),
        with_stream(b"/Encrypt 5 0 R").replace(b"startxref", b"startxerf"),
        PDF + b"trailer\n<< /Encrypt\n 9 0 R >>\nstartxref\n99999\n%%EOF",
    ],
)
def test_a_pdf_that_asks_for_a_password(data: bytes) -> None:
    assert type_of(data) == "application/pdf"
    assert asks_for_password(data)


@pytest.mark.parametrize(
    "data",
    [
        PDF,
        with_table(b"<</Size 4/Root 1 0 R>>"),
        with_table(b"<</Root 1 0 R/Encrypt null>>"),
        with_table(b"<</Root 1 0 R/EncryptMetadata false>>"),
        with_table(b"<</Root 1 0 R/Info<</Title(How to /Encrypt 3 0 R)>>>>"),
        with_stream(b"/Root 1 0 R"),
        PDF + b"2 0 obj<<>>stream\ntrailer<</Encrypt 3 0 R>>\nendstream endobj\ntrailer<<>>",
        PDF + b"2 0 obj(see /Encrypt 3 0 R)endobj\ntrailer<</Root 1 0 R>>%%EOF",
    ],
)
def test_a_pdf_that_only_speaks_of_encryption(data: bytes) -> None:
    assert not asks_for_password(data)


def encrypted(method: EncryptionMethod, user: str | None) -> bytes:
    """Return a PDF that its owner protects, and who reads it too if `user` is a password."""
    made = FPDF()
    made.add_page()
    made.set_encryption("owner", user, encryption_method=method)
    return bytes(made.output())


def as_literals(data: bytes) -> bytes:
    """Write the strings of a PDF's dictionaries as text with escapes, where they fit in place."""

    def literal(found: re.Match[bytes]) -> bytes:
        text = bytes.fromhex(found[1].decode())
        for byte in (b"\\", b"(", b")", b"\r"):
            text = text.replace(byte, {b"\r": b"\\r"}.get(byte, b"\\" + byte))
        return (b"(" + text + b")").ljust(len(found[0]))

    return re.sub(rb"<([0-9A-F]{32,})>", literal, data)


METHODS = (EncryptionMethod.RC4, EncryptionMethod.AES_128, EncryptionMethod.AES_256)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("written", [bytes, as_literals])
def test_a_pdf_that_only_forbids_changes_opens(
    method: EncryptionMethod, written: Callable[[bytes], bytes]
) -> None:
    for _ in range(5):
        assert not asks_for_password(written(encrypted(method, None)))
        assert asks_for_password(written(encrypted(method, "secret")))


def test_older_revisions_of_encryption_open_too() -> None:
    # Revision 2 has keys of 40 bits, revision 5 one round of SHA-256.
    owner, file_id, salt = b"o" * 32, b"i" * 16, b"8 bytes!"
    key = hashlib.md5(
        pdf_passwords._PADDING + owner + b"\xfc\xff\xff\xff" + file_id, usedforsecurity=False
    ).digest()
    second = pdf_passwords._rc4(key[:5], pdf_passwords._PADDING)
    fifth = hashlib.sha256(salt).digest() + salt + b"key salt"
    for revision, known in ((2, second), (5, fifth)):
        for known_, asks in ((known, False), (known[::-1], True)):
            rules = b"/Filter/Standard/R %d/O<%s>/U<%s>/P -4" % (
                revision,
                owner.hex().encode(),
                known_.hex().encode(),
            )
            trailer = b"<</ID[<%s>]/Encrypt<<%s>>>>" % (file_id.hex().encode(), rules)
            assert asks_for_password(with_table(trailer)) is asks


@given(st.binary(max_size=200))
def test_any_rules_of_encryption_are_read_or_ask_for_a_password(data: bytes) -> None:
    rules = b"/Filter/Standard/R 3/O<%s>/P %s" % (b"6f" * 32, b"9" * 5000) + data
    assert asks_for_password(with_table(b"<</Encrypt<<" + rules + b"/U(" + data + b">>>>"))
    assert asks_for_password(with_table(b"<</Encrypt 1 0 R>>") + b"1 0 obj<<" + data)


@pytest.mark.parametrize(
    "part", [b"stream\n", b"trailer<<", b"/XRef ", b"((((", b"<<", b"obj", b"startxref 1 "]
)
def test_a_hostile_file_costs_by_its_size_alone(part: bytes) -> None:
    quarter, whole = (
        seconds_of(PDF + part * (size // len(part))) for size in (_10_MIB // 4, _10_MIB)
    )
    assert whole < 10 * max(quarter, 0.02)


def seconds_of(data: bytes) -> float:
    began = time.thread_time()
    asks_for_password(data)
    return time.thread_time() - began


@given(st.binary(max_size=200))
def test_any_bytes_have_a_type_or_none(data: bytes) -> None:
    for whole in (data, PDF + data, box(b"isom", b"heic")[:12] + data, with_table(data)):
        type_of(whole)
        asks_for_password(whole)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("image/jpg", "image/jpeg"),
        ("image/pjpeg", "image/jpeg"),
        ("IMAGE/JPEG; charset=binary", "image/jpeg"),
        ("image/heif", "image/heic"),
        ("image/heic-sequence", "image/heic"),
        ("application/x-pdf", "application/pdf"),
        (" image/x-png ", "image/png"),
        (None, "application/octet-stream"),
        ("", "application/octet-stream"),
        ("binary/octet-stream", "application/octet-stream"),
        ("image/avif", None),
        ("text/html", None),
    ],
)
def test_types_are_spelt_in_many_ways(said: str | None, meant: str | None) -> None:
    assert media_type(said) == meant


@pytest.mark.parametrize(
    ("name", "content_type", "saved_as"),
    [
        ("a.pdf", "application/pdf", "a.pdf"),
        ("IMG_1.HEIC", "image/jpeg", "IMG_1.jpg"),
        ("照片.JPEG", "image/jpeg", "照片.JPEG"),
        ("scan", "application/pdf", "scan.pdf"),
        ("no. 5", "image/png", "no. 5.png"),
    ],
)
def test_a_saved_file_ends_as_its_type_does(name: str, content_type: str, saved_as: str) -> None:
    assert name_of_type(name, content_type) == saved_as


@pytest.mark.parametrize(("before", "type_"), [(1024, "application/pdf"), (1025, None)])
def test_the_header_of_a_pdf_stands_in_the_first_1024_bytes(before: int, type_: str | None) -> None:
    assert type_of(b" " * before + PDF) == type_


@pytest.mark.parametrize("name", [b"ftyq", b"zzzz", b"ftyo"])
def test_a_box_of_another_name_is_no_photo(name: bytes) -> None:
    assert type_of(box(b"heic", b"mif1")) == "image/heic"
    assert type_of(box(b"heic", b"mif1").replace(b"ftyp", name)) is None


GOOD = {
    b"/Filter": b"/Standard",
    b"/R": b"3",
    b"/O": b"<" + b"6f" * 32 + b">",
    b"/U": b"<" + b"6f" * 32 + b">",
    b"/P": b"-4",
    b"/Length": b"128",
}


@pytest.mark.parametrize(
    "changes",
    [
        {b"/R": b"7"},
        {b"/R": b"1"},
        {b"/R": b"(3)"},
        {b"/Filter": b"/Other"},
        {b"/O": b"7"},
        {b"/P": b"(x)"},
        {b"/Length": b"(x)"},
        {b"/Length": b"0"},
        {b"/Length": b"-8"},
        {b"/Length": b"136"},
        {b"/U": b"7"},
        {},
    ],
)
def test_rules_that_cannot_be_read_ask_for_a_password(changes: dict[bytes, bytes]) -> None:
    rules = b"".join(name + b" " + value for name, value in {**GOOD, **changes}.items())
    assert asks_for_password(with_table(b"<</ID[<61>]/Encrypt<<" + rules + b">>>>"))


def test_the_rules_are_those_of_the_objects_own_number() -> None:
    made = encrypted(EncryptionMethod.RC4, None)
    found = re.search(rb"/Encrypt (\d+) 0 R", made)
    assert found
    assert not asks_for_password(made)
    # Another object's number that ends with the same digits is not that one.
    other = b"1%s 0 obj<</Filter/Standard/R 7>>endobj\n" % found[1]
    assert not asks_for_password(made.replace(b"%%EOF", other + b"%%EOF"))
    newer = b"\n%s 0 obj<</Filter/Standard/R 7>>endobj\n" % found[1]
    assert asks_for_password(made.replace(b"%%EOF", newer + b"%%EOF"))
