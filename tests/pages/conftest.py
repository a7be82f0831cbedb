"""The pages, built and served by the run of this process, and browsers that look at them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from infra import pages
from tests.pages import tour
from tests.pages.browser import Phone, launch
from tests.support.people import id_number
from tests.support.system import System


@pytest.fixture(scope="session")
def site(system: System) -> System:
    """The run with the pages as their sources are now."""
    pages.build("h5")
    return system


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        yield browser
        browser.close()


@pytest.fixture
def phone(site: System, browser: Browser) -> Iterator[Phone]:
    """A citizen's phone; the test fails when something went wrong behind its page."""
    phone = Phone(browser, site.url)
    yield phone
    phone.close()


@pytest.fixture
def desk(site: System, browser: Browser) -> Iterator[Phone]:
    """A clerk's computer in the hall."""
    desk = Phone(browser, site.url, desk=True)
    yield desk
    desk.close()


@pytest.fixture(scope="session")
def story(site: System) -> tour.Story:
    """A citizen to whom everything happened that a page can show."""
    return tour.tell(site)


@pytest.fixture
def prepared(site: System) -> Callable[[str], None]:
    """Verify who somebody is, by their log-in name."""

    def verify(name: str) -> None:
        person = site.phone(name)
        given = {"name": "李梅", "id_number": id_number()}
        person.send("PUT", "/v1/me/identity", given).raise_for_status()

    return verify


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo of one pixel, to be uploaded."""
    file = tmp_path / "photo.png"
    file.write_bytes(tour.PHOTO)
    return file
