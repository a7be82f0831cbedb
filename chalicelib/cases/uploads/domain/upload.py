"""What may be uploaded, and how its type and name are spelt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from chalicelib.core.errors import TooManyRequests
from chalicelib.core.i18n import Text

ContentType = Literal["application/pdf", "image/png", "image/jpeg", "image/heic"]


class TooManyFiles(TooManyRequests):
    """A person announced as many files as anybody may in a day; tomorrow there are new ones."""

    title = Text(
        "今天上传文件的次数已用完，请明天再传",
        "No more files today: send the rest tomorrow",
    )


LARGEST: Final = 10 * 1024 * 1024
UPLOAD_WITHIN: Final = timedelta(minutes=10)
READ_WITHIN: Final = timedelta(minutes=5)
# What was announced and never given to a case is tidied up after this.
UNUSED_FOR: Final = timedelta(days=2)

# How phones, browsers and old programs spell the types (the first is the registered one).
_SPELLINGS: Final[Mapping[ContentType, frozenset[str]]] = {
    "application/pdf": frozenset({"application/x-pdf", "application/acrobat", "text/pdf"}),
    "image/png": frozenset({"image/x-png"}),
    "image/jpeg": frozenset({"image/jpg", "image/pjpeg", "image/jpe", "image/x-jpeg"}),
    "image/heic": frozenset({"image/heif", "image/heic-sequence", "image/heif-sequence"}),
}
_SUFFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/heic": ("heic", "heif", "hif"),
}
# What a sender says that does not know; the bytes will tell.
UNTOLD: Final = "application/octet-stream"
_UNTOLD: Final = frozenset({"", UNTOLD, "binary/octet-stream", "application/binary", "*/*"})


@dataclass(frozen=True, slots=True)
class Upload:
    """One announced file; `sha256` in lower-case hex, `size` in bytes, the name sealed.

    `owner` is a citizen; a scan, which staff of a hall made (`office_id`), has an owner of its own,
    and no name.

    `content_type` is what was announced until the bytes were verified, and then what they are.
    `case_id`, `case_version`, `material_id` and `page` (from 1) say what it was given for last.
    """

    upload_id: str
    owner: str
    file_name: str
    content_type: str
    size: int
    sha256: str
    created_at: datetime
    fingerprint: str
    verified: bool = False
    material_id: str | None = None
    case_id: str | None = None
    given_at: datetime | None = None
    page: int = 1
    case_version: int = 1
    office_id: str | None = None


def plain_name(given: str) -> str:
    """Return the last part of a file's name, without what steers paths, terminals or reading."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()).strip()


def media_type(given: str | None) -> str | None:
    """Return what a file is announced as, whatever the spelling; None when it is not taken.

    A type that is not told is `application/octet-stream`.
    """
    said = (given or "").partition(";")[0].strip().lower()
    if said in _UNTOLD:
        return UNTOLD
    return next((kind for kind, others in _SPELLINGS.items() if said in {kind, *others}), None)


def name_of_type(name: str, content_type: str) -> str:
    """Return a file's name with an ending that its type has, so that it opens where it is saved."""
    stem, dot, suffix = name.rpartition(".")
    endings = _SUFFIXES.get(content_type, ())
    if not endings or (dot and suffix.lower() in endings):
        return name
    known = dot and any(suffix.lower() in those for those in _SUFFIXES.values())
    return f"{stem if known else name}.{endings[0]}"
