"""`python -m tests.pages.shots`: a picture of every page in build/shots, to be looked at.

In Chinese, in English and in large letters, and in Chinese also while they load, without a network,
refused, and with a session that ended; the citizen's also with nothing to show, the staff's also on
a desk; with `--pictures` the chosen few of the README too.
"""

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from infra import pages
from tests.pages import tour
from tests.pages.browser import Phone, launch
from tests.pages.states import STATES, in_state
from tests.support.people import new_code
from tests.support.system import System

ROOT = Path(__file__).parent.parent.parent
SHOTS = ROOT / "build" / "shots"
PICTURES = ROOT / "docs" / "pictures"
CHOSEN = ("zh-home", "zh-guide", "zh-book", "zh-pass", "en-case", "large-home")
# What a fresh run shows on the first look, as its hall's supervisor and as anybody.
CITY = {"city-reports": "staff/reports", "city-cases": "staff/cases", "city-alerts": "staff/alerts"}
CITY_HALL = {"zh-CN": "鄞州区行政服务中心", "en": "Yinzhou Service Hall"}
# From how far down, in the picture's own dots: below what leads to other pages.
CITY_CHOSEN = {
    "zh-city-reports": 956,
    "en-city-cases": 1516,
    "en-city-performance": 1320,
    "zh-city-desk": 0,
}
EMPTY = {
    "home": "pages/home",
    "mine": "pages/mine",
    "inbox": "pages/inbox",
    "bills": "bills/list",
    "receipt": "bills/receipt?subject=nothing",
    "waiting": "draws/waiting",
    "addresses": "deliveries/addresses",
    "certificates": "certificates/list",
    "enquiries": "questions/enquiries",
    "family": "rights/family",
    "mandates": "rights/mandates",
    "companies": "rights/companies",
    "factors": "rights/factors",
    "privacy": "rights/privacy",
}
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
            for lang in ("zh-CN", "en"):
                phone = Phone(browser, system.url)
                phone.prefer(lang=lang)
                phone.log_in(story.name)
                tour.keep_address(phone)
                take(phone, story.citizen_pages)
                take_elder_home(phone)
                if lang == "zh-CN":
                    take_states(phone, story.citizen_pages)
                phone.log_in_staff("supervisor", tour.HALL_NAMES[lang])
                take(phone, story.staff_pages)
                take_desk(phone, story.staff_pages)
                if lang == "zh-CN":
                    take_states(phone, story.staff_pages)
                phone.close()
            nobody = Phone(browser, system.url)
            take_empty(nobody)
            nobody.close()
            browser.close()
    finally:
        for person in system.people:
            person.close()
        system.stop(gently=True)
    city = System(Path(tempfile.mkdtemp()), month=True)
    try:
        show_city(city.url)
    finally:
        city.stop(gently=True)
    if "--pictures" in sys.argv:
        PICTURES.mkdir(parents=True, exist_ok=True)
        for name, top in {**dict.fromkeys(CHOSEN, 0), **CITY_CHOSEN}.items():
            choose(name, top)


def show_city(url: str) -> None:
    """Take what a run with a month behind it shows."""
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        for lang, hall in CITY_HALL.items():
            phone = Phone(browser, url)
            phone.prefer(lang=lang)
            phone.log_in_staff("supervisor", hall)
            take(phone, CITY)
            take_review(phone)
            phone.page.goto(f"{url}/open/", wait_until="commit")
            phone.tap(phone.say("performance.title"))
            phone.sees(phone.say("performance.share_in_time"))
            shoot(phone, SHOTS / f"{lang[:2]}-city-performance.png")
            phone.close()
        browser.close()


def take(phone: Phone, wanted: dict[str, str]) -> None:
    """Take each page in the phone's language, and the Chinese ones in large letters too."""
    for name, path in wanted.items():
        phone.open(path)
        shoot(phone, SHOTS / f"{phone.say.lang[:2]}-{name}.png")
        if phone.say.lang == "zh-CN":
            phone.grow()
            shoot(phone, SHOTS / f"large-{name}.png")


def take_review(phone: Phone) -> None:
    """Take the review desk with the last case of the list, its form and its papers."""
    phone.page.set_viewport_size({"width": 1280, "height": 800})
    phone.open("staff/cases")
    phone.page.locator(".review .cell:visible").last.click()
    phone.settle()
    phone.page.evaluate("scrollTo(0, 0)")
    phone.page.screenshot(path=SHOTS / f"{phone.say.lang[:2]}-city-desk.png")
    phone.page.set_viewport_size({"width": 390, "height": HEIGHT})


def take_desk(phone: Phone, wanted: dict[str, str]) -> None:
    """Take each page as it stands on a desk: the first screen of it."""
    phone.page.set_viewport_size({"width": 1280, "height": 800})
    for name, path in wanted.items():
        phone.open(path)
        phone.page.screenshot(path=SHOTS / f"{phone.say.lang[:2]}-desk-{name}.png", scale="css")
    phone.page.set_viewport_size({"width": 390, "height": HEIGHT})


def take_states(phone: Phone, wanted: dict[str, str]) -> None:
    """Take each page in every state in which it has not what it asked for."""
    for state in STATES:
        with in_state(phone, state) as show:
            for name, path in wanted.items():
                show(path)
                shoot(phone, SHOTS / f"{state}-{name}.png")


def take_empty(phone: Phone) -> None:
    """Take the lists of somebody to whom nothing happened yet."""
    phone.log_in(new_code())
    for name, path in EMPTY.items():
        phone.open(path)
        shoot(phone, SHOTS / f"empty-{name}.png")


def take_elder_home(phone: Phone) -> None:
    """Take the first page as those have it who chose large letters, in both sizes."""
    lang = phone.say.lang
    for size in ("large", "largest"):
        phone.prefer(lang=lang, size=size)
        phone.open("pages/home")
        shoot(phone, SHOTS / (f"{size}-home.png" if lang == "zh-CN" else f"en-{size}-home.png"))
    phone.prefer(lang=lang)


def shoot(phone: Phone, file: Path) -> None:
    """Take the page whole: the screen is made as tall as what it shows."""
    height = phone.page.evaluate("document.documentElement.scrollHeight")
    size = {"width": 390, "height": max(HEIGHT, min(int(height), TALLEST))}
    phone.page.set_viewport_size(size)  # type: ignore[arg-type]
    phone.page.wait_for_timeout(150)
    phone.page.screenshot(path=file)
    phone.page.set_viewport_size({"width": 390, "height": HEIGHT})


def choose(name: str, top: int = 0) -> None:
    """Make the README's picture of one page: the first screen from `top` on, small."""
    with Image.open(SHOTS / f"{name}.png") as shot:
        first = shot.crop((0, top, shot.width, min(shot.height, top + HEIGHT * 2)))
        small = first.resize((first.width // 2, first.height // 2), Image.Resampling.LANCZOS)
        small.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(
            PICTURES / f"{name}.png", optimize=True
        )


if __name__ == "__main__":
    main()
