"""The pages, built and served by a run of their own, and browsers that look at them."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from infra import pages
from tests.e2e.conftest import System
from tests.pages.browser import Phone, launch


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    pages.build("h5")
    system = System(tmp_path_factory.mktemp("pages"))
    yield system
    for person in system.people:
        person.close()
    system.stop(gently=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        yield browser
        browser.close()


@pytest.fixture
def phone(system: System, browser: Browser) -> Iterator[Phone]:
    """A citizen's phone; the test fails when something went wrong behind its page."""
    phone = Phone(browser, system.url)
    yield phone
    phone.close()


@pytest.fixture
def desk(system: System, browser: Browser) -> Iterator[Phone]:
    """A clerk's computer in the hall."""
    desk = Phone(browser, system.url, desk=True)
    yield desk
    desk.close()


@pytest.fixture
def prepared(system: System) -> Callable[[str], None]:
    """Verify who somebody is, by their log-in name."""
    from tests.support.people import id_number

    def verify(name: str) -> None:
        person = system.phone(name)
        given = {"name": "李梅", "id_number": id_number()}
        person.send("PUT", "/v1/me/identity", given).raise_for_status()

    return verify
