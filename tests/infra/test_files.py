"""Files of the pages, and answers of the API, as a hosting and a gateway send them."""

import gzip
from pathlib import Path

import pytest

from infra.local import files
from infra.local.stand_ins.base import Answer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<p>一次办</p>")
    (tmp_path / "assets" / "first.3f2a.js").write_text("whole")
    (tmp_path / "assets" / "first.3f2a.js.br").write_bytes(b"b")
    (tmp_path / "assets" / "first.3f2a.js.gz").write_bytes(b"g")
    monkeypatch.setattr(files, "_FOLDERS", {"": tmp_path})
    return tmp_path


@pytest.mark.parametrize(
    ("accepted", "body", "coding"),
    [
        ("gzip, deflate, br", b"b", "br"),
        ("gzip", b"g", "gzip"),
        ("br;q=0, gzip;q=0.5", b"g", "gzip"),
        ("gzip;q=0.000", b"whole", None),
        ("", b"whole", None),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_built_file_comes_in_the_best_form_that_is_taken_and_is_kept_for_ever(
    accepted: str, body: bytes, coding: str | None
) -> None:
    answer = files.file_answer("/assets/first.3f2a.js", {"accept-encoding": accepted})
    assert answer
    assert (answer.body, answer.headers.get("Content-Encoding")) == (body, coding)
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_document_is_asked_for_each_time_and_sent_when_it_changed(folder: Path) -> None:
    first = files.file_answer("/", {})
    assert first
    assert first.headers["Cache-Control"] == "no-cache"
    known = {"if-none-match": first.headers["ETag"]}
    again = files.file_answer("/", known)
    assert again
    assert (again.status, again.body) == (304, b"")
    (folder / "index.html").write_text("<p>另一版</p>")
    changed = files.file_answer("/", known)
    assert changed
    assert changed.status == 200


@pytest.mark.usefixtures("folder")
def test_nothing_outside_of_the_pages_is_a_file() -> None:
    for path in ("/../secrets", "/assets/../../x", "/assets/none.js"):
        assert files.file_answer(path, {}) is None


@pytest.mark.parametrize(
    ("answer", "accepted", "smaller"),
    [
        (Answer(200, b"[1]" * 1000, "application/json"), "gzip", True),
        (Answer(404, b"{2}" * 1000, "application/problem+json"), "br, gzip", True),
        (Answer(200, b"[1]" * 1000, "application/json"), "identity", False),
        (Answer(200, b"[1]", "application/json"), "gzip", False),
        (Answer(200, b"png" * 1000, "image/png"), "gzip", False),
        (Answer(200, b"zip" * 1000, "text/csv", {"content-encoding": "br"}), "gzip", False),
    ],
)
def test_texts_are_compressed_for_who_takes_it(
    answer: Answer, accepted: str, smaller: bool
) -> None:
    sent = files.compressed(answer, {"accept-encoding": accepted})
    assert (sent != answer) is smaller
    if smaller:
        assert sent.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(sent.body) == answer.body
