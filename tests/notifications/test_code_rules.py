"""The code that proves a number or an address: how long it is good, and who sends it again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.idempotency import Applied
from chalicelib.notifications.contacts.domain import CodeRequest

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DONE = (Applied("key", "print", 0),)
ASKED = CodeRequest("key", "sealed", expires_at=NOW + 10 * SECOND, lease_until=NOW)


@pytest.mark.parametrize(
    ("request_", "good"),
    [
        (ASKED, True),
        (replace(ASKED, tries=4), True),
        (replace(ASKED, tries=5), False),
        (replace(ASKED, expires_at=NOW), False),
        (replace(ASKED, expires_at=NOW + SECOND), True),
        (replace(ASKED, key=""), False),
        (ASKED.used(DONE), False),
    ],
)
def test_a_code_is_good_for_five_tries_until_its_moment_and_once(
    request_: CodeRequest, good: bool
) -> None:
    assert request_.is_good(NOW) is good


@pytest.mark.parametrize(
    ("request_", "key", "sent"),
    [
        (ASKED, "key", True),
        (replace(ASKED, lease_until=NOW - SECOND), "key", True),
        # Another has it in hand, or a service took it, or it is no longer of use.
        (replace(ASKED, lease_until=NOW + SECOND), "key", False),
        (replace(ASKED, sent=True), "key", False),
        (replace(ASKED, expires_at=NOW), "key", False),
        # It follows from the attempt that asked for it.
        (ASKED, "kez", False),
        (ASKED, "kex", False),
    ],
)
def test_the_attempt_that_asked_sends_what_was_not_sent(
    request_: CodeRequest, key: str, sent: bool
) -> None:
    assert request_.may_be_sent(key, NOW) is sent


def test_a_code_that_was_just_asked_for_has_five_tries_and_was_not_sent() -> None:
    new = CodeRequest("key", "sealed", expires_at=NOW + SECOND, lease_until=NOW)
    assert (new.tries, new.sent, new.revision, new.ledger) == (0, False, 0, ())
    tries = 0
    while replace(new, tries=tries).is_good(NOW):
        tries += 1
    assert tries == 5


def test_a_code_that_was_used_keeps_whose_it_was() -> None:
    used = ASKED.used(DONE)
    assert (used.key, used.ledger, used.sealed) == ("", DONE, "sealed")
