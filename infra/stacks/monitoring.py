"""The stack of alarms, their topic, and the dashboard."""

from collections.abc import Sequence
from typing import Any, Final

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from chalicelib.core import logs
from functions import manifest, reconcile_events
from infra.iam import DEPLOYED
from infra.lambdas import pascal_case
from infra.stacks.alarms import Alarms, Says
from infra.stacks.api import dimensions
from infra.stacks.business_alarms import BusinessAlarms
from infra.stacks.data import DataStack
from infra.stacks.metrics import (
    FIVE_MINUTES,
    MINUTE,
    of_function,
    of_product,
    of_queue,
    of_service,
)
from infra.stacks.platform_alarms import PlatformAlarms
from infra.stages import EXPORT_DEAD, Stage

_SLOW_MILLISECONDS: Final = 3000
_BEHIND_MILLISECONDS: Final = 5 * 60 * 1000
_WAITING_SECONDS: Final = 15 * 60
_ERRORS_SHARE: Final = 0.01
_WIDE: Final = 12
_REFUSED_SHARE: Final = 0.33
# 99.9 % of a month's requests end without a 5xx. At 14.4 times the rate that this allows two days'
# share is used up in an hour; the rates are those of the Site Reliability Workbook, chapter 5.
_BUDGET: Final = 0.001
_BURNS: Final = (
    ("ApiBurnsFast", Duration.hours(1), 14.4),
    ("ApiBurnsSlowly", Duration.hours(6), 6.0),
)
_DAILY_PERIOD: Final = Duration.hours(6)


