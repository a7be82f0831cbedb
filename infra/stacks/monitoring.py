"""The stack of alarms, their topic, and the dashboard."""

from collections.abc import Sequence
from typing import Any, Final

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from chalicelib.core import logs
from functions import manifest, reconcile_events
from infra.lambdas import pascal_case
from infra.stacks.api import STAGE_NAME, ApiStack
from infra.stacks.data import DataStack
from infra.stacks.workers import WorkersStack
from infra.stages import Stage

_MINUTE: Final = Duration.minutes(1)
_FIVE_MINUTES: Final = Duration.minutes(5)
_SLOW_MILLISECONDS: Final = 3000
_BEHIND_MILLISECONDS: Final = 5 * 60 * 1000
_WAITING_SECONDS: Final = 15 * 60
_ERRORS_SHARE: Final = 0.01
_WIDE: Final = 12


class MonitoringStack(Stack):
    """Alarms that reach one topic, and one dashboard."""

    def __init__(
        self,
        scope: Construct,
        stage: Stage,
        data: DataStack,
        api: ApiStack,
        workers: WorkersStack,
        **kw: Any,
    ) -> None:
        """Watch the API, the functions, the streams and the queues."""
        super().__init__(scope, stage.named("monitoring"), **kw)
        self._stage = stage
        self._topic = self._alarm_topic(data)
        self._dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=f"onetrip-{stage.name}"
        )
        self._watch_api()
        functions = {**api.functions, **workers.functions}
        for name, made in functions.items():
            self._watch_function(name, made)
        for function in manifest.FUNCTIONS:
            self._watch_items(function)
        self._draw_ages()
        self._watch_repairs()
        for function in manifest.with_streams():
            self._watch_streams(workers.functions[function.name])
        self._watch_queues(workers)
        self._draw_functions(list(functions.values()))
        CfnOutput(self, "AlarmTopic", value=self._topic.topic_arn)

    def _alarm_topic(self, data: DataStack) -> sns.Topic:
        topic = sns.Topic(
            self,
            "Alarms",
            topic_name=self._stage.named("alarms"),
            display_name=f"OneTrip {self._stage.name}",
            master_key=data.data_key,
            enforce_ssl=True,
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        if self._stage.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(self._stage.alarm_email))
        return topic

    def _watch_api(self) -> None:
        asked = self._of_api("Count", "Sum")
        failed = self._of_api("5XXError", "Sum")
        refused = self._of_api("4XXError", "Sum")
        slow = self._of_api("Latency", "p95")
        # The mean of ones and zeros is the share of the requests that failed.
        share = self._of_api("5XXError", "Average")
        words = "More than 1 % of requests end in a 5xx"
        self._alarm("ApiFails", share, _ERRORS_SHARE, words, of=2)
        self._alarm("ApiSlow", slow, _SLOW_MILLISECONDS, "One request in 20 takes over 3 s", of=3)
        self._draw("Requests", [asked, refused, failed])
        self._draw("Milliseconds", [self._of_api("Latency", "p50"), slow])

    def _watch_function(self, name: str, function: lambda_.Function) -> None:
        title = pascal_case(name)
        errors = function.metric_errors(period=_FIVE_MINUTES)
        throttles = function.metric_throttles(period=_FIVE_MINUTES)
        self._alarm(f"{title}Errors", errors, 0, f"{name} ended with an error", of=2)
        self._alarm(f"{title}Throttles", throttles, 0, f"{name} was not let run", of=2)

    def _watch_items(self, function: manifest.Function) -> None:
        name = function.name
        title = pascal_case(name)
        words = f"{name} fails at something in each run; its log names it as `item` or `event`"
        # What a daily function set aside would be forgotten by the next period.
        daily = any(one.daily_at for one in function.schedules)
        failed = self._counted(logs.FAILED, name)
        self._alarm(f"{title}SetAside", failed, 0, words, of=1 if daily else 3)
        if function.late_after_seconds is not None:
            words = f"{name} does things long after they were due"
            age = self._age(name)
            self._alarm(f"{title}Late", age, function.late_after_seconds, words, of=3)

    def _watch_repairs(self) -> None:
        repaired = self._counted(logs.REPAIRED, reconcile_events.NAME)
        words = "Events did not take effect by their queues; docs/operations.md says what to do"
        self._alarm("EventsRepaired", repaired, 0, words)
        self._draw("Effects made up for", [repaired])

    def _draw_ages(self) -> None:
        late = [one.name for one in manifest.FUNCTIONS if one.late_after_seconds]
        ages = [self._age(name).with_(label=name) for name in late]
        self._draw("Age in seconds of the oldest item of a run", ages)

    def _age(self, function: str) -> cloudwatch.Metric:
        return self._counted(logs.AGE, function, "Maximum")

    def _counted(self, metric: str, function: str, statistic: str = "Sum") -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=logs.NAMESPACE,
            metric_name=metric,
            dimensions_map={"stage": self._stage.name, "function": function},
            statistic=statistic,
            period=_FIVE_MINUTES,
        )

    def _watch_streams(self, function: lambda_.Function) -> None:
        age = function.metric("IteratorAge", statistic="Maximum", period=_MINUTE)
        words = "Entries wait for more than 5 minutes to be published"
        self._alarm("StreamsBehind", age, _BEHIND_MILLISECONDS, words, of=3)
        self._draw("Age of the streams in milliseconds", [age])

    def _watch_queues(self, workers: WorkersStack) -> None:
        dead = {
            name: queue.metric_approximate_number_of_messages_visible(
                statistic="Maximum", period=_MINUTE
            )
            for name, queue in workers.dead_letters.items()
        }
        for name, metric in dead.items():
            title = pascal_case(name)
            words = f"{name} has dead letters; docs/operations.md says what to do"
            self._alarm(f"{title}DeadLetters", metric, 0, words)
        ages = {
            name: queue.metric_approximate_age_of_oldest_message(period=_MINUTE)
            for name, queue in workers.queues.items()
        }
        for name, metric in ages.items():
            title = pascal_case(name)
            words = f"Events wait for more than 15 minutes for {name}"
            self._alarm(f"{title}Behind", metric, _WAITING_SECONDS, words, of=3)
        self._draw("Dead letters", [metric.with_(label=name) for name, metric in dead.items()])
        oldest = [metric.with_(label=name) for name, metric in ages.items()]
        if oldest:
            self._draw("Age of the oldest event in seconds", oldest)

    def _draw_functions(self, functions: Sequence[lambda_.Function]) -> None:
        self._draw("Errors", [f.metric_errors(label=f.node.id) for f in functions])
        self._draw("Throttles", [f.metric_throttles(label=f.node.id) for f in functions])
        self._draw("Duration", [f.metric_duration(label=f.node.id) for f in functions])

    def _of_api(self, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name=name,
            dimensions_map={"ApiName": self._stage.named("api"), "Stage": STAGE_NAME},
            statistic=statistic,
            period=_FIVE_MINUTES,
        )

    def _alarm(
        self, title: str, metric: cloudwatch.IMetric, above: float, words: str, of: int = 1
    ) -> None:
        """Raise an alarm when a metric was above a value in `of` periods in a row."""
        alarm = cloudwatch.Alarm(
            self,
            title,
            alarm_name=self._stage.named(title),
            alarm_description=words,
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=of,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))
        alarm.add_ok_action(actions.SnsAction(self._topic))

    def _draw(self, title: str, metrics: Sequence[cloudwatch.IMetric]) -> None:
        self._dashboard.add_widgets(
            cloudwatch.GraphWidget(title=title, left=list(metrics), width=_WIDE)
        )
