"""How requests move to a release: a share first, back at once when it fails.

CodeDeploy moves the alias that the gateway calls from the former release's version to the new one
while CloudFormation updates the stack, and watches an alarm meanwhile: when it rings, the alias
goes back, and CloudFormation takes back what it did ("CodeDeployLambdaAliasUpdate", UpdatePolicy,
CloudFormation template reference).
"""

from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_

from infra.stacks.alarms import Says
from infra.stages import Stage

FAILS: Final = "ReleaseFails"
_MINUTE: Final = Duration.minutes(1)
_SHARE: Final = 0.01


def release_by_shares(
    stack: Stack, stage: Stage, gateway: dict[str, str], aliases: dict[str, lambda_.Alias]
) -> None:
    """Let CodeDeploy move each alias as the stage says.

    `gateway` is what the gateway's metrics are counted by. A version that answers a tenth of the
    requests with errors makes a tenth of all fail.
    """
    if not stage.canary:
        return
    alarm = _alarm(stack, stage, gateway)
    config = codedeploy.LambdaDeploymentConfig.from_lambda_deployment_config_name(
        stack, "Shares", f"CodeDeployDefault.{stage.canary}"
    )
    application = codedeploy.LambdaApplication(
        stack, "Releases", application_name=stage.named("api")
    )
    for name, alias in aliases.items():
        codedeploy.LambdaDeploymentGroup(
            stack,
            f"{name.capitalize()}Release",
            application=application,
            deployment_group_name=stage.named(name),
            alias=alias,
            deployment_config=config,
            alarms=[alarm],
            auto_rollback=codedeploy.AutoRollbackConfig(
                deployment_in_alarm=True, failed_deployment=True, stopped_deployment=True
            ),
        )


def _alarm(stack: Stack, stage: Stage, gateway: dict[str, str]) -> cloudwatch.Alarm:
    """Make the alarm that takes a release back; people hear of it by that of the API."""
    failed = cloudwatch.Metric(
        namespace="AWS/ApiGateway",
        metric_name="5XXError",
        dimensions_map=gateway,
        statistic="Average",
        period=_MINUTE,
    )
    return cloudwatch.Alarm(
        stack,
        FAILS,
        alarm_name=stage.named(FAILS),
        alarm_description=str(
            Says("More than 1 % of requests fail; a release goes back", "roll-back")
        ),
        metric=failed,
        threshold=_SHARE,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=2,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
