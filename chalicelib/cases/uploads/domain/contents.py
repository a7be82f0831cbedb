"""What a file is, by its bytes alone: senders' names and types are often wrong."""

from typing import Final

from chalicelib.cases.uploads.domain.upload import ContentType

_PNG: Final = b"\x89PNG\r\n\x1a\n"  # PNG (RFC 2083) 3.1
_JPEG: Final = b"\xff\xd8\xff"  # JPEG (T.81) B.1.1.3
# HEIF (ISO/IEC 23008-12, annex B.4): images and sequences that are coded with HEVC.
_HEVC: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"},
)
_AV1: Final = frozenset({b"avif", b"avis"})
_BRANDS_READ: Final = 1024
# Readers of PDF look for its header in so many bytes (ISO 32000-1, implementation note to 7.5.2).
_PDF_HEADER_WITHIN: Final = 1024
# Archives and programs that may hold a PDF: ZIP, ELF, Windows, compound files, gzip.
_CONTAINERS: Final = (b"PK\x03\x04", b"\x7fELF", b"MZ", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")


def type_of(data: bytes) -> ContentType | None:
    """Return the type whose form the bytes have; None for what is not taken."""
    if data.startswith(_JPEG):
        return "image/jpeg"
    if data.startswith(_PNG):
        return "image/png"
    if data[4:8] == b"ftyp":
        return "image/heic" if _is_hevc_image(data) else None
    if data.startswith(_CONTAINERS):
        return None
    return "application/pdf" if pdf_header(data) >= 0 else None


def _is_hevc_image(data: bytes) -> bool:
    """Read the box `ftyp` (ISO/IEC 14496-12, 4.2 and 4.3): brand, version, compatible brands."""
    size, begins = int.from_bytes(data[:4]), 8
    if size == 1:
        size, begins = int.from_bytes(data[8:16]), 16
    box = data[begins : min(size or _BRANDS_READ, _BRANDS_READ)]
    major, compatible = box[:4], {box[at : at + 4] for at in range(8, len(box), 4)}
    return major not in _AV1 and bool(_HEVC & {major, *compatible})


def pdf_header(data: bytes) -> int:
    """Return where a PDF begins; -1 for what is none."""
    return data.find(b"%PDF-", 0, _PDF_HEADER_WITHIN + len(b"%PDF-"))
