"""What the city's day looks like: bookings, cases, money, log-ins, and why people are refused."""

from collections.abc import Sequence
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from chalicelib.core import logs
from chalicelib.core.errors import InternalError, TooManyRequests
from functions import manifest
from functions.publish_events import COUNTED
from infra.lambdas import pascal_case
from infra.stacks.alarms import Alarms, Says
from infra.stacks.metrics import FIVE_MINUTES, of_product
from infra.stages import Stage

_WIDE: Final = 12
_MANY: Final = 1000


class BusinessAlarms:
    """Draws what the product counts of itself, and raises alarms on what nobody should be told."""

    def __init__(self, stack: Stack, stage: Stage, alarms: Alarms) -> None:
        """Alarms are raised in the stack of the others."""
        self._stage = stage
        self._alarms = alarms
        self._dashboard = cloudwatch.Dashboard(
            stack, "Business", dashboard_name=f"onetrip-{stage.name}-business"
        )

    def watch(self) -> None:
        """Draw, and raise the alarms."""
        for room in dict.fromkeys(kind.partition(".")[0] for kind in COUNTED):
            kinds = [kind for kind in COUNTED if kind.startswith(f"{room}.")]
            happened = [self._counted(logs.HAPPENED, kind=kind).with_(label=kind) for kind in kinds]
            self._draw(room, happened)
        self._draw("Outcomes", [self._every("operation,outcome", logs.ANSWERS)])
        self._draw("Refusals", [self._every("code", logs.REFUSED)])
        self._watch_losses()
        mistakes = self._counted(logs.REFUSED, code=InternalError.code)
        words = "Somebody was answered internal_error, which is a mistake of ours"
        self._alarms.above("Mistakes", mistakes, 0, Says(words, "api-fails"))
        limited = self._counted(logs.REFUSED, code=TooManyRequests.code)
        words = (
            f"More than {_MANY:,} requests in five minutes were too many of one person or address"
        )
        self._alarms.above("TooManyRequests", limited, _MANY, Says(words, "api-refuses"), of=2)

    def _watch_losses(self) -> None:
        """Tell what people do not get: seats held by nobody, reminders, messages to endpoints."""
        orphans = self._counted(logs.ORPHANS, function="release_expired")
        dropped = self._counted(logs.DROPPED, function="send_reminders")
        words = "Reminders came too late to help, and were dropped"
        self._alarms.above("RemindersDropped", dropped, 0, Says(words, "events-late"))
        self._draw("Seats that nobody had, reminders that were dropped", [orphans, dropped])
        senders = [one for one in manifest.with_schedules() if one.patient]
        opened = {
            one.name: self._counted(logs.OPEN, "Maximum", function=one.name) for one in senders
        }
        for name, metric in opened.items():
            words = f"{name} holds messages back from who does not answer"
            title = f"{pascal_case(name)}HeldBack"
            self._alarms.above(title, metric, 0, Says(words, "provider-down"), of=3)
        self._draw("Endpoints with an open breaker", [*opened.values()])

    def _counted(self, metric: str, statistic: str = "Sum", **by: str) -> cloudwatch.Metric:
        return of_product(self._stage, metric, statistic, **by)

    def _every(self, by: str, metric: str) -> cloudwatch.MathExpression:
        """Find the metric by whatever values it was counted."""
        searched = (
            f'{{{logs.NAMESPACE},stage,{by}}} MetricName="{metric}" stage="{self._stage.name}"'
        )
        return cloudwatch.MathExpression(
            expression=f"SEARCH('{searched}', 'Sum', 300)", label="", period=FIVE_MINUTES
        )

    def _draw(self, title: str, metrics: Sequence[cloudwatch.IMetric]) -> None:
        self._dashboard.add_widgets(
            cloudwatch.GraphWidget(title=title, left=list(metrics), width=_WIDE)
        )
