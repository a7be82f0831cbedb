"""What may be done only so often in a window of time."""

from concurrent.futures import ThreadPoolExecutor

from chalicelib.cases.storage import CLAIMS
from chalicelib.core import rate_limit
from chalicelib.core.ids import new_id
from tests.support.clock import MONDAY

HOUR = rate_limit.window(MONDAY, 3600)


def test_of_many_at_once_as_many_get_one_as_there_are() -> None:
    at = (f"K#{new_id()}", "claims")
    with ThreadPoolExecutor(12) as pool:
        claimed = list(pool.map(lambda _: CLAIMS.claim(at, HOUR, 5), range(12)))
    assert claimed.count(True) == 5
    assert CLAIMS.count(at) == 5


def test_what_is_given_back_may_be_claimed_again_and_nothing_more_than_was_claimed() -> None:
    at = (f"K#{new_id()}", "claims")
    assert CLAIMS.count(at) == 0
    CLAIMS.give_back(at)
    assert CLAIMS.claim(at, HOUR, 1)
    for _ in range(3):
        CLAIMS.give_back(at)
    assert CLAIMS.claim(at, HOUR, 1)
    assert not CLAIMS.claim(at, HOUR, 1)
