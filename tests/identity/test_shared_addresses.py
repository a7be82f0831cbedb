"""Many people behind one address of a carrier: one who guesses does not shut the others out."""

from contextlib import suppress
from dataclasses import replace

import pytest

from chalicelib.core import rate_limit
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.identity.domain import IdentityNotConfirmed
from chalicelib.identity.service import rate_limits
from infra.local.engine import Engine
from tests.support.clock import MONDAY


def refused(citizen_id: str, source: str) -> bool:
    """Try a pair that is denied; tell whether it was not even looked at."""

    def denied() -> None:
        raise IdentityNotConfirmed

    try:
        with rate_limits.counted_verification(citizen_id, source, MONDAY):
            denied()
    except TooManyRequests:
        return True
    except IdentityNotConfirmed:
        pass
    return False


@pytest.fixture
def shared(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(rate_limit, "SETTINGS", replace(SETTINGS, address_shared_by=25))
    return new_id()


def test_one_who_guesses_is_stopped_and_the_neighbours_are_not(shared: str) -> None:
    for _ in range(5):
        guesser = new_id(8)
        assert [refused(guesser, shared) for _ in range(6)] == [False] * 5 + [True]
    assert not refused(new_id(8), shared)


def test_whoever_logs_in_beside_one_who_fails_does(shared: str) -> None:
    for _ in range(SETTINGS.login_failures_per_five_minutes + 5):
        with suppress(TooManyRequests):
            rate_limits.count_failed_login(shared, "demo", MONDAY)
    rate_limits.count_login(shared, "demo", MONDAY)


def test_where_nobody_shares_one_address_has_one_share(engine: Engine) -> None:
    source = new_id()
    for _ in range(SETTINGS.login_failures_per_five_minutes):
        rate_limits.count_failed_login(source, "demo", MONDAY)
    with pytest.raises(TooManyRequests):
        rate_limits.count_login(source, "demo", MONDAY)
