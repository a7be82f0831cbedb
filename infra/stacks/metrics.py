"""Metrics of what other stacks deploy, by the names that they give it.

A reference would be an export that the alarms import, and none that is imported can be taken away
("Fn::ImportValue", CloudFormation template reference): as alarms are deployed last, no release
could leave a function or a queue out.
"""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from chalicelib.core import logs
from infra.stages import Stage

MINUTE: Final = Duration.minutes(1)
FIVE_MINUTES: Final = Duration.minutes(5)


def of_service(
    namespace: str,
    name: str,
    dimensions: dict[str, str],
    statistic: str = "Sum",
    period: Duration = FIVE_MINUTES,
) -> cloudwatch.Metric:
    """Return a metric of a service of AWS."""
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=period,
    )


def of_product(stage: Stage, name: str, statistic: str = "Sum", **by: str) -> cloudwatch.Metric:
    """Return a metric that the code counts itself, by what it is counted."""
    return of_service(logs.NAMESPACE, name, {"stage": stage.name, **by}, statistic)


def of_function(
    stage: Stage, function: str, name: str, statistic: str = "Sum", period: Duration = FIVE_MINUTES
) -> cloudwatch.Metric:
    """Return a metric of a function, by its name in the manifest."""
    return of_service(
        "AWS/Lambda", name, {"FunctionName": stage.function(function)}, statistic, period
    )


def of_queue(
    stage: Stage, queue: str, name: str, statistic: str = "Maximum", period: Duration = MINUTE
) -> cloudwatch.Metric:
    """Return a metric of a queue, by its name before the stage's prefix."""
    return of_service("AWS/SQS", name, {"QueueName": stage.named(queue)}, statistic, period)
