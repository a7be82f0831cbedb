"""A phone's browser on the pages: what a person sees and taps, and what must never happen."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import zxingcpp
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Locator, Page, Route

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A refusal that the page tells in words; the browser writes each down as an error too.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
CUT = re.compile(r"Failed to load resource: net::ERR_(INTERNET_DISCONNECTED|FAILED)")
WAIT_MS = 60_000


def launch(chromium: BrowserType) -> Browser:
    return chromium.launch(executable_path="/usr/bin/chromium", args=[*ARGUMENTS])


class Phone:
    """One person's browser; `troubles` is what went wrong behind the page."""

    def __init__(self, browser: Browser, url: str, *, desk: bool = False) -> None:
        self.url = url
        size = {"width": 1280, "height": 800} if desk else {"width": 390, "height": 844}
        self.context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            device_scale_factor=2,
            has_touch=not desk,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        self.context.set_default_timeout(WAIT_MS)
        self.troubles: list[str] = []
        self.network_may_fail = False
        self.context.route("**/*", self._only_here)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def open(self, path: str) -> None:
        """Open a page as a link would, with nothing of the last one left."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/#/{path}")
        self.settle()

    def log_in(self, name: str) -> None:
        self.open("pages/login")
        self.field("登录名").fill(name)
        self.tap("登录")
        self.page.wait_for_url(lambda url: "login" not in url)
        self.settle()

    def log_in_staff(self, name: str = "clerk") -> None:
        self.page.goto(f"{self.url}/staff/")
        self.page.get_by_role("textbox", name=re.compile("^(用户名|User name)$")).fill(name)
        self.page.locator("input[type=password]").fill("onetrip-demo")
        self.tap(re.compile("^(登录|Log in)$"))
        self.page.wait_for_url("**/staff/board**")
        self.settle()

    def prefer(self, *, lang: str = "zh-CN", large: bool = False) -> None:
        """Choose as on the page of one's own settings."""
        self.open("pages/me")
        self.tap("English" if lang == "en" else "中文", role="radio")
        if large:
            self.page.get_by_role("switch").last.click()
        self.settle()

    def button(self, name: str | re.Pattern[str], role: Any = "button") -> Locator:
        shown = self.page.get_by_role(role, name=name, exact=isinstance(name, str))
        return shown.locator("visible=true").first

    def tap(self, name: str | re.Pattern[str], role: Any = "button") -> None:
        self.button(name, role).click()

    def field(self, name: str) -> Locator:
        boxes = self.page.get_by_role("textbox", name=name, exact=True)
        return boxes.or_(self.page.get_by_label(name, exact=True)).locator("visible=true").first

    def sees(self, words: str | re.Pattern[str]) -> None:
        self.page.get_by_text(words).locator("visible=true").first.wait_for()

    def settle(self) -> None:
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(300)

    def read_code(self) -> str:
        """Read the QR code on the screen as a scanner would."""
        self.page.locator("uni-image img").first.wait_for(state="attached")
        self.settle()
        seen = zxingcpp.read_barcodes(Image.open(io.BytesIO(self.page.screenshot())))
        assert len(seen) == 1, seen
        return str(seen[0].text)

    def findings(self) -> list[str]:
        """Return what axe-core finds serious or critical on the page as it is."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {node['html'][:200]}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    def cut_off(self) -> list[str]:
        """Return texts that are wider than the screen or cut by their own box."""
        return list(self.page.evaluate(_CUT_OFF))

    @contextmanager
    def without_network(self) -> Iterator[None]:
        self.network_may_fail = True
        self.context.set_offline(True)
        yield
        self.context.set_offline(False)

    def close(self) -> None:
        self.context.close()
        assert not self.troubles, self.troubles

    def _only_here(self, route: Route) -> None:
        url = route.request.url
        if url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            route.continue_()
        else:
            self.troubles.append(f"foreign request: {url}")
            route.abort()

    def _heard(self, message: ConsoleMessage) -> None:
        text = message.text
        if message.type != "error" or EXPECTED.match(text):
            return
        if not (self.network_may_fail and CUT.match(text)):
            self.troubles.append(text)


_CUT_OFF = """() => {
  const wide = document.documentElement.clientWidth + 1
  return [...document.querySelectorAll('.screen *')]
    .filter((one) => one.offsetParent && one.children.length === 0 && one.textContent.trim())
    .filter((one) => {
      const box = one.getBoundingClientRect()
      const hides = getComputedStyle(one).overflow === 'hidden'
      return box.right > wide || box.left < -1 || (hides && one.scrollWidth > one.clientWidth + 1)
    })
    .map((one) => one.textContent.trim().slice(0, 60))
}"""
