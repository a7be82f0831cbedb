"""Receipts, and progress without a log-in."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.cases import storage
from chalicelib.cases.domain import StatusLookup, receipts
from chalicelib.cases.service import status_lookup
from chalicelib.core import dependencies, rate_limit
from chalicelib.core.code_tries import hour_of
from chalicelib.core.errors import NotFound, TooManyRequests
from chalicelib.core.ids import new_id
from chalicelib.core.rate_limit import Window
from tests.support.cases import lodge, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import stale_queries

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_progress_by_receipt_and_code(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    made = lodge(client, me).json()
    walk(client, worker(client), made["case_id"], "claim", "accept")
    path = f"/v1/progress/{made['receipt_number'].lower().replace('-', '')}"
    answer = client.get(f"{path}?code={made['progress_code']}", headers={"accept-language": "en"})
    assert answer.status == 200
    shown = answer.json()
    assert shown["receipt_number"] == made["receipt_number"]
    assert shown["status"] == "accepted"
    assert [entry["event"] for entry in shown["timeline"]] == [
        "case.submitted", "case.claimed", "case.accepted",
    ]  # fmt: skip
    assert set(shown) == {"receipt_number", "service", "status", "parts", "promised_at", "timeline"}
    assert me.citizen_id not in answer.body.decode()
    assert "王小明" not in answer.body.decode()


def test_wrong_codes_and_unknown_numbers_look_the_same_and_are_slowed(
    client: ApiClient, morning: TestClock
) -> None:
    made = lodge(client, verified(client)).json()
    wrong = f"{(int(made['progress_code']) + 1) % 10**6:06}"
    seen = []
    for number in (made["receipt_number"], receipts.number_for(new_id())):
        answers = []
        for _ in range(6):
            with pytest.raises((NotFound, TooManyRequests)) as raised:
                status_lookup.look_up(number, wrong, new_id(), MONDAY)
            answers.append((raised.value.status, raised.value.code, raised.value.retry_after))
        seen.append(answers)
    assert seen[0] == seen[1]
    assert [status for status, _, _ in seen[0]] == [404] * 5 + [429]
    assert seen[0][-1][2] == 3600
    # The right code is no way round.
    with pytest.raises(TooManyRequests):
        status_lookup.look_up(made["receipt_number"], made["progress_code"], new_id(), MONDAY)
    case, _ = status_lookup.look_up(
        made["receipt_number"], made["progress_code"], new_id(), MONDAY.replace(hour=3)
    )
    assert case.case_id == made["case_id"]


def test_thirty_guesses_at_once_are_five_tries(client: ApiClient, morning: TestClock) -> None:
    made = lodge(client, verified(client)).json()
    right = int(made["progress_code"])
    start = threading.Barrier(30)

    def guess(step: int) -> int:
        start.wait()
        try:
            status_lookup.look_up(
                made["receipt_number"], f"{(right + step) % 10**6:06}", new_id(), MONDAY
            )
        except (NotFound, TooManyRequests) as problem:
            return problem.status
        return 200

    with ThreadPoolExecutor(30) as pool:
        answers = sorted(pool.map(guess, range(1, 31)))
    assert answers == [404] * 5 + [429] * 25


@pytest.mark.parametrize(("at_once", "answer"), [(3, 200), (4, 429), (20, 429)])
def test_the_right_code_among_guesses_is_one_of_five_tries(
    client: ApiClient,
    morning: TestClock,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    answer: int,
) -> None:
    """Others guess while the right code's Query is under way; one guess had been counted before."""
    made = lodge(client, verified(client)).json()
    number, right = made["receipt_number"], int(made["progress_code"])
    load = storage.load_status

    def status(step: int) -> int:
        try:
            status_lookup.look_up(number, f"{(right + step) % 10**6:06}", new_id(), MONDAY)
        except (NotFound, TooManyRequests) as problem:
            return problem.status
        return 200

    def crowded(plain: str, window: Window) -> StatusLookup:
        looked = load(plain, window)
        for step in range(2, 2 + at_once):
            status(step)
        return looked

    assert status(1) == 404
    monkeypatch.setattr(storage, "load_status", crowded)
    assert status(0) == answer
    monkeypatch.undo()
    # Taken back, it is no try of the others.
    left = max(0, 5 - 1 - at_once)
    assert [status(step) for step in range(50, 50 + left)] == [404] * left
    assert status(0) == 429