class MonitoringStack(Stack):
    """Alarms that reach one topic, and one dashboard."""

    def __init__(self, scope: Construct, stage: Stage, data: DataStack, **kw: Any) -> None:
        """Watch the API, the functions, the streams and the queues."""
        super().__init__(scope, stage.named("monitoring"), **kw)
        self._stage = stage
        self._alarms = Alarms(self, stage, data.data_key)
        self._dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=f"onetrip-{stage.name}"
        )
        self._watch_api()
        for name in DEPLOYED:
            self._watch_function(name)
        for function in manifest.FUNCTIONS:
            self._watch_items(function)
        for function in manifest.with_schedules():
            self._watch_heartbeat(function)
        PlatformAlarms(stage, self._alarms).watch()
        self._draw_ages()
        self._watch_repairs()
        for function in manifest.with_streams():
            self._watch_streams(function)
        self._watch_queues()
        self._draw_functions()
        BusinessAlarms(self, stage, self._alarms).watch()
        CfnOutput(self, "AlarmTopic", value=self._alarms.topic.topic_arn)

    def _watch_api(self) -> None:
        asked = self._of_api("Count", "Sum")
        failed = self._of_api("5XXError", "Sum")
        refused = self._of_api("4XXError", "Sum")
        slow = self._of_api("Latency", "p95")
        # The mean of ones and zeros is the share of the requests that failed.
        share = self._of_api("5XXError", "Average")
        words = "More than 1 % of requests end in a 5xx"
        above = self._alarms.above
        above("ApiFails", share, _ERRORS_SHARE, Says(words, "api-fails"), of=2)
        words = "One request in 20 takes over 3 s"
        above("ApiSlow", slow, _SLOW_MILLISECONDS, Says(words, "rush-day"), of=3)
        words = "A third of the requests is refused: a release may be wrong, or somebody tries much"
        share = self._of_api("4XXError", "Average")
        above("ApiRefuses", share, _REFUSED_SHARE, Says(words, "api-refuses"), of=3)
        for title, period, burn in _BURNS:
            share = self._of_api("5XXError", "Average", period)
            hours = period.to_hours()
            words = f"At the rate of {hours} h a month's errors are used up {burn:g} times as fast"
            above(title, share, burn * _BUDGET, Says(words, "api-fails"))
        self._draw("Requests", [asked, refused, failed])
        self._draw("Milliseconds", [self._of_api("Latency", "p50"), slow])

    def _watch_function(self, name: str) -> None:
        title = pascal_case(name)
        errors = of_function(self._stage, name, "Errors")
        throttles = of_function(self._stage, name, "Throttles")
        above = self._alarms.above
        words = f"{name} ended with an error"
        above(f"{title}Errors", errors, 0, Says(words, "function-fails"), of=2)
        words = f"{name} was not let run"
        above(f"{title}Throttles", throttles, 0, Says(words, "concurrency"), of=2)

    def _watch_items(self, function: manifest.Function) -> None:
        name = function.name
        title = pascal_case(name)
        words = f"{name} fails at something in each run; its log names it as `item` or `event`"
        # What a daily function set aside would be forgotten by the next period.
        daily = any(one.daily_at for one in function.schedules)
        failed = self._counted(logs.FAILED, name)
        of = 1 if daily else 3
        self._alarms.above(f"{title}SetAside", failed, 0, Says(words, "set-aside"), of=of)
        if function.late_after_seconds is not None:
            words = f"{name} does things long after they were due"
            age = self._age(name)
            late = function.late_after_seconds
            self._alarms.above(f"{title}Late", age, late, Says(words, "events-late"), of=3)

    def _watch_heartbeat(self, function: manifest.Function) -> None:
        """Raise an alarm when a timer did not run: its rule is off, or nothing lets it run."""
        daily = all(one.daily_at for one in function.schedules)
        period = _DAILY_PERIOD if daily else FIVE_MINUTES
        if function.parts:
            # The clock's own start does nothing but to send the parts.
            done = "NumberOfMessagesDeleted"
            begun = of_queue(self._stage, function.parts_name, done, "Sum", period)
        elif function.queue:
            # Events start it, too, and would hide that the clock does not.
            begun = self._counted(logs.BY_CLOCK, function.name)
        else:
            begun = of_function(self._stage, function.name, "Invocations", period=period)
        words = f"{function.name} does not run by the clock"
        # Five times six hours are a day and a grace; CloudWatch looks back a week at most.
        of = 5 if daily else 3
        title = f"{pascal_case(function.name)}Silent"
        self._alarms.silent(title, begun, Says(words, "timer-silent"), of=of)

    def _watch_repairs(self) -> None:
        repaired = self._counted(logs.REPAIRED, reconcile_events.NAME)
        words = "Events did not take effect by their queues"
        self._alarms.above("EventsRepaired", repaired, 0, Says(words, "events-repaired"))
        self._draw("Effects made up for", [repaired])

    def _draw_ages(self) -> None:
        late = [one.name for one in manifest.FUNCTIONS if one.late_after_seconds]
        ages = [self._age(name).with_(label=name) for name in late]
        self._draw("Age in seconds of the oldest item of a run", ages)

    def _age(self, function: str) -> cloudwatch.Metric:
        return self._counted(logs.AGE, function, "Maximum")

    def _counted(self, metric: str, function: str, statistic: str = "Sum") -> cloudwatch.Metric:
        return of_product(self._stage, metric, statistic, function=function)

    def _watch_streams(self, function: manifest.Function) -> None:
        age = of_function(self._stage, function.name, "IteratorAge", "Maximum", MINUTE)
        words = "Entries wait for more than 5 minutes to be published"
        self._alarms.above(
            "StreamsBehind", age, _BEHIND_MILLISECONDS, Says(words, "events-late"), of=3
        )
        self._draw("Age of the streams in milliseconds", [age])

    def _watch_queues(self) -> None:
        queues = {one.name: one.dead_letters_name for one in manifest.FUNCTIONS}
        if self._stage.province_bus_arn:
            queues["export"] = EXPORT_DEAD
        waiting = "ApproximateNumberOfMessagesVisible"
        dead = {name: of_queue(self._stage, queue, waiting) for name, queue in queues.items()}
        for name, metric in dead.items():
            title = pascal_case(name)
            words = f"{name} has dead letters"
            self._alarms.above(f"{title}DeadLetters", metric, 0, Says(words, "dead-letters"))
        ages = {
            one.name: of_queue(self._stage, one.queue_name, "ApproximateAgeOfOldestMessage")
            for one in manifest.with_queues()
        }
        for name, metric in ages.items():
            title = pascal_case(name)
            words = f"Events wait for more than 15 minutes for {name}"
            self._alarms.above(
                f"{title}Behind", metric, _WAITING_SECONDS, Says(words, "events-late"), of=3
            )
        self._draw("Dead letters", [metric.with_(label=name) for name, metric in dead.items()])
        oldest = [metric.with_(label=name) for name, metric in ages.items()]
        if oldest:
            self._draw("Age of the oldest event in seconds", oldest)

    def _draw_functions(self) -> None:
        for title, statistic in (("Errors", "Sum"), ("Throttles", "Sum"), ("Duration", "Average")):
            drawn = [
                of_function(self._stage, name, title, statistic).with_(label=pascal_case(name))
                for name in DEPLOYED
            ]
            self._draw(title, drawn)

    def _of_api(
        self, name: str, statistic: str, period: Duration = FIVE_MINUTES
    ) -> cloudwatch.Metric:
        return of_service("AWS/ApiGateway", name, dimensions(self._stage), statistic, period)

    def _draw(self, title: str, metrics: Sequence[cloudwatch.IMetric]) -> None:
        self._dashboard.add_widgets(
            cloudwatch.GraphWidget(title=title, left=list(metrics), width=_WIDE)
        )
