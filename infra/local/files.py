"""Files of the pages as a hosting would serve them: compressed, and kept by browsers.

Content codings and validators as RFC 9110, 8.4 and 8.8.3; `immutable` as RFC 8246.
"""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from infra.local.stand_ins.base import Answer

_HERE: Final = Path(__file__).parent
_PAGES: Final = _HERE.parent.parent / "mini_program" / "dist" / "h5"
_FOLDERS: Final = {
    "/docs": _HERE / "docs_page",
    "/display": _PAGES,
    "/open": _PAGES,
    "/kiosk": _PAGES,
    "/staff": _PAGES,
    "": _PAGES,
}
_IN_HALL: Final = re.compile("/(display|kiosk)/(?!assets)[a-z0-9-]+")
# Files of the build have their digest in their names: another content is another file.
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASKED_EACH_TIME: Final = "no-cache"
_CODINGS: Final = {"br": ".br", "gzip": ".gz"}
_TEXT: Final = re.compile(r"text/|application/(.*\+)?(json|javascript|xml)")
# As the gateway of a stage, which leaves short answers as they are.
_SMALLEST_COMPRESSED_BYTES: Final = 1024
_FAST: Final = 4


def file_answer(path: str, headers: Mapping[str, str]) -> Answer | None:
    """Answer a file of the pages; None when there is none at a path."""
    found = _find(path)
    if found is None:
        return None
    kept = _FOR_EVER if found.parent.name == "assets" else _ASKED_EACH_TIME
    kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    body, coding = _coded(found, _accepted(headers))
    tag = _etag(body)
    shown = {"Cache-Control": kept, "ETag": tag, "Vary": "Accept-Encoding"}
    content_type = f"{kind}; charset=utf-8" if _TEXT.match(kind) else kind
    if tag in headers.get("if-none-match", ""):
        return Answer(304, b"", content_type, shown)
    if coding:
        shown["Content-Encoding"] = coding
    return Answer(200, body, content_type, shown)


def compressed(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Compress a text of the API for who takes it, as the gateway does."""
    names = {name.lower() for name in answer.headers}
    if (
        len(answer.body) < _SMALLEST_COMPRESSED_BYTES
        or "gzip" not in _accepted(headers)
        or "content-encoding" in names
        or not _TEXT.match(answer.content_type)
    ):
        return answer
    body = gzip.compress(answer.body, _FAST, mtime=0)
    return replace(answer, body=body, headers={**answer.headers, "Content-Encoding": "gzip"})


def _find(path: str) -> Path | None:
    if _IN_HALL.fullmatch(path):
        # A hall's screen and kiosk are pages of their own address.
        path = "/"
    for prefix, folder in _FOLDERS.items():
        if path == prefix or path.startswith(f"{prefix}/"):
            wanted = (folder / path.removeprefix(prefix).lstrip("/")).resolve()
            if wanted.is_dir() or path == prefix:
                wanted /= "index.html"
            if wanted.is_file() and wanted.is_relative_to(folder.resolve()):
                return wanted
    return None


def _accepted(headers: Mapping[str, str]) -> set[str]:
    """Return the codings that are asked for; `q=0` refuses one (RFC 9110, 12.5.3)."""
    named = [one.strip().partition(";") for one in headers.get("accept-encoding", "").split(",")]
    refused = re.compile(r"\s*q=0(\.0*)?\s*")
    return {name.strip().lower() for name, _, weight in named if not refused.fullmatch(weight)}


def _coded(file: Path, accepted: set[str]) -> tuple[bytes, str]:
    """Return a file's bytes in the smallest form that was built and is taken, and its coding."""
    for coding, ending in _CODINGS.items():
        built = file.with_name(file.name + ending)
        if coding in accepted and built.is_file():
            return built.read_bytes(), coding
    return file.read_bytes(), ""


@lru_cache(maxsize=256)
def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:20]}"'
