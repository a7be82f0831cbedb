"""How requests move to a release: a share first, back at once when it fails.

CodeDeploy moves the alias that the gateway calls from the former release's version to the new one
while CloudFormation updates the stack, and watches an alarm meanwhile: when it rings, the alias
goes back, and CloudFormation takes back what it did ("CodeDeployLambdaAliasUpdate", UpdatePolicy,
CloudFormation template reference).
"""

from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_

from infra.stacks.alarms import Says
from infra.stacks.metrics import MINUTE, of_service
from infra.stages import LIVE, Stage

FAILS: Final = "ReleaseFails"
_SHARE: Final = 0.01


def release_by_shares(
    stack: Stack, stage: Stage, gateway: dict[str, str], aliases: dict[str, lambda_.Alias]
) -> None:
    """Let CodeDeploy move each alias as the stage says.

    `gateway` is what the gateway's metrics are counted by. A version that answers a tenth of the
    requests with errors makes a tenth of all fail. Staff's are few among all, so that each function
    has an alarm of its own besides, on runs that end with an error.
    """
    if not stage.canary:
        return
    failed = of_service("AWS/ApiGateway", "5XXError", gateway, "Average", MINUTE)
    words = "More than 1 % of requests fail; a release goes back"
    alarm = _alarm(stack, stage, FAILS, failed, words)
    config = codedeploy.LambdaDeploymentConfig.from_lambda_deployment_config_name(
        stack, "Shares", f"CodeDeployDefault.{stage.canary}"
    )
    application = codedeploy.LambdaApplication(
        stack, "Releases", application_name=stage.named("api")
    )
    for name, alias in aliases.items():
        # The mean of ones and zeros is the share of the runs that ended so.
        function = stage.function(name)
        of = {"FunctionName": function, "Resource": f"{function}:{LIVE}"}
        broken = of_service("AWS/Lambda", "Errors", of, "Average", MINUTE)
        words = f"More than 1 % of runs of {name} end with an error; a release goes back"
        own = _alarm(stack, stage, f"{name.capitalize()}{FAILS}", broken, words)
        codedeploy.LambdaDeploymentGroup(
            stack,
            f"{name.capitalize()}Release",
            application=application,
            deployment_group_name=stage.named(name),
            alias=alias,
            deployment_config=config,
            alarms=[alarm, own],
            auto_rollback=codedeploy.AutoRollbackConfig(
                deployment_in_alarm=True, failed_deployment=True, stopped_deployment=True
            ),
        )


def _alarm(
    stack: Stack, stage: Stage, title: str, metric: cloudwatch.IMetric, words: str
) -> cloudwatch.Alarm:
    """Make an alarm that takes a release back; people hear of it by those of the API."""
    return cloudwatch.Alarm(
        stack,
        title,
        alarm_name=stage.named(title),
        alarm_description=str(Says(words, "roll-back")),
        metric=metric,
        threshold=_SHARE,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=2,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
