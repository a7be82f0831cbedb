"""A small city is played on the engine, killed half way, and played on as if nothing had been."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.settings import SETTINGS, SettingsError
from chalicelib.identity.staff import service as staff
from functions import manifest
from infra.local import __main__, demonstration, readers, resources
from infra.local.city import cases, days, kinds, plan, visits
from infra.local.city.beside import Beside
from infra.local.city.journal import Ending, Journal, Month
from infra.local.city.past import Past
from infra.local.city.plan import Plan, Residents
from infra.local.city.play import Play
from infra.local.city.stories import Story
from infra.local.gate import Gate
from infra.local.stand_ins.base import Answer
from tests.infra.city.world import NOON
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import auditor, log_in

HALL = "hall-330282"
MONTH = plan.month_before(NOON)


class InProcess:
    """The API alone: nothing of this city needs the outside world."""

    def __init__(self) -> None:
        self._client = ApiClient()

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = self._client.send(method, target, body, headers=headers)
        return Answer(answer.status, answer.body, answer.headers.get("content-type", ""))


def small(month: Month) -> Plan:
    """Plan two visits to one hall and a case that a machine decides."""
    chance, residents = Random(month.seed), Residents(month)
    open_days = days.working_days(month.begin, month.end)
    people = [residents.one(elderly=False) for _ in range(3)]
    where = [(day, HALL) for day in open_days[5:7]]
    stories = [*visits.visits(chance, where, people[:2], fates=("kept",))]
    case = cases.Case(chance, Story("case-0"), kinds.FILING, people[2], HALL, open_days[5])
    cases.complete(case, "completed")
    stories.append(case.story)
    return Plan(plan.in_order(stories, month), residents.known)


@pytest.fixture
def streams(client: ApiClient) -> None:
    """Queues, a clerk, and streams that begin now: what others did is nothing to this city."""
    clerk, nowhere = frozenset({"clerk"}), frozenset[str]()
    staff.add_staff("clerk", demonstration.PASSWORD, clerk, nowhere, division_prefix="")
    resources.create()
    ends = readers.ends()
    for table, stream in readers.streams():
        if table in ends:
            readers.Shard(stream).keep(ends[table])


def killed_after(acts: int) -> Callable[[], bool]:
    asked = iter([False] * acts)
    return lambda: next(asked, True)


@pytest.mark.slow
def test_a_city_that_is_killed_half_way_is_played_on(
    streams: None, clock: TestClock, client: ApiClient, tmp_path: Path
) -> None:
    seed, clock_file = 20270524, SETTINGS.clock_file
    assert clock_file
    end = datetime(2027, 5, 24, 12, tzinfo=OFFICE_ZONE)
    month = Month(seed, end - timedelta(days=18), end)
    made = small(month)
    file = tmp_path / "city.jsonl"
    first, idle = Play(Journal.begin(file, month), clock_file, InProcess(), made), waiting()
    first.prepare()
    half = len(made.acts) // 2
    assert first.run(lambda *_: None, killed_after(half), 600) == "stopped"
    # The last act was done, and its line never written.
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    journal = Journal.load(file)
    assert journal
    assert len(journal.done) == half - 1

    heard: list[tuple[int, int]] = []
    with Beside(clock_file) as beside:
        second = Play(journal, clock_file, InProcess(), made, effects=beside)
        assert second.run(lambda done, of: heard.append((done, of)), lambda: False, 600) == "whole"
    assert not clock_file.with_suffix(".beside").exists()
    assert not first.refused
    assert not second.refused
    assert heard[-1] == (len(made.acts), len(made.acts))
    assert journal.done == {act.key(seed) for act in made.acts}

    case_id, who = journal.told["case-0"]["case_id"], log_in(client, "city-003").token
    case = client.get(f"/v1/cases/{case_id}", token=who).json()
    assert case["status"] == "completed"
    told = client.get("/v1/notifications", token=who).json()["items"]
    assert "case.completed" in {one["event"] for one in told}
    for code in ("city-001", "city-002"):
        mine = client.get("/v1/appointments", token=log_in(client, code).token).json()["items"]
        assert [one["status"] for one in mine] == ["fulfilled"]
        wanted = auditor(client, HALL)
        subject = mine[0]["appointment_id"]
        verdict = client.get(f"/v1/admin/audit/{subject}/verify", token=wanted).json()
        # Booked, checked in, called, serving, fulfilled and perhaps rated: once each.
        assert verdict["whole"]
        assert verdict["entries"] in (5, 6)
    # Other tests' messages are none of the city's.
    assert waiting() <= idle


def waiting() -> int:
    """Return how many messages are in the queues, on their way too."""
    sqs: Any = aws.client("sqs")
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    found = 0
    for one in manifest.with_queues():
        url = sqs.get_queue_url(QueueName=SETTINGS.queue(one.queue_name))["QueueUrl"]
        about = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
        found += sum(int(about[name]) for name in names)
    return found


def test_only_a_demonstration_on_one_machine_has_a_past(tmp_path: Path) -> None:
    past = Past(tmp_path / "city.jsonl", tmp_path / "clock")
    # The stage of this process is that of tests.
    with pytest.raises(SettingsError):
        past.is_due(wanted=True, fresh=True)
    assert not (tmp_path / "city.jsonl").exists()


@pytest.mark.parametrize("ending", ["whole", "cut", "failed", "left"])
def test_a_month_is_played_once(tmp_path: Path, ending: Ending) -> None:
    Journal.begin(tmp_path / "city.jsonl", MONTH).close(ending)
    assert not Past(tmp_path / "city.jsonl", tmp_path / "clock").is_due(wanted=True, fresh=True)


def test_a_run_that_people_use_already_is_given_no_past(tmp_path: Path) -> None:
    assert not Past(tmp_path / "city.jsonl", tmp_path / "clock").is_due(wanted=True, fresh=False)


def test_who_wants_no_past_stands_in_the_present(tmp_path: Path) -> None:
    file, clock_file = tmp_path / "city.jsonl", tmp_path / "clock"
    Journal.begin(file, MONTH)
    clock_file.write_text("-2592000000")
    past = Past(file, clock_file)
    assert not past.is_due(wanted=False, fresh=False)
    assert not clock_file.exists()
    assert not past.is_due(wanted=True, fresh=False)


def test_a_clock_that_was_moved_ahead_stays_there(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("86400000")
    past = Past(tmp_path / "city.jsonl", tmp_path / "clock")
    assert not past.is_due(wanted=True, fresh=False)
    assert (tmp_path / "clock").read_text() == "86400000"


def test_what_is_refused_ends_its_story_and_no_other(
    streams: None, clock: TestClock, tmp_path: Path
) -> None:
    month = Month(1, MONTH.begin, MONTH.end)
    story, other = Story("bad"), Story("good")
    at = month.begin + timedelta(hours=30)
    facts = {"path": "/v1/services/none"}
    story.add(at, "look", "", facts)
    story.add(at + timedelta(hours=1), "look", "", {"path": "/v1/services"})
    other.add(at + timedelta(hours=1), "look", "", {"path": "/v1/services"})
    clock_file = SETTINGS.clock_file
    assert clock_file
    journal = Journal.begin(tmp_path / "city.jsonl", month)
    made = Plan(plan.in_order([story, other], month), {})
    play = Play(journal, clock_file, InProcess(), made)
    assert play.run(lambda *_: None, lambda: False, 600) == "whole"
    assert journal.done == {"city-1-good-0"}
    assert sum(play.refused.values()) == 1
    assert play.run(lambda *_: None, lambda: False, 0) == "cut"


def test_where_time_is_short_stories_are_left_out_but_for_those_that_last(
    streams: None, clock: TestClock, tmp_path: Path
) -> None:
    stories = [Story(f"s{number}", needed=number == 9) for number in range(10)]
    for number, story in enumerate(stories):
        at = MONTH.begin + timedelta(hours=40 + number)
        story.add(at, "look", "", {"path": "/v1/services/passport-issue"})
    clock_file, file, seconds = SETTINGS.clock_file, tmp_path / "city.jsonl", count()
    assert clock_file
    made = Plan(plan.in_order(stories, MONTH), {})
    journal = Journal.begin(file, MONTH)
    play = Play(journal, clock_file, InProcess(), made, lambda: float(next(seconds)))
    # Each act takes one of ten seconds.
    assert play.run(lambda *_: None, lambda: False, 10) == "cut"
    assert {key.split("-")[2] for key in journal.done} == {"s0", "s1", "s9"}
    assert journal.left_out == {f"s{number}" for number in range(2, 9)}
    # What was left out stays out.
    again = Journal.load(file)
    assert again
    assert again.left_out == journal.left_out
    assert (
        Play(again, clock_file, InProcess(), made).run(lambda *_: None, lambda: False, 60) == "cut"
    )
    assert again.done == journal.done


def test_nobody_comes_in_before_the_run_is_ready_but_the_stand_ins() -> None:
    class Whole:
        def answer(self, method: str, target: str, *_: object) -> Answer:
            return Answer(200, target.encode(), "text/plain")

    gate = Gate(Whole())
    assert gate.answer("POST", "/v1/webhooks/couriers/ems", {}, b"").status == 200
    assert gate.answer("POST", "/stand-ins/stripe/v1/x", {}, b"").status == 200
    with ThreadPoolExecutor(2) as pool:
        paths = ("/v1/ready", "/stand-ins/clock")
        waits = [pool.submit(gate.answer, "GET", path, {}, b"") for path in paths]
        assert not any(one.done() for one in waits)
        gate.open()
        assert [one.result(10).status for one in waits] == [200, 200]


@pytest.mark.parametrize(
    ("name", "value"), [("DEMONSTRATION_DATA", "year"), ("DEMONSTRATION_SECONDS", "-1")]
)
def test_a_run_says_what_it_cannot_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "run"))
    assert __main__.main() == 1
    assert not (tmp_path / "run").exists()
