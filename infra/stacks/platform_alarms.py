"""Alarms on what the system stands on: tables, keys, the bus, and the runs of the account."""

from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from chalicelib.core.tables import Table
from functions import manifest
from infra.lambdas import pascal_case
from infra.stacks.alarms import Alarms, Says
from infra.stacks.api import ApiStack
from infra.stacks.data import DataStack
from infra.stages import Stage

_MINUTE: Final = Duration.minutes(1)
_FIVE_MINUTES: Final = Duration.minutes(5)
_FULL: Final = 0.8
# The least that a region gives to symmetric keys a second ("Request quotas", AWS KMS developer
# guide); what a region gives beyond it, or an account was given, is not in any template.
_KMS_A_SECOND: Final = 5500


class PlatformAlarms:
    """Watches what AWS limits, before and when it does."""

    def __init__(self, stack: Stack, stage: Stage, alarms: Alarms) -> None:
        """Alarms are raised in the stack of the others."""
        self._stack = stack
        self._stage = stage
        self._alarms = alarms

    def watch(self, data: DataStack, api: ApiStack) -> None:
        """Raise the alarms."""
        for room in data.rooms:
            self._watch_table(Table.registry[room])
        self._watch_keys()
        for function in manifest.with_queues():
            self._watch_rule(function)
        self._watch_runs(api)

    def _watch_table(self, table: Table) -> None:
        """Indexes are counted with their table, whose writes they hold up."""
        title, name = table.room.capitalize(), self._stage.named(table.room)
        for kind in ("Write", "Read"):
            metric = f"{kind}ThrottleEvents"
            words = f"{kind}s of {name} are throttled"
            throttled = _metric("AWS/DynamoDB", metric, {"TableName": name})
            self._alarms.above(f"{title}{metric}", throttled, 0, Says(words, "hot-partition"), of=2)
            for index in table.indexes:
                of = {"TableName": name, "GlobalSecondaryIndexName": index.name}
                held_up = _metric("AWS/DynamoDB", metric, of)
                words = f"{kind}s of {name}, {index.name} are throttled"
                named = f"{title}{pascal_case(index.name)}{metric}"
                self._alarms.above(named, held_up, 0, Says(words, "hot-partition"), of=2)

    def _watch_keys(self) -> None:
        of = {
            "Class": "None",
            "Resource": "CryptographicOperationsSymmetric",
            "Service": "KMS",
            "Type": "API",
        }
        asked = _metric("AWS/Usage", "CallCount", of, period=_MINUTE)
        words = f"KMS is asked for more than {_FULL:.0%} of {_KMS_A_SECOND:,} calls a second"
        value = _FULL * _KMS_A_SECOND * 60
        self._alarms.above("KeysNearTheirQuota", asked, value, Says(words, "kms-throttled"), of=2)

    def _watch_rule(self, function: manifest.Function) -> None:
        of = {
            "EventBusName": self._stage.named("events"),
            "RuleName": self._stage.named(function.queue_name),
        }
        title = pascal_case(function.name)
        words = f"The bus cannot put events into the queue of {function.name}"
        failed = _metric("AWS/Events", "FailedInvocations", of)
        self._alarms.above(f"{title}EventsFail", failed, 0, Says(words, "events-late"))

    def _watch_runs(self, api: ApiStack) -> None:
        runs = _metric("AWS/Lambda", "ConcurrentExecutions", {}, "Maximum", _MINUTE)
        words = "Functions run at once near the account's limit"
        value = _FULL * self._stage.account_runs
        self._alarms.above("AccountNearlyFull", runs, value, Says(words, "concurrency"), of=3)
        for name, function in api.functions.items():
            reserved = self._stage.reserved.get(name, self._stage.account_runs)
            runs = function.metric("ConcurrentExecutions", statistic="Maximum", period=_MINUTE)
            words = f"{name} runs near what it may"
            title = f"{pascal_case(name)}NearlyFull"
            self._alarms.above(title, runs, _FULL * reserved, Says(words, "concurrency"), of=3)


def _metric(
    namespace: str,
    name: str,
    dimensions: dict[str, str],
    statistic: str = "Sum",
    period: Duration = _FIVE_MINUTES,
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=period,
    )
