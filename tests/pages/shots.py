"""`python -m tests.pages.shots`: a picture of every page in build/shots, to be looked at.

In Chinese, in English and in large letters; with `--pictures` the chosen few of the README too.
"""

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from infra import pages
from tests.e2e.conftest import System
from tests.pages import tour
from tests.pages.browser import Phone, launch

ROOT = Path(__file__).parent.parent.parent
SHOTS = ROOT / "build" / "shots"
PICTURES = ROOT / "docs" / "pictures"
MODES = {"zh": ("zh-CN", False), "en": ("en", False), "large": ("zh-CN", True)}
CHOSEN = ("zh-home", "zh-guide", "zh-book", "zh-pass", "en-case", "large-home")
TALLEST = 3000
HEIGHT = 844


def main() -> None:
    pages.build("h5")
    SHOTS.mkdir(parents=True, exist_ok=True)
    system = System(Path(tempfile.mkdtemp()))
    try:
        story = tour.tell(system)
        with sync_playwright() as playwright:
            browser = launch(playwright.chromium)
            for mode, (lang, large) in MODES.items():
                phone = Phone(browser, system.url)
                phone.log_in(story.name)
                phone.prefer(lang=lang, large=large)
                tour.keep_address(phone)
                for name, path in story.citizen_pages.items():
                    phone.open(path)
                    shoot(phone, SHOTS / f"{mode}-{name}.png")
                phone.log_in_staff("supervisor")
                for name, path in story.staff_pages.items():
                    phone.open(path)
                    shoot(phone, SHOTS / f"{mode}-{name}.png")
                phone.close()
            browser.close()
    finally:
        for person in system.people:
            person.close()
        system.stop(gently=True)
    if "--pictures" in sys.argv:
        PICTURES.mkdir(parents=True, exist_ok=True)
        for name in CHOSEN:
            choose(name)


def shoot(phone: Phone, file: Path) -> None:
    """Take the page whole: the screen is made as tall as what it shows."""
    height = phone.page.evaluate("document.documentElement.scrollHeight")
    size = {"width": 390, "height": max(HEIGHT, min(int(height), TALLEST))}
    phone.page.set_viewport_size(size)  # type: ignore[arg-type]
    phone.page.wait_for_timeout(150)
    phone.page.screenshot(path=file)
    phone.page.set_viewport_size({"width": 390, "height": HEIGHT})


def choose(name: str) -> None:
    """Make the README's picture of one page: the first screen, small."""
    with Image.open(SHOTS / f"{name}.png") as shot:
        first = shot.crop((0, 0, shot.width, min(shot.height, HEIGHT * 2)))
        small = first.resize((first.width // 2, first.height // 2), Image.Resampling.LANCZOS)
        small.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(
            PICTURES / f"{name}.png", optimize=True
        )


if __name__ == "__main__":
    main()
