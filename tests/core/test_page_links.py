"""Addresses that people scan: browsers are led to pages, programs read JSON."""

from datetime import timedelta

import pytest

from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
        ("application/json, text/html;q=0.5", False),
        ("text/html;q=0, */*", False),
        ("*/*", False),
    ],
)
def test_a_browser_is_led_to_the_page_and_a_program_is_not(
    client: ApiClient, clock: TestClock, accept: str, *, page: bool
) -> None:
    # Codes that are wrong are counted for an hour, and others guess in theirs.
    clock.set(MONDAY + timedelta(days=400))
    for path, leads in (
        ("/v1/receipts/a~b", "/#/bills/verify?code=a~b"),
        ("/v1/certificates/a~b", "/#/certificates/verify?code=a~b"),
        ("/v1/progress/AB-12?code=123456", "/#/pages/progress?number=AB-12&code=123456"),
    ):
        answer = client.get(path, headers={"accept": accept})
        to = answer.headers.get("location", "")
        assert (answer.status, to.endswith(leads)) == ((303, True) if page else (404, False))
