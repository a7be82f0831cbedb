"""Alarms on what the system stands on: tables, keys, the bus, and the runs of the account."""

from typing import Final

from chalicelib.core.tables import Table
from functions import manifest
from infra.iam import API, STAFF
from infra.lambdas import BUS, pascal_case
from infra.stacks.alarms import Alarms, Says
from infra.stacks.metrics import MINUTE, of_function, of_service
from infra.stages import Stage

_FULL: Final = 0.8
# The least that a region gives to symmetric keys a second ("Request quotas", AWS KMS developer
# guide); what a region gives beyond it, or an account was given, is not in any template.
_KMS_A_SECOND: Final = 5500


class PlatformAlarms:
    """Watches what AWS limits, before and when it does."""

    def __init__(self, stage: Stage, alarms: Alarms) -> None:
        """Alarms are raised in the stack of the others."""
        self._stage = stage
        self._alarms = alarms

    def watch(self) -> None:
        """Raise the alarms."""
        for _room, table in sorted(Table.registry.items()):
            self._watch_table(table)
        self._watch_keys()
        for function in manifest.with_queues():
            self._watch_rule(function)
        self._watch_runs()

    def _watch_table(self, table: Table) -> None:
        """Indexes are counted with their table, whose writes they hold up."""
        title, name = table.room.capitalize(), self._stage.named(table.room)
        for kind in ("Write", "Read"):
            counted = f"{kind}ThrottleEvents"
            words = f"{kind}s of {name} are throttled"
            throttled = of_service("AWS/DynamoDB", counted, {"TableName": name})
            says = Says(words, "hot-partition")
            self._alarms.above(f"{title}{counted}", throttled, 0, says, of=2)
            for index in table.indexes:
                of = {"TableName": name, "GlobalSecondaryIndexName": index.name}
                held_up = of_service("AWS/DynamoDB", counted, of)
                words = f"{kind}s of {name}, {index.name} are throttled"
                named = f"{title}{pascal_case(index.name)}{counted}"
                self._alarms.above(named, held_up, 0, Says(words, "hot-partition"), of=2)

    def _watch_keys(self) -> None:
        of = {
            "Class": "None",
            "Resource": "CryptographicOperationsSymmetric",
            "Service": "KMS",
            "Type": "API",
        }
        asked = of_service("AWS/Usage", "CallCount", of, period=MINUTE)
        words = f"KMS is asked for more than {_FULL:.0%} of {_KMS_A_SECOND:,} calls a second"
        value = _FULL * _KMS_A_SECOND * 60
        self._alarms.above("KeysNearTheirQuota", asked, value, Says(words, "kms-throttled"), of=2)

    def _watch_rule(self, function: manifest.Function) -> None:
        of = {
            "EventBusName": self._stage.named(BUS),
            "RuleName": self._stage.named(function.queue_name),
        }
        title = pascal_case(function.name)
        words = f"The bus cannot put events into the queue of {function.name}"
        failed = of_service("AWS/Events", "FailedInvocations", of)
        self._alarms.above(f"{title}EventsFail", failed, 0, Says(words, "events-late"))

    def _watch_runs(self) -> None:
        counted = "ConcurrentExecutions"
        runs = of_service("AWS/Lambda", counted, {}, "Maximum", MINUTE)
        words = "Functions run at once near the account's limit"
        value = _FULL * self._stage.account_runs
        self._alarms.above("AccountNearlyFull", runs, value, Says(words, "concurrency"), of=3)
        for name in (API, STAFF):
            reserved = self._stage.reserved.get(name, self._stage.account_runs)
            runs = of_function(self._stage, name, counted, "Maximum", MINUTE)
            words = f"{name} runs near what it may"
            title = f"{pascal_case(name)}NearlyFull"
            self._alarms.above(title, runs, _FULL * reserved, Says(words, "concurrency"), of=3)
