"""The topic of alarms, and how an alarm is raised: each names the run-book that helps.

The run-books are in docs/runbooks, and their path is in the text that CloudWatch sends.
"""

from dataclasses import dataclass
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from infra.stages import Stage

RUN_BOOKS: Final = "docs/runbooks"


@dataclass(frozen=True, slots=True)
class Says:
    """What an alarm says: what is wrong, and the name of the run-book that helps."""

    words: str
    run_book: str

    def __str__(self) -> str:
        """Return the text that is sent."""
        return f"{self.words}. {RUN_BOOKS}/{self.run_book}.md"


class Alarms:
    """Raises alarms of one stack, which reach one topic."""

    def __init__(self, stack: Stack, stage: Stage, key: kms.Key) -> None:
        """`key` encrypts what waits in the topic."""
        self._stack = stack
        self._stage = stage
        self.topic = self._topic(key)

    def above(
        self,
        title: str,
        metric: cloudwatch.IMetric,
        value: float,
        says: Says,
        of: int = 1,
    ) -> None:
        """Raise an alarm when a metric was above a value in `of` periods in a row."""
        alarm = cloudwatch.Alarm(
            self._stack,
            title,
            alarm_name=self._stage.named(title),
            alarm_description=str(says),
            metric=metric,
            threshold=value,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=of,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self._tell(alarm)

    def silent(self, title: str, metric: cloudwatch.IMetric, says: Says, of: int) -> None:
        """Raise an alarm when a metric told nothing in `of` periods in a row."""
        alarm = cloudwatch.Alarm(
            self._stack,
            title,
            alarm_name=self._stage.named(title),
            alarm_description=str(says),
            metric=metric,
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=of,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        self._tell(alarm)

    def _tell(self, alarm: cloudwatch.Alarm) -> None:
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))

    def _topic(self, key: kms.Key) -> sns.Topic:
        topic = sns.Topic(
            self._stack,
            "Alarms",
            topic_name=self._stage.named("alarms"),
            display_name=f"OneTrip {self._stage.name}",
            master_key=key,
            enforce_ssl=True,
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self._stack.account}},
            )
        )
        if self._stage.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(self._stage.alarm_email))
        return topic