@pytest.mark.parametrize("wrong", [5, 8])
def test_the_right_code_is_refused_however_late_the_count_is_seen(
    client: ApiClient, morning: TestClock, wrong: int
) -> None:
    made = lodge(client, verified(client)).json()
    right = int(made["progress_code"])

    def status(step: int) -> int:
        code = f"{(right + step) % 10**6:06}"
        try:
            status_lookup.look_up(made["receipt_number"], code, new_id(), MONDAY)
        except (NotFound, TooManyRequests) as problem:
            return problem.status
        return 200

    with stale_queries(60):
        assert status(0) == 200
        assert [status(step) for step in range(1, wrong + 1)] == [404] * 5 + [429] * (wrong - 5)
        assert status(0) == 429


def test_a_code_of_any_length_is_a_wrong_code(client: ApiClient) -> None:
    number = lodge(client, verified(client)).json()["receipt_number"]
    answer = client.get(f"/v1/progress/{number}?code={'9' * 400}")
    assert (answer.status, answer.code) == (404, "not_found")
    assert (
        storage.load_status(number.replace("-", ""), hour_of(dependencies.clock().now())).tries == 1
    )


def test_a_caller_who_guesses_at_many_receipts_is_slowed(client: ApiClient) -> None:
    made = lodge(client, verified(client)).json()
    source, other = new_id(), new_id()

    def guess(number: str, code: str, who: str) -> int:
        try:
            status_lookup.look_up(number, code, who, MONDAY)
        except (NotFound, TooManyRequests) as problem:
            return problem.status
        return 200

    codes = [guess(f"{new_id()}?", "000000", source) for _ in range(21)]
    assert codes == [404] * 20 + [429]
    assert guess(made["receipt_number"], made["progress_code"], source) == 429
    assert guess(made["receipt_number"], made["progress_code"], other) == 200


def test_a_caller_who_has_no_try_left_has_none_in_another_process(
    client: ApiClient, morning: TestClock
) -> None:
    """A caller's tries are claimed with those of a receipt at which somebody guesses."""
    made = lodge(client, verified(client)).json()
    number, right, source = made["receipt_number"], made["progress_code"], new_id()
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(20):
        with pytest.raises(NotFound):
            status_lookup.look_up(f"{new_id()}?", "000000", source, MONDAY)
    with pytest.raises(NotFound):
        status_lookup.look_up(number, wrong, new_id(), MONDAY)
    rate_limit.forget()
    with pytest.raises(TooManyRequests):
        status_lookup.look_up(number, right, source, MONDAY)
    case, _ = status_lookup.look_up(number, right, new_id(), MONDAY)
    assert case.case_id == made["case_id"]


@pytest.mark.parametrize("number", ["x", "0" * 12, "%2e%2e", "7K3M-Q9XW-2TR", "字" * 12, "A" * 500])
def test_what_is_no_number_is_not_found(client: ApiClient, number: str) -> None:
    with pytest.raises(NotFound):
        status_lookup.look_up(number, "123456", new_id(), MONDAY)


@pytest.mark.parametrize("sign", ["%20", "%E2%80%93", "%EF%BC%8D", "%20-%20"])
def test_progress_is_found_however_the_number_is_grouped(
    client: ApiClient, morning: TestClock, sign: str
) -> None:
    made = lodge(client, verified(client)).json()
    path = f"/v1/progress/{made['receipt_number'].replace('-', sign)}"
    assert client.get(f"{path}?code={made['progress_code']}").status == 200


@given(seed=st.text(max_size=30))
def test_a_number_is_read_however_it_is_written(seed: str) -> None:
    number = receipts.number_for(seed)
    written = f"{number[:4]}-{number[4:8]} {number[8:]}".lower()
    assert receipts.read_number(written) == number
    assert receipts.read_number(written.replace("0", "O").replace("1", "l")) == number


@given(seed=st.text(max_size=30), place=st.integers(0, 11), letter=st.sampled_from(LETTERS))
def test_each_wrong_character_is_noticed(seed: str, place: int, letter: str) -> None:
    number = receipts.number_for(seed)
    changed = number[:place] + letter + number[place + 1 :]
    assert receipts.read_number(changed) == (number if changed == number else None)


def test_codes_are_six_digits_and_evenly_spread() -> None:
    codes = {status_lookup.code_of(receipts.number_for(str(number))) for number in range(5000)}
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    # Of 5,000 drawn from a million about 12 meet another.
    assert len(codes) > 4950


def test_numbers_do_not_tell_of_one_another(client: ApiClient) -> None:
    me = verified(client)
    first, second = (lodge(client, me).json()["receipt_number"] for _ in range(2))
    same = sum(1 for a, b in zip(first, second, strict=True) if a == b and a != "-")
    assert same < 8
    assert storage.load_status(first.replace("-", ""), hour_of(MONDAY)).case is not None
