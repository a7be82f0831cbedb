"""The stack of what is not HTTP: streams, bus, queues, timers and the functions behind them."""

import json
from datetime import UTC, date, datetime
from typing import Any, Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from chalicelib.core import events as product
from chalicelib.core.clock import OFFICE_ZONE
from functions import manifest
from functions.manifest import Function, Queue, Schedule, Stream
from infra.lambdas import BUS, Lambdas, Limits, Parts, asked_by, pascal_case
from infra.stacks.data import DataStack
from infra.stacks.export import export_bus
from infra.stages import Stage

_KEPT: Final = Duration.days(14)
# A stream keeps its records for a day. What could not be published for six hours is named to the
# dead letters, so that a person has the rest of the day, and the records behind it go on.
_PUBLISHED_WITHIN: Final = Duration.hours(6)
_STREAM_BATCH: Final = 100
# A part's message is hidden for as long while it is done. What a minute's run could not do the next
# one's does; a day's comes again within the hour.
_PART_HIDDEN: Final = Duration.minutes(6)
_DAILY_PARTS_KEPT: Final = Duration.hours(1)
_TIMER_RETRIES: Final = 2
_DAILY_MINUTES: Final = 60
_LEAST_MINUTES: Final = 5
_ANY_DAY: Final = date(2026, 1, 1)


