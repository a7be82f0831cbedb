"""Every route that makes something: a key that made a thing makes no other, whatever it names."""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from chalicelib.core.ids import new_id
from chalicelib.core.routes import Routes
from infra.local.engine import Engine
from tests.appointments.world import at_once
from tests.support import asked_by_key
from tests.support.asked_by_key import MAKERS, Asked, City
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after_writes, lost_answer

CASES = [(path, make) for path, makers in MAKERS.items() for make in makers]
NAMES = [f"{path} {make.__name__}" for path, make in CASES]
# Asked by what WeChat signs alone; it keeps its attempt as passkeys do.
ELSEWHERE = {"/v1/me/factors/soter"}
# What is made under an id that follows from its subject.
OF_SUBJECTS = [
    (path, make)
    for path, make in CASES
    if make
    in (
        asked_by_key.counter_case,
        asked_by_key.witnessed_mandate,
        asked_by_key.booking_at_the_window,
        asked_by_key.staff_account,
        asked_by_key.booking,
        asked_by_key.own_booking,
        asked_by_key.delivery,
        asked_by_key.passkey,
        asked_by_key.mandate,
        asked_by_key.organisation,
        asked_by_key.payment,
        asked_by_key.own_payment,
    )
]
of_subjects = pytest.mark.parametrize(
    ("path", "make"), OF_SUBJECTS, ids=[f"{path} {make.__name__}" for path, make in OF_SUBJECTS]
)
Make = Callable[[City], Asked]


@pytest.fixture
def city(
    client: ApiClient,
    morning: TestClock,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[City]:
    with ExitStack() as stack:
        yield City(client, morning, request, monkeypatch, stack)


class Asking:
    """One caller with one key."""

    def __init__(self, city: City, path: str, make: Make) -> None:
        self.token, named, self.first, self.others = make(city)
        self.client, self.path = city.client, re.sub(r"\{\w+\}", named, path)
        self.key = new_id()

    def ask(self, body: object = None) -> Answer:
        headers = {"Idempotency-Key": self.key}
        return self.client.post(self.path, body or self.first, token=self.token, headers=headers)


def is_reuse(answer: Answer) -> bool:
    return answer.status == 422 and answer.code == "idempotency_key_reused"


def test_the_table_names_every_route_that_makes_something(engine: Engine) -> None:
    makes = {
        path
        for (method, path), route in Routes.declared.items()
        if method == "POST"
        and route.idempotent
        and route.status in (201, 202)
        and route.body
        and route.body.model_fields
    }
    assert makes == set(MAKERS) - {"/v1/assistant/questions"} | ELSEWHERE


@pytest.mark.parametrize(("path", "make"), CASES, ids=NAMES)
def test_a_key_makes_one_thing(city: City, path: str, make: Make) -> None:
    asking = Asking(city, path, make)
    made = asking.ask()
    assert made.status in (200, 201, 202), made.body
    told = [(one.status, one.json().get("code")) for one in map(asking.ask, asking.others)]
    assert told == [(422, "idempotency_key_reused")] * len(told)
    again = asking.ask()
    assert again.status == made.status, again.body
    assert again.headers["idempotency-replayed"] == "true"


@of_subjects
def test_after_a_crash_at_any_point_a_key_makes_one_thing(
    city: City, path: str, make: Make
) -> None:
    for writes in itertools.count():
        asking, stopped = Asking(city, path, make), False
        try:
            with crash_after_writes(writes):
                asking.ask()
        except Crash:
            stopped = True
        other, again = asking.ask(asking.others[0]), asking.ask()
        assert [is_reuse(other), is_reuse(again)] in ([True, False], [False, True])
        assert {other.status, again.status} <= {201, 422}, (other.body, again.body)
        if not stopped:
            assert is_reuse(other)
            return


@of_subjects
def test_after_a_lost_answer_a_key_makes_one_thing(city: City, path: str, make: Make) -> None:
    asking = Asking(city, path, make)
    with lost_answer("TransactWriteItems"):
        assert asking.ask().status == 201
    assert is_reuse(asking.ask(asking.others[0]))
    assert asking.ask().status == 201


@of_subjects
def test_two_bodies_at_once_by_one_key_make_one_thing(city: City, path: str, make: Make) -> None:
    asking, answers = Asking(city, path, make), dict[int, Answer]()
    bodies = [asking.first, asking.others[0]]

    def ask(number: int) -> None:
        answers[number] = asking.ask(bodies[number % 2])

    at_once(4, ask)
    reused = {number % 2 for number, answer in answers.items() if is_reuse(answer)}
    assert len(reused) == 1
    made = [answer for number, answer in answers.items() if number % 2 not in reused]
    assert [one.status for one in made] == [201, 201], [one.body for one in made]
    # Its id comes first.
    assert len({next(iter(one.json().values())) for one in made}) == 1
