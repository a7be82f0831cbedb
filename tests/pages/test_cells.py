"""More cities than one: the pages, built for a directory of cells, in front of two of them."""

import json
import mimetypes
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import urllib3
from playwright.sync_api import Browser

from infra import cells, pages
from tests.pages.browser import Phone
from tests.support.system import System

pytestmark = pytest.mark.slow
POOL = urllib3.PoolManager(maxsize=16)


class Host(BaseHTTPRequestHandler):
    """Shows the pages and the directory; what is below `/north` and `/south` are the cells."""

    protocol_version = "HTTP/1.1"

    def __init__(self, folder: Path, system: str, *given: object) -> None:
        self.folder, self.system = folder, system
        super().__init__(*given)  # type: ignore[arg-type]

    def _answer(self) -> None:
        place, _, path = self.path[1:].partition("/")
        if place in ("north", "south"):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "origin")}
            url = f"{self.system}/{path}"
            answer = POOL.request(self.command, url, body=body, headers=asked)
            self._send(answer.status, answer.headers["content-type"], answer.data)
            return
        file = self.folder / (self.path.partition("?")[0].lstrip("/") or "index.html")
        kind = mimetypes.guess_type(file.name)[0] or "application/jose"
        there = file.is_file()
        self._send(200 if there else 404, kind, file.read_bytes() if there else b"")

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815 - http.server's names.

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, status: int, kind: str | None, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind or "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """The pages as they are built for a directory, and the key that signs it."""
    folder = tmp_path_factory.mktemp("cells")
    known = cells.make_key(folder / "cells.pem")
    out = folder / "h5"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITE_CELLS_URL", "/cells.jws")
        patch.setenv("VITE_CELLS_KEYS", json.dumps({"keys": [known]}))
        patch.setenv("UNI_OUTPUT_DIR", str(out))
        pages.npm("exec", "--", "uni", "build")
    return out, (folder / "cells.pem").read_bytes()


@pytest.fixture
def place(system: System, built: tuple[Path, bytes]) -> Iterator[str]:
    """The address of the pages, with the directory of two cities beside them."""
    folder, key = built
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, folder, system.url))
    url = f"http://127.0.0.1:{server.server_address[1]}"
    cities = [
        {"city": "330100", "name": "杭州市", "name_en": "Hangzhou", "api": f"{url}/north"},
        {"city": "330200", "name": "宁波市", "name_en": "Ningbo", "api": f"{url}/south"},
    ]
    made = cells.sign(cities, key, datetime.now(UTC), timedelta(days=90))
    (folder / cells.FILE).write_text(made)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield url
    server.shutdown()
    server.server_close()


def test_a_city_is_chosen_once_and_each_has_a_log_in_of_its_own(
    browser: Browser, place: str
) -> None:
    phone = Phone(browser, place)
    asked: list[str] = []
    phone.page.on("request", lambda one: asked.append(one.url))
    phone.open("pages/home")
    phone.sees(phone.say("city.what"))
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.tap("宁波市")
    phone.sees(phone.say("home.city", city="宁波市"))
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.log_in("cells-ningbo")
    phone.tap(phone.say("tab.home"))
    phone.tap(phone.say("home.city", city="宁波市"))
    phone.sees(phone.say("city.now"))
    phone.tap("杭州市")
    phone.sees(phone.say("home.city", city="杭州市"))
    phone.open("pages/me")
    phone.sees(phone.say("login"))
    phone.open("rights/city")
    phone.tap("宁波市")
    phone.sees(phone.say("home.city", city="宁波市"))
    phone.open("pages/me")
    phone.sees(phone.say("me.logout"))
    phone.prefer(lang="en", size="large")
    phone.open("rights/city")
    phone.sees("Hangzhou")
    assert (phone.findings(), phone.cut_off()) == ([], [])
    called = [one for one in asked if "/v1/" in one]
    assert {one.split("/")[3] for one in called} == {"north", "south"}
    assert sum(one.endswith("/cells.jws") for one in asked) == 1
    phone.close()


def test_a_flipped_bit_is_refused_and_said(
    browser: Browser, place: str, built: tuple[Path, bytes]
) -> None:
    file = built[0] / cells.FILE
    good = file.read_text()
    file.write_text(good[:-1] + ("A" if good[-1] != "A" else "Q"))
    phone = Phone(browser, place)
    phone.open("rights/city")
    phone.sees(phone.say("problem.unread"))
    file.write_text(good)
    phone.tap(phone.say("again"))
    phone.sees("宁波市")
    phone.close()