class WorkersStack(Stack):
    """The functions of the manifest, each with what starts it and with its dead letters."""

    def __init__(
        self, scope: Construct, stage: Stage, data: DataStack, parts: Parts, **kw: Any
    ) -> None:
        """Make them on the streams of the data."""
        super().__init__(scope, stage.named("workers"), **kw)
        self.add_stack_dependency(data)
        self._stage = stage
        self._data = data
        self._lambdas = Lambdas(self, stage, data, parts)
        self._bus = events.EventBus(self, "Bus", event_bus_name=stage.named(BUS))
        for function in manifest.FUNCTIONS:
            self._make(function)
        if stage.exports_events:
            export_bus(self, stage)

    def _make(self, function: Function) -> None:
        limits = Limits(function.memory_mb, function.timeout_seconds)
        made = self._lambdas.make(function.name, function.handler, limits)
        dead = self._queue(function.dead_letters_name, retention_period=_KEPT)
        for trigger in function.triggers:
            if isinstance(trigger, Stream):
                self._start_by_streams(made, trigger, dead)
            elif isinstance(trigger, Queue):
                self._start_by_queue(made, function, trigger, dead)
            else:
                self._start_by_clock(made, function, trigger)
        if function.parts:
            self._start_parts(made, function)
        if function.schedules:
            made.configure_async_invoke(
                on_failure=destinations.SqsDestination(dead),
                retry_attempts=_TIMER_RETRIES,
                max_event_age=_useful_for(function),
            )

    def _start_by_streams(self, made: lambda_.Function, trigger: Stream, dead: sqs.Queue) -> None:
        rooms = trigger.rooms or tuple(self._data.streams)
        streams = {room: self._data.streams[room] for room in rooms}
        for statement in self._read_streams(list(streams.values())):
            made.add_to_role_policy(statement)
        for room, stream in streams.items():
            lambda_.EventSourceMapping(
                self,
                f"{room.capitalize()}Stream",
                target=made,
                event_source_arn=stream,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=_STREAM_BATCH,
                bisect_batch_on_error=True,
                report_batch_item_failures=True,
                max_record_age=_PUBLISHED_WITHIN,
                on_failure=sources.SqsDlq(dead),
                filters=[{"pattern": json.dumps(product.STREAM_FILTER)}],
            )

    def _read_streams(self, streams: list[str]) -> list[iam.PolicyStatement]:
        reads = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        return [
            iam.PolicyStatement(sid="ReadStreams", actions=reads, resources=streams),
            # Listing knows no single stream; it tells names only.
            iam.PolicyStatement(
                sid="ListStreams", actions=["dynamodb:ListStreams"], resources=["*"]
            ),
            iam.PolicyStatement(
                sid="StreamsKey",
                actions=["kms:Decrypt"],
                resources=[self._data.data_key.key_arn],
                conditions=asked_by("dynamodb"),
            ),
        ]

    def _start_by_queue(
        self, made: lambda_.Function, function: Function, trigger: Queue, dead: sqs.Queue
    ) -> None:
        queue = self._queue(
            function.queue_name,
            retention_period=_KEPT,
            visibility_timeout=Duration.seconds(function.visible_again_seconds),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=trigger.attempts),
        )
        made.add_event_source(
            sources.SqsEventSource(
                queue,
                batch_size=trigger.batch,
                max_batching_window=Duration.seconds(trigger.window_seconds)
                if trigger.window_seconds
                else None,
                report_batch_item_failures=True,
                # What is more waits in the queue, where nothing is lost.
                max_concurrency=self._stage.queue_concurrency,
            )
        )
        rule = events.CfnRule(
            self,
            f"{pascal_case(function.name)}Events",
            name=self._stage.named(function.queue_name),
            event_bus_name=self._bus.event_bus_name,
            event_pattern=product.rule(trigger.prefixes),
            targets=[
                events.CfnRule.TargetProperty(
                    id="queue",
                    arn=queue.queue_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead.queue_arn),
                )
            ],
        )
        for one in (queue, dead):
            one.add_to_resource_policy(_from_rule(rule, one))

    def _start_parts(self, made: lambda_.Function, function: Function) -> None:
        """Let each part of a run by the clock be a message; the next run makes up for one lost."""
        daily = any(schedule.daily_at for schedule in function.schedules)
        queue = self._queue(
            function.parts_name,
            retention_period=_DAILY_PARTS_KEPT if daily else _PART_HIDDEN,
            visibility_timeout=_PART_HIDDEN,
        )
        queue.grant_send_messages(made)
        concurrency = self._stage.queue_concurrency
        source = sources.SqsEventSource(
            queue, batch_size=1, report_batch_item_failures=True, max_concurrency=concurrency
        )
        made.add_event_source(source)

    def _start_by_clock(
        self, made: lambda_.Function, function: Function, trigger: Schedule
    ) -> None:
        kind = "daily" if trigger.daily_at else "timer"
        title = pascal_case(f"{function.name}_{kind}")
        rule = events.CfnRule(
            self,
            title,
            # What CloudFormation makes up of two long names is cut in the middle.
            name=self._stage.named(f"{function.queue_name}-{kind}"),
            description=f"OneTrip {self._stage.name}: starts {function.name}",
            schedule_expression=_expression(trigger),
            targets=[events.CfnRule.TargetProperty(id="function", arn=made.function_arn)],
        )
        lambda_.CfnPermission(
            self,
            f"{title}MayCall",
            action="lambda:InvokeFunction",
            function_name=made.function_arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )

    def _queue(self, name: str, **more: Any) -> sqs.Queue:
        title = pascal_case(name)
        return sqs.Queue(
            self,
            f"{title}Queue",
            queue_name=self._stage.named(name),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            **more,
        )


def _from_rule(rule: events.CfnRule, queue: sqs.Queue) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="TheRuleSends",
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["sqs:SendMessage"],
        resources=[queue.queue_arn],
        conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
    )


def _useful_for(function: Function) -> Duration:
    """Return for how long a start by the clock is kept while no run can begin.

    The next run does what this one would have done. By itself Lambda keeps it for six hours, and
    all that were kept begin at once when there is room again.
    """
    shortest = min(one.minutes or _DAILY_MINUTES for one in function.schedules)
    return Duration.minutes(max(_LEAST_MINUTES, shortest))


def _expression(trigger: Schedule) -> str:
    """Return the schedule as EventBridge reads it, in UTC; China knows no summer time."""
    if trigger.daily_at is None:
        unit = "minute" if trigger.minutes == 1 else "minutes"
        return f"rate({trigger.minutes} {unit})"
    wall = datetime.combine(_ANY_DAY, trigger.daily_at, OFFICE_ZONE)
    return f"{wall.astimezone(UTC):cron(%-M %-H * * ? *)}"
