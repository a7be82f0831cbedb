"""A phone's browser on the pages: what a person sees and taps, and what must never happen."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from shutil import which
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserType,
    ConsoleMessage,
    Error,
    Geolocation,
    Locator,
    Page,
    Route,
    expect,
)
from playwright.sync_api import TimeoutError as NeverShown

from tests.pages.words import Words

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
# Everything but this machine and what the page made itself.
FOREIGN = re.compile(r"^(?!http://(?:127\.0\.0\.1|localhost):|data:|blob:|about:)")
# At the Drum Tower of Ningbo, near the hall of Haishu.
HERE: Geolocation = {"latitude": 29.8747, "longitude": 121.5546}
WAIT_MS = 60_000
SMALLEST_TAP = 44
# Keeps the tickets that a page prints, in place of paper.
PRINTED = """
window.slips = []
window.print = () => window.slips.push(document.querySelector('.slip').innerText)
"""
# In large letters, as the ministry's rules for the elderly have it.
SMALLEST_LARGE_TAP = 60
expect.set_options(timeout=WAIT_MS)


def launch(chromium: BrowserType) -> Browser:
    found = which("chromium-headless-shell") or which("chromium")
    return chromium.launch(executable_path=found, args=[*ARGUMENTS])


class Phone:
    """One person's browser; `troubles` is what went wrong behind the page."""

    def __init__(self, browser: Browser, url: str, *, desk: bool = False) -> None:
        self.url = url
        self.say = Words("zh-CN")
        size = {"width": 1280, "height": 800} if desk else {"width": 390, "height": 844}
        self.context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            device_scale_factor=2,
            has_touch=not desk,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation=HERE,
            permissions=["geolocation"],
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self.context.set_default_timeout(WAIT_MS)
        self.troubles: list[str] = []
        self.network_may_fail = False
        self.context.route(FOREIGN, self._refuse)
        self.context.add_init_script(_WATCH)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def open(self, path: str) -> None:
        """Open a page as a link would, with nothing of the last one left."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/#/{path}", wait_until="commit")
        self.settle()

    def follow(self, path: str) -> None:
        """Go to a page as a link on this one would; one of the same kind is opened anew."""
        here = self.page.url.partition("#/")[2].partition("?")[0]
        if path.partition("?")[0] == here:
            self.open(path)
            return
        self.page.locator(".screen:visible").evaluate("one => { one.dataset.left = 'yes' }")
        self.page.goto(f"{self.url}/#/{path}", wait_until="commit")
        self.page.locator(".screen[data-left]").wait_for(state="detached")
        self.settle()

    def log_in(self, name: str) -> None:
        self.open("pages/login")
        self.field(self.say("login.name")).fill(name)
        box = self.page.get_by_role("checkbox", name=self.say("consent.policy"))
        if box.locator("visible=true").count():
            box.click()
        self.tap(self.say("login"))
        self.page.wait_for_url(lambda url: "login" not in url)
        self.settle()

    def log_in_staff(self, name: str = "clerk", hall: str = "") -> None:
        """Log in at the staff's address, and work at a hall, given by its name."""
        self.page.goto(f"{self.url}/staff/", wait_until="commit")
        self.field(self.say("staff.username")).fill(name)
        self.page.locator("input[type=password]").fill("onetrip-demo")
        self.tap(self.say("login"))
        self.page.wait_for_url("**/staff/board**")
        self.settle()
        if hall:
            self.page.locator(".desk uni-button").first.click()
            self.tap(hall, role="radio")
            self.settle()

    def prefer(self, *, lang: str = "zh-CN", size: str = "plain") -> None:
        """Choose as on the page of one's own settings."""
        self.open("pages/me")
        self.tap("English" if lang == "en" else "中文", role="radio")
        # The English texts come over the network.
        self.page.locator(f'html[lang="{lang}"]').wait_for(state="attached")
        self.say = Words(lang)
        self.tap(self.say(f"size.{size}"), role="radio")
        self.settle()

    def grow(self, size: str = "large") -> None:
        """Show this very page in large letters, as the preference would."""
        self.page.locator(".screen:visible").evaluate(
            "(one, size) => one.classList.add(size)", size
        )

    def button(self, name: str | re.Pattern[str], role: Any = "button") -> Locator:
        shown = self.page.get_by_role(role, name=name, exact=isinstance(name, str))
        return shown.locator("visible=true").first

    def tap(self, name: str | re.Pattern[str], role: Any = "button") -> None:
        self.button(name, role).click()

    def field(self, name: str) -> Locator:
        boxes = self.page.get_by_role("textbox", name=name, exact=True)
        return boxes.or_(self.page.get_by_label(name, exact=True)).locator("visible=true").first

    def sign(self, pin: str = "274913") -> None:
        """Sign what is shown by a PIN, which is set here first where there is none."""
        self.sees(self.say("sign.title"))
        new = self.field(self.say("sign.newPin"))
        new.or_(self.field(self.say("sign.pin"))).first.fill(pin)
        self.tap(self.say("sign.sign"))
        self.settle()

    def sees(self, words: str | re.Pattern[str]) -> None:
        self._awaited(self.page.get_by_text(words).locator("visible=true").first)

    def told(self, words: str) -> str:
        """Return what the page says of what was done; it has these words."""
        note = self.page.locator("[role=status]:visible", has_text=words)
        self._awaited(note)
        return note.inner_text()

    def _awaited(self, shown: Locator) -> None:
        """Wait for what is to be shown; fail with what the page says in place of it."""
        try:
            shown.wait_for()
        except NeverShown as error:
            notes = self.page.locator("[role=status]:visible, [role=alert]:visible")
            raise AssertionError(f"the page says {notes.all_inner_texts()}") from error

    def letters(self) -> float:
        """Return the size of plain text on one's own page."""
        self.open("pages/me")
        found = self.page.locator(".screen:visible").evaluate("e => getComputedStyle(e).fontSize")
        return float(str(found).removesuffix("px"))

    def fill_in(self, schema: Any) -> None:
        """Fill in all that a form must have, from the schema's own examples."""
        for name in schema["required"]:
            asked = schema["properties"][name]
            value = asked["examples"][0]
            group = self.page.get_by_role("radiogroup", name=asked["title"], exact=True)
            if asked["type"] == "boolean":
                yes = "form.confirm" if asked.get("const") is True else "form.yes"
                answer = self.say(yes if value else "form.no")
                group.get_by_role("radio", name=answer, exact=True).click()
            elif "oneOf" in asked:
                [title] = [one["title"] for one in asked["oneOf"] if one["const"] == value]
                group.get_by_role("radio", name=title, exact=True).click()
            elif asked.get("format") == "date":
                self.date(asked["title"], value)
            else:
                self.field(asked["title"]).fill(str(value))

    def date(self, name: str, day: str) -> None:
        """Type a day into its three numbers."""
        for part, number in zip(("year", "month", "day"), day.split("-"), strict=True):
            self.field(f"{name} {self.say(f'date.{part}')}").fill(number.lstrip("0"))

    def give(self, material: str, file: Path, *, further: bool = False) -> None:
        """Upload a paper, or a further page of it, as from the album."""
        with self.page.expect_file_chooser() as chooser:
            self.tap(f"{self.say('apply.add' if further else 'apply.upload')} {material}")
        chooser.value.set_files(file)
        paper = self.page.locator(".paper:visible", has_text=material).first
        paper.get_by_text(f"✓ {file.name}").wait_for()

    def settle(self, quiet_ms: int = 80) -> None:
        """Wait until the page shows what it asked for and asked for no more for a moment."""
        # The pages' policy forbids what `wait_for_function` would do: read text as a program.
        while True:
            try:
                self.page.evaluate(_COME_TO_REST, [WAIT_MS, quiet_ms])
            except Error as error:
                if "context was destroyed" not in str(error):
                    raise
            else:
                return

    def read_code(self) -> str:
        """Read the QR code on the screen as a scanner would."""
        self.page.locator("uni-image img").locator("visible=true").first.wait_for()
        self.settle()
        # Letters in rows may look like another kind of bar code.
        picture = self.page.screenshot()
        kind = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        seen = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)), formats=kind)
        assert len(seen) == 1, seen
        return str(seen[0].text)

    def findings(self) -> list[str]:
        """Return what axe-core finds serious or critical on the page as it is."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_AXE)
        found = self.page.evaluate("axe.run({resultTypes: ['violations'], preload: false})")[
            "violations"
        ]
        return [
            f"{one['id']}: {node['html'][:200]}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    def cut_off(self, smallest: float = SMALLEST_TAP) -> list[str]:
        """Return texts that are cut, broken or out of the screen, and buttons too small to tap."""
        return list(self.page.evaluate(_CUT_OFF, smallest - 0.5))

    @contextmanager
    def without_network(self) -> Iterator[None]:
        self.network_may_fail = True
        self.context.set_offline(True)
        yield
        self.context.set_offline(False)

    def close(self) -> None:
        self.context.close()
        assert not self.troubles, self.troubles

    def _refuse(self, route: Route) -> None:
        self.troubles.append(f"foreign request: {route.request.url}")
        route.abort()

    def _heard(self, message: ConsoleMessage) -> None:
        text = message.text
        if message.type != "error" or EXPECTED.match(text):
            return
        if not (self.network_may_fail and CUT.match(text)):
            self.troubles.append(text)


_COME_TO_REST = """([limit, quiet]) => new Promise((done, fail) => {
  const until = Date.now() + limit
  const look = () => {
    if (window.atRest && window.atRest(quiet)) done()
    else if (Date.now() > until) fail(new Error('the page does not come to rest'))
    else setTimeout(look, 16)
  }
  look()
})"""
# Comes with axe-playwright-python, which would send it anew for each run.
_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
# A page is at rest when nothing was asked for a moment, nothing loads and all pictures are there.
_WATCH = """(() => {
  let open = 0
  let last = performance.now()
  const send = XMLHttpRequest.prototype.send
  XMLHttpRequest.prototype.send = function (...words) {
    open += 1
    this.addEventListener('loadend', () => { open -= 1; last = performance.now() })
    return send.apply(this, words)
  }
  window.atRest = (quiet) => {
    const screens = [...document.querySelectorAll('.screen')].filter((one) => one.offsetParent)
    return open === 0 && performance.now() - last > quiet && screens.length === 1 &&
      !screens[0].querySelector('.loading') &&
      [...document.images].every((one) => one.complete)
  }
})()"""
_CUT_OFF = """(smallest) => {
  // No part of an address or of a number.
  const WORD = /(?<![\\w/.@-])[A-Za-z]{2,14}(?![\\w/.@-])/g
  const wide = document.documentElement.clientWidth + 1
  const shown = [...document.querySelectorAll('.screen *')].filter((one) => one.offsetParent)
  const words = (one) => (one.getAttribute('aria-label') || one.textContent).trim().slice(0, 60)
  const texts = shown
    .filter((one) => one.children.length === 0 && one.textContent.trim())
    .filter((one) => {
      const box = one.getBoundingClientRect()
      const hides = getComputedStyle(one).overflow === 'hidden'
      return box.right > wide || box.left < -1 || (hides && one.scrollWidth > one.clientWidth + 1)
    })
  const taps = shown
    .filter((one) => one.matches('uni-button, uni-input, uni-textarea'))
    .filter((one) => {
      const { width, height } = one.getBoundingClientRect()
      return width < smallest || height < smallest
    })
  // A column of single letters is whole, and nobody can read it.
  const squeezed = shown
    .filter((one) => one.children.length === 0 && one.textContent.trim().length > 3)
    .filter((one) => {
      const { width, height } = one.getBoundingClientRect()
      const size = parseFloat(getComputedStyle(one).fontSize)
      return width < 2.5 * size && height > 3 * size
    })
  // A word that begins on one line and ends on the next has less room than it needs.
  const places = (node, word) => {
    const range = document.createRange()
    range.setStart(node, word.index)
    range.setEnd(node, word.index + word[0].length)
    return new Set([...range.getClientRects()].map((box) => box.top)).size
  }
  const broken = shown
    .filter((one) => one.children.length === 0)
    .flatMap((one) => [...one.childNodes])
    .flatMap((node) => [...node.textContent.matchAll(WORD)].map((word) => [node, word]))
    .filter(([node, word]) => places(node, word) > 1)
  return [
    ...texts.map(words),
    ...taps.map((one) => `too small to tap: ${words(one)}`),
    ...squeezed.map((one) => `squeezed: ${words(one)}`),
    ...broken.map(([, word]) => `broken: ${word[0]}`),
  ]
}"""
