"""What a first and a second visit load, and how still the page stays: counts, not times."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.system import System

FIRST_LOAD_BYTES = 120_000
FIRST_LOAD_REQUESTS = 8
SECOND_LOAD_BYTES = 2_000
# Web Vitals call 0.1 good.
MOST_SHIFT = 0.05
SHOWN_MS = 5_000
# Chromium's own preset, and a phone a quarter as fast as this machine.
FAST_3G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1_440_000 / 8,
    "uploadThroughput": 675_000 / 8,
}
TIMES_SLOWER = 4


@pytest.fixture
def page(site: System, browser: Browser) -> Iterator[Page]:
    """A browser as it is at home: looking into requests would switch its cache off."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", base_url=site.url
    )
    context.add_init_script(_WATCH)
    yield context.new_page()
    context.close()


@dataclass
class Visit:
    """What came over the network, as the browser counts it: headers and compressed bodies."""

    sizes: dict[str, int] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)

    @property
    def loaded(self) -> dict[str, int]:
        """Return the bytes of each path."""
        return {self.paths[one]: n for one, n in self.sizes.items() if one not in self.kept}


def visit(page: Page) -> dict[str, int]:
    """Open the first page and wait for its services; return what was loaded."""
    seen = Visit()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def asked(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            seen.paths[event["requestId"]] = event["request"]["url"]

    def ended(event: dict[str, Any]) -> None:
        if event["requestId"] in seen.paths:
            seen.sizes[event["requestId"]] = int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", ended)
    session.on("Network.requestServedFromCache", lambda e: seen.kept.add(e["requestId"]))
    page.goto("/", wait_until="networkidle")
    page.locator(".kind").first.wait_for()
    session.detach()
    return seen.loaded


def test_the_first_visit_is_light_and_the_second_weighs_nothing(page: Page) -> None:
    first = visit(page)
    assert len(first) <= FIRST_LOAD_REQUESTS, first
    assert sum(first.values()) <= FIRST_LOAD_BYTES, first
    assert page.evaluate("window.shifted") <= MOST_SHIFT
    page.goto("about:blank")
    again = visit(page)
    assert sum(again.values()) <= SECOND_LOAD_BYTES, again


@pytest.mark.slow
def test_a_slow_phone_on_a_slow_network_shows_services_soon(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", FAST_3G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": TIMES_SLOWER})
    page.goto("/", wait_until="commit")
    page.locator(".kind").first.wait_for()
    shown = page.evaluate("performance.now()")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.wait_for_load_state("networkidle")
    shifted = page.evaluate("window.shifted")
    assert painted <= shown <= SHOWN_MS, (painted, shown)
    assert shifted <= MOST_SHIFT


_WATCH = """(() => {
  window.shifted = 0
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value
  }).observe({ type: 'layout-shift', buffered: true })
})()"""
