"""The schedule of a message and the circuit breaker of an endpoint, without a receiver."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.webhooks.domain import message as messages
from chalicelib.webhooks.domain.circuit_breaker import Health
from chalicelib.webhooks.domain.message import AttemptResult, Message, MessageState
from chalicelib.webhooks.domain.retry_schedule import JITTER

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MESSAGE = Message("C1", 1, "ems", "delivery.created", NOW, "sealed", NOW)
# docs/couriers.md: pauses between the ten attempts.
PAUSES = [
    *(5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR),
    *(14 * HOUR, 20 * HOUR, 24 * HOUR),
]


def tried(
    message: Message, *, good: bool = False, wait: timedelta | None = None, jitter: float = 0
) -> Message:
    result = AttemptResult(message.due_at, 200 if good else 500, "", 9)
    return messages.after(message, result, message.due_at, good=good, wait=wait, jitter=jitter)


def failing(times: int, health: Health | None = None, at: datetime = NOW) -> Health:
    health = health or Health()
    for _ in range(times):
        health = health.after(at, SECOND, good=False)
    return health


def test_a_message_is_tried_ten_times_in_four_days() -> None:
    message, pauses = MESSAGE, []
    while (later := tried(message)).state is MessageState.WAITING:
        pauses.append(later.due_at - message.due_at)
        message = later
    assert pauses == PAUSES
    assert (later.state, later.tries, later.settled_at) == (MessageState.FAILED, 10, message.due_at)


def test_a_good_answer_settles_it_at_any_attempt() -> None:
    sent = tried(tried(MESSAGE), good=True)
    assert (sent.state, sent.tries, sent.settled_at) == (MessageState.SENT, 2, sent.due_at)
    again = sent.again(NOW)
    assert (again.state, again.tries, again.due_at, again.settled_at) == (
        *(MessageState.WAITING, 0, NOW),
        None,
    )
    assert again.attempts == sent.attempts


@pytest.mark.parametrize(
    ("wait", "pause"),
    [
        (None, 5 * SECOND),
        (SECOND, 5 * SECOND),
        (HOUR, HOUR),
        (24 * HOUR, 24 * HOUR),
        (25 * HOUR, 24 * HOUR),
    ],
)
def test_who_asks_to_wait_is_waited_for_up_to_a_day(
    wait: timedelta | None, pause: timedelta
) -> None:
    assert tried(MESSAGE, wait=wait).due_at - NOW == pause


@given(st.floats(0, JITTER))
def test_what_failed_together_does_not_come_back_together(jitter: float) -> None:
    pause = tried(tried(MESSAGE), jitter=jitter).due_at - tried(MESSAGE).due_at
    assert 5 * MINUTE * (1 + jitter) <= pause < 5 * MINUTE * (1 + jitter) + SECOND


def test_the_last_twenty_attempts_are_kept() -> None:
    message = MESSAGE
    for number in range(25):
        message = tried(replace(message, tries=0, due_at=NOW + number * HOUR))
    assert [one.at for one in message.attempts] == [NOW + n * HOUR for n in range(5, 25)]


def test_a_ping_is_tried_once() -> None:
    assert tried(replace(MESSAGE, type="courier.ping")).state is MessageState.FAILED


@pytest.mark.parametrize("number", [1, 7, 999_999])
def test_an_id_is_read_back(number: int) -> None:
    assert messages.subject_of(messages.message_id("C-1a", number)) == ("C-1a", number)


@pytest.mark.parametrize(
    "given", ["", "msg_C1", "msg_C1_0", "msg_C1_01", "msg_C.1_1", "msg__1", f"msg_{'a' * 41}_1"]
)
def test_what_is_no_id_of_a_message_is_none(given: str) -> None:
    assert messages.subject_of(given) is None


def test_an_answer_is_kept_without_what_it_repeats() -> None:
    said = "张小明 of 330203, call 138 0000 1234 or 12345".encode() + b"\xff" + b"x" * 300
    kept = messages.redacted(said, ["张小明", ""])
    assert kept.startswith("*** of ***, call *** or ***\ufffdx")
    assert len(kept) == 200
    assert messages.redacted(b"id 1234 and 12-34-5", []) == "id 1234 and ***"


def test_five_failures_open_the_breaker_for_longer_each_time() -> None:
    pauses = [failing(times).open_until for times in range(1, 12)]
    minutes = [None] * 4 + [1, 2, 4, 8, 15, 15, 15]
    assert pauses == [None if m is None else NOW + m * MINUTE for m in minutes]
    assert (failing(4).troubled, failing(5).troubled) == (False, True)
    assert not failing(5).closed(NOW + MINUTE - SECOND)
    assert failing(5).closed(NOW + MINUTE)


def test_what_the_endpoint_asks_for_holds_when_it_is_longer() -> None:
    held = Health().after(NOW, SECOND, good=False, hold=HOUR)
    assert held.open_until == NOW + HOUR
    later = failing(8).after(NOW, SECOND, good=False, hold=MINUTE)
    assert later.open_until == NOW + 15 * MINUTE


def test_a_good_answer_forgets_failures_but_not_what_another_was_asked_to_wait() -> None:
    assert failing(9).after(NOW, SECOND, good=True) == Health()
    held = Health().after(NOW, SECOND, good=False, hold=HOUR)
    assert held.after(NOW, SECOND, good=True) == Health(open_until=NOW + HOUR)
    assert held.after(NOW + HOUR, SECOND, good=True) == Health()


@pytest.mark.parametrize(
    ("took", "slow"), [(2 * SECOND - SECOND / 1000, False), (2 * SECOND, True), (MINUTE, True)]
)
@pytest.mark.parametrize("good", [True, False])
def test_who_takes_two_seconds_is_slow_for_five_minutes(
    took: timedelta, *, slow: bool, good: bool
) -> None:
    health = Health().after(NOW, took, good=good)
    assert health.slow(NOW + 5 * MINUTE - SECOND) is slow
    assert not health.slow(NOW + 5 * MINUTE)


def test_five_days_of_nothing_but_failure_are_hopeless() -> None:
    days = timedelta(days=5)
    failed = failing(1, failing(1), NOW + days)
    assert (failed.hopeless(NOW + days - SECOND), failed.hopeless(NOW + days)) == (False, True)
    assert not Health().hopeless(NOW)


def test_a_message_begins_waiting_and_untried() -> None:
    assert (MESSAGE.state, MESSAGE.tries, MESSAGE.attempts) == (MessageState.WAITING, 0, ())
    assert (MESSAGE.settled_at, MESSAGE.is_ping) == (None, False)
    assert replace(MESSAGE, type="delivery.ping").is_ping
    assert MESSAGE.message_id == "msg_C1_1"
    assert (messages.LEASE, messages.ANSWER_KEPT) == (MINUTE, 200)
    health = Health()
    assert (health.failures, health.load, health.troubled) == (0, 0, False)
    assert health.closed(NOW)
    assert not health.slow(NOW)


def test_an_attempt_is_kept_with_what_it_was_answered() -> None:
    [attempt] = tried(MESSAGE).attempts
    assert (attempt.at, attempt.status, attempt.milliseconds) == (NOW, 500, 9)


@pytest.mark.parametrize(
    ("microseconds", "later"), [(0, 0), (1, 999_999), (999_999, 1), (500_000, 500_000)]
)
def test_times_are_kept_by_the_whole_second_and_never_too_early(
    microseconds: int, later: int
) -> None:
    moment = NOW + timedelta(microseconds=microseconds)
    assert messages.whole(moment) == moment + timedelta(microseconds=later)


def test_numbers_of_a_message_have_six_digits_at_most() -> None:
    assert messages.subject_of("msg_C1_999999") == ("C1", 999_999)
    assert messages.subject_of("msg_C1_1000000") is None
    assert messages.subject_of(f"msg_{'a' * 40}_1") == ("a" * 40, 1)


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (b"1234", "1234"),
        (b"12345", "***"),
        (b"1 2 3", "***"),
        (b"1-23", "1-23"),
        (b"a12345b", "a***b"),
        (b"", ""),
    ],
)
def test_a_number_of_five_characters_may_be_somebodys(answer: bytes, kept: str) -> None:
    assert messages.redacted(answer, []) == kept


def test_what_is_asked_to_wait_outlasts_a_shorter_pause_alone() -> None:
    open_ = Health().after(NOW, SECOND, good=False, hold=MINUTE)
    again = open_.after(NOW, SECOND, good=False)
    # Without a pause of its own an attempt leaves what holds.
    assert again.open_until == open_.open_until
    assert (again.failures, again.failing_since) == (2, NOW)
    loaded = replace(again, load=3)
    assert loaded.after(NOW, SECOND, good=True).load == 3
    assert loaded.after(NOW, SECOND, good=False).load == 3
    slow = Health(slow_until=NOW + MINUTE)
    assert slow.after(NOW, SECOND, good=True).slow_until == NOW + MINUTE
    assert (slow.slow(NOW), slow.slow(NOW + MINUTE)) == (True, False)
    # Staff were told of a troubled one: a good answer opens it at once.
    assert failing(5).after(NOW, SECOND, good=True).open_until is None
