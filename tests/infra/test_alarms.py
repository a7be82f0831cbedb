"""Every alarm says which run-book helps, silence is one, and limits are seen before they hold."""

import re
from typing import Any

import pytest

from chalicelib.core import logs
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.event_types import EVENT_TYPES
from chalicelib.core.tables import Table
from functions import manifest
from functions.publish_events import COUNTED
from infra import stages
from infra.lambdas import pascal_case
from infra.package import ROOT
from tests.infra.conftest import Templates

BOOKS = ROOT / "docs" / "runbooks"
# Those that nobody may be without.
NEEDED = {
    "hot-partition",
    "key-compromised",
    "kms-throttled",
    "one-citizen-restored",
    "provider-down",
    "region-lost",
    "roll-back",
    "rush-day",
    "wechat-down",
}


def alarms(templates: Templates) -> dict[str, dict[str, Any]]:
    prefix = f"onetrip-{templates.stage}-"
    made = templates.resources("AWS::CloudWatch::Alarm").values()
    found = [resource["Properties"] for resource in made]
    return {alarm["AlarmName"].removeprefix(prefix): alarm for alarm in found}


def of(alarm: dict[str, Any]) -> dict[str, Any]:
    return {one["Name"]: one["Value"] for one in alarm.get("Dimensions", ())}


def test_every_alarm_names_a_run_book_that_is_there(templates: Templates) -> None:
    for name, alarm in alarms(templates).items():
        named = re.findall(r"docs/runbooks/[a-z-]+\.md", alarm["AlarmDescription"])
        assert len(named) == 1, name
        assert (ROOT / named[0]).is_file(), name


def test_run_books_are_listed_and_lead_somewhere() -> None:
    there = {path.stem for path in BOOKS.glob("*.md")} - {"README"}
    listed = re.findall(r"\]\(([a-z-]+)\.md\)", (BOOKS / "README.md").read_text())
    assert NEEDED <= there == {*listed}
    assert len(listed) == len(there)
    for book in BOOKS.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", book.read_text()):
            assert (BOOKS / link).resolve().is_file(), (book.name, link)


def test_every_timer_that_falls_silent_raises_an_alarm(templates: Templates) -> None:
    found = {
        name: alarm
        for name, alarm in alarms(templates).items()
        if alarm["TreatMissingData"] == "breaching"
    }
    assert {*found} == {f"{pascal_case(f.name)}Silent" for f in manifest.with_schedules()}
    for function in manifest.with_schedules():
        alarm = found[f"{pascal_case(function.name)}Silent"]
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
        told = alarm["Namespace"], alarm["MetricName"], *of(alarm)
        if function.parts:
            # The clock's own start only sends the parts.
            assert told == ("AWS/SQS", "NumberOfMessagesDeleted", "QueueName")
            queue = stages.load(templates.stage).named(function.parts_name)
            assert of(alarm)["QueueName"] == queue
        elif function.queue:
            # Events start it, too.
            assert told == (logs.NAMESPACE, logs.BY_CLOCK, "function", "stage")
            assert of(alarm)["function"] == function.name
        else:
            assert told == ("AWS/Lambda", "Invocations", "FunctionName")
        quiet = alarm["Period"] * alarm["EvaluationPeriods"]
        longest = min(one.minutes * 60 or 86_400 for one in function.schedules)
        # It had time to run at least once, and its silence is told within a few runs.
        assert longest < quiet <= max(15 * 60, 1.5 * longest)
        # CloudWatch looks back for a day, or for a week by periods of an hour and more.
        assert quiet <= (7 * 86_400 if alarm["Period"] >= 3600 else 86_400)


def test_every_table_and_index_that_is_throttled_raises_an_alarm(templates: Templates) -> None:
    found = set()
    for alarm in alarms(templates).values():
        if alarm.get("Namespace") == "AWS/DynamoDB":
            told = of(alarm)
            room = told["TableName"].removeprefix(f"onetrip-{templates.stage}-")
            found.add((room, told.get("GlobalSecondaryIndexName"), alarm["MetricName"]))
    assert found == {
        (room, index, metric)
        for room, table in Table.registry.items()
        for index in (None, *(one.name for one in table.indexes))
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
    }


def test_limits_of_keys_bus_and_runs_are_watched(templates: Templates) -> None:
    stage, found = stages.load(templates.stage), alarms(templates)
    assert of(found["KeysNearTheirQuota"])["Service"] == "KMS"
    assert found["AccountNearlyFull"]["Threshold"] == 0.8 * stage.account_runs
    for name in ("api", "staff"):
        reserved = stage.reserved.get(name, stage.account_runs)
        full = found[f"{pascal_case(name)}NearlyFull"]
        assert (full["MetricName"], full["Threshold"]) == ("ConcurrentExecutions", 0.8 * reserved)
    rules = {
        of(alarm)["RuleName"] for alarm in found.values() if alarm.get("Namespace") == "AWS/Events"
    }
    prefix = f"onetrip-{templates.stage}-"
    assert rules == {f"{prefix}{one.queue_name}" for one in manifest.with_queues()}


def test_errors_that_use_up_a_month_too_fast_raise_an_alarm(templates: Templates) -> None:
    found = alarms(templates)
    fast, slowly = found["ApiBurnsFast"], found["ApiBurnsSlowly"]
    assert (fast["Period"], slowly["Period"]) == (3600, 6 * 3600)
    assert (fast["Threshold"], slowly["Threshold"]) == pytest.approx((0.0144, 0.006))
    for alarm in (fast, slowly):
        # A month has 30 days; what is left is time to act.
        hours = alarm["Period"] / 3600
        assert hours * alarm["Threshold"] / 0.001 / (30 * 24) < 0.06
    assert found["ApiRefuses"]["MetricName"] == "4XXError"


def test_the_days_business_is_drawn_and_mistakes_raise_an_alarm(templates: Templates) -> None:
    drawn = "".join(map(str, templates.resources("AWS::CloudWatch::Dashboard").values()))
    assert all(kind in drawn for kind in COUNTED)
    assert set(COUNTED) <= EVENT_TYPES
    found = alarms(templates)
    assert of(found["Mistakes"]) == {"code": "internal_error", "stage": templates.stage}
    assert of(found["TooManyRequests"])["code"] == TooManyRequests.code


def test_what_people_do_not_get_is_drawn_and_raises_an_alarm(templates: Templates) -> None:
    drawn = "".join(map(str, templates.resources("AWS::CloudWatch::Dashboard").values()))
    assert all(f'"{name}"' in drawn for name in (logs.ORPHANS, logs.DROPPED, logs.OPEN))
    found = alarms(templates)
    dropped = found["RemindersDropped"]
    assert (dropped["MetricName"], of(dropped)["function"]) == (logs.DROPPED, "send_reminders")
    senders = [one.name for one in manifest.FUNCTIONS if one.patient]
    assert len(senders) == 3
    for name in senders:
        held = found[f"{pascal_case(name)}HeldBack"]
        assert (held["MetricName"], held["Statistic"], held["Threshold"]) == (
            logs.OPEN,
            "Maximum",
            0,
        )
        assert of(held) == {"function": name, "stage": templates.stage}
