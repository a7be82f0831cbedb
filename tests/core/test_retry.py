"""Few tries, short waits, an end: what asking again may cost, counted by a clock of our own."""

import itertools
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.exceptions import GetError, PutError, TransactWriteError, UpdateError

from chalicelib.core import parallel, retry, tables
from chalicelib.core.errors import TryAgain
from chalicelib.core.retry import RetryBudget
from infra.local.engine import Engine
from tests.support.faults import Outage, on_the_wire, outage


@pytest.fixture(autouse=True)
def full_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "_budget", RetryBudget())


def read() -> bool:
    from chalicelib.appointments.storage._records import TABLE

    return tables.reachable(TABLE)


@pytest.mark.parametrize("kind", Outage)
def test_a_call_ends_within_five_seconds(engine: Engine, kind: Outage) -> None:
    with outage(kind) as trouble, pytest.raises(Exception, match=r".") as caught:
        read()
    assert 1 < trouble.calls <= retry.ATTEMPTS == 4
    assert trouble.seconds <= 5
    problem = tables.problem_of(caught.value)
    assert problem
    assert problem.retry_after == 2


@pytest.mark.parametrize("kind", Outage)
def test_all_calls_of_a_request_share_five_seconds(engine: Engine, kind: Outage) -> None:
    def fail(_: int) -> None:
        with pytest.raises(Exception, match=r"."):
            read()

    with outage(kind) as trouble:
        with retry.within():
            for number in range(20):
                fail(number)
            parallel.map_concurrently(fail, range(20))
        assert trouble.seconds <= 5
        with retry.within():
            fail(0)


@pytest.mark.parametrize("error", [UpdateError, PutError, GetError, TransactWriteError])
@pytest.mark.parametrize("cause", [ReadTimeoutError, ConnectTimeoutError])
def test_a_write_without_an_answer_is_to_be_tried_again(error: Any, cause: Any) -> None:
    failed = error("no answer", cause(endpoint_url="https://dynamodb"))
    with pytest.raises(TryAgain):
        tables.condition_failed(failed)


def test_what_no_repetition_mends_is_our_mistake() -> None:
    refused = ClientError({"Error": {"Code": "ValidationException", "Message": ""}}, "PutItem")
    with pytest.raises(PutError):
        tables.condition_failed(PutError("refused", refused))


@given(st.lists(st.booleans(), max_size=300))
def test_a_storm_is_asked_little_more_than_is_wanted(asks_again: list[bool]) -> None:
    budget, taken = RetryBudget(), 0
    for again in asks_again:
        budget.earn()
        while again and budget.take():
            taken += 1
    assert taken <= 20 + len(asks_again) / 6 + 0.01


def test_keys_that_a_batch_left_out_are_asked_for_after_a_wait(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.appointments.storage import hall

    waits: list[float] = []
    monkeypatch.setattr(retry, "sleep", waits.append)
    left_out = itertools.repeat(True, 3)

    def leave_out(parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        if next(left_out, False):
            parsed["UnprocessedKeys"] = asked[-1]
            parsed["Responses"] = {}

    asked: list[Any] = []

    def remember(params: dict[str, Any], **_: object) -> None:
        asked.append(params["RequestItems"])

    remembering = hooked("before-parameter-build", remember)
    with on_the_wire(), remembering, hooked("after-call", leave_out):
        assert hall.load_with_ticket("a" * 32, "T#x") == (None, 0)
    assert len(waits) == 3
    assert len(asked) == 4


def test_a_batch_that_is_never_answered_whole_ends(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.appointments import storage

    waits: list[float] = []
    monkeypatch.setattr(retry, "sleep", waits.append)

    def leave_out(parsed: dict[str, Any], **_: object) -> None:
        keys = [{"pk": {"S": "x"}, "sk": {"S": "y"}}]
        parsed["UnprocessedKeys"] = {storage_table(): {"Keys": keys}}

    leaving = hooked("after-call", leave_out)
    with (
        on_the_wire(),
        leaving,
        retry.within(),
        pytest.raises(retry.RetriesExhaustedError) as caught,
    ):
        storage.load_many({"a" * 16})
    assert tables.problem_of(caught.value)
    assert sum(waits) <= 5


def storage_table() -> str:
    from chalicelib.appointments.storage._records import TABLE

    return TABLE.name


class hooked:  # noqa: N801 - used as a function.
    """Hear of an event of the wire before the product does."""

    def __init__(self, event: str, handler: Any) -> None:
        self._event, self._handler = f"{event}.dynamodb.BatchGetItem", handler

    def __enter__(self) -> None:
        events: Any = tables.client().meta.events
        events.register_first(self._event, self._handler)

    def __exit__(self, *_: object) -> None:
        events: Any = tables.client().meta.events
        events.unregister(self._event, self._handler)


@pytest.fixture
def frozen(engine: Engine) -> Iterator[None]:
    assert engine._process
    engine._process.send_signal(signal.SIGSTOP)
    with on_the_wire():
        yield
    engine._process.send_signal(signal.SIGCONT)


def test_a_table_that_hangs_is_given_up_in_time(frozen: None) -> None:
    began = time.monotonic()
    with retry.within(), pytest.raises(Exception, match=r".") as caught:
        read()
    assert tables.problem_of(caught.value)
    assert 1.5 < time.monotonic() - began < 6


def test_threads_of_two_requests_have_their_own(engine: Engine) -> None:
    left: list[float] = []

    def request(lost: float) -> None:
        with retry.within(10):
            deadline = retry._deadline.get()
            assert deadline
            deadline.spend(lost)
            left.append(deadline._left)

    threads = [threading.Thread(target=request, args=(lost,)) for lost in (1.0, 2.0)]
    for thread in threads:
        thread.start()
        thread.join()
    assert left == [9, 8]
