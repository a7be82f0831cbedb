"""What may be uploaded, and how a file shows that it is what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

ContentType = Literal["application/pdf", "image/png", "image/jpeg", "image/heic"]

LARGEST: Final = 10 * 1024 * 1024
UPLOAD_WITHIN: Final = timedelta(minutes=10)
READ_WITHIN: Final = timedelta(minutes=5)
# What was announced and never given to a case is tidied up after this.
UNUSED_FOR: Final = timedelta(days=2)

# First bytes: ISO 32000-1 7.5.2; PNG (RFC 2083) 3.1; JPEG (T.81) B.1.1.3.
_BEGINNINGS: Final[Mapping[str, bytes]] = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
# HEIF (ISO/IEC 23008-12, 10.2): a box `ftyp` whose brand names an HEVC image.
_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})


@dataclass(frozen=True, slots=True)
class Upload:
    """One announced file; `sha256` in lower-case hex, `size` in bytes, the name sealed.

    `case_id` and `material_id` say what it was given for last.
    """

    upload_id: str
    citizen_id: str
    file_name: str
    content_type: ContentType
    size: int
    sha256: str
    created_at: datetime
    fingerprint: str
    verified: bool = False
    material_id: str | None = None
    case_id: str | None = None
    given_at: datetime | None = None


def plain_name(given: str) -> str:
    """Return the last part of a file's name, without what steers paths, terminals or reading."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()).strip()


def looks_like(content_type: str, data: bytes) -> bool:
    """Tell whether bytes begin as files of a type do."""
    if content_type == "image/heic":
        return data[4:8] == b"ftyp" and data[8:12] in _BRANDS
    return data.startswith(_BEGINNINGS[content_type])
