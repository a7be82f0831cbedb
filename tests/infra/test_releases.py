"""A release gets a share of the requests first, and goes back by itself when it fails."""

import json
from fnmatch import fnmatch
from typing import Any, Final

import pytest

from infra import deployer, stages
from infra.stacks import account, releases
from tests.infra.conftest import Templates

# Whoever may ask these is told of all things of an account.
LISTS: Final = frozenset({"events:ListRuleNamesByTarget", "lambda:ListEventSourceMappings"})


def properties(templates: Templates, kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in templates.resources(kind).values()]


def test_an_alias_moves_by_shares_and_back_when_the_alarm_rings(templates: Templates) -> None:
    stage = stages.load(templates.stage)
    (name,) = templates.resources("AWS::CodeDeploy::Application")
    groups = templates.resources("AWS::CodeDeploy::DeploymentGroup")
    alarms = {
        made["Properties"]["AlarmName"].removeprefix(stage.prefix): {"Name": {"Ref": logical}}
        for logical, made in templates.resources("AWS::CloudWatch::Alarm").items()
    }
    assert len(groups) == 2
    for group in groups.values():
        told = group["Properties"]
        assert told["DeploymentConfigName"] == f"CodeDeployDefault.{stage.canary}"
        # That of all requests, and that of the function, of which staff's are few among all.
        own = f"{told['DeploymentGroupName'].removeprefix(stage.prefix).capitalize()}ReleaseFails"
        rings = [alarms[releases.FAILS], alarms[own]]
        assert told["AlarmConfiguration"] == {"Alarms": rings, "Enabled": True}
        back = told["AutoRollbackConfiguration"]
        assert (back["Enabled"], "DEPLOYMENT_STOP_ON_ALARM" in back["Events"]) == (True, True)
        assert told["DeploymentStyle"]["DeploymentOption"] == "WITH_TRAFFIC_CONTROL"
    moved = {
        alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"]["Ref"]
        for alias in templates.resources("AWS::Lambda::Alias").values()
    }
    assert moved == {*groups}
    for alias in templates.resources("AWS::Lambda::Alias").values():
        update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert update["ApplicationName"] == {"Ref": name}


def test_a_canary_is_seen_to_fail_before_the_rest_follows(templates: Templates) -> None:
    found = {
        one["MetricName"]: one
        for one in properties(templates, "AWS::CloudWatch::Alarm")
        if one["AlarmName"].endswith(releases.FAILS)
    }
    assert {*found} == {"5XXError", "Errors"}
    for alarm in found.values():
        # A tenth of the requests fail when a canary of a tenth does, and that for minutes.
        assert (alarm["Statistic"], alarm["Threshold"] < 0.1) == ("Average", True)
        assert alarm["Period"] * alarm["EvaluationPeriods"] <= 120
    # Both versions that the alias has are counted.
    told = {one["Name"]: one["Value"] for one in found["Errors"]["Dimensions"]}
    assert told["Resource"] == f"{told['FunctionName']}:{stages.LIVE}"
    canary = stages.load("production").canary or ""
    assert canary.startswith("LambdaCanary10Percent")


@pytest.mark.parametrize("first", ["data", "workers"])
def test_the_api_follows_what_it_writes_to(templates: Templates, first: str) -> None:
    manifest = json.loads((templates.folder / "manifest.json").read_text())
    prefix = f"onetrip-{templates.stage}-"
    assert f"{prefix}{first}" in manifest["artifacts"][f"{prefix}api"]["dependencies"]


def test_who_deploys_may_do_what_the_templates_need_and_make_no_administrator(
    templates: Templates,
) -> None:
    stage = stages.load(templates.stage)
    used = {made["Type"].split("::")[1] for made in templates.resources().values()}
    assert used == {*deployer.SERVICES, "IAM"}
    execution = deployer.execution(stage)["Statement"]
    for statement in execution:
        assert "*" not in statement["Action"]
        if statement["Action"] == ["iam:CreateServiceLinkedRole"]:
            # What such a role may do is Amazon's to say.
            (made,) = statement["Resource"]
            assert made.endswith("/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway")
        elif any(action.startswith("iam:") for action in statement["Action"]):
            own = (f"/{stage.prefix}", f"/{account.NAME}-")
            assert all(any(name in one for name in own) for one in statement["Resource"])
    person = deployer.person(stage)["Statement"]
    assert {action for one in person for action in one["Action"]} == {
        *LISTS,
        "cloudformation:DescribeStacks",
        "codedeploy:GetDeployment",
        "codedeploy:ListDeployments",
        "codedeploy:StopDeployment",
        "events:DisableRule",
        "events:EnableRule",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "lambda:DeleteFunctionConcurrency",
        "lambda:DeleteProvisionedConcurrencyConfig",
        "lambda:GetEventSourceMapping",
        "lambda:GetFunction",
        "lambda:GetFunctionConfiguration",
        "lambda:InvokeFunction",
        "lambda:ListAliases",
        "lambda:ListVersionsByFunction",
        "lambda:PublishVersion",
        "lambda:PutFunctionConcurrency",
        "lambda:PutProvisionedConcurrencyConfig",
        "lambda:UpdateAlias",
        "lambda:UpdateEventSourceMapping",
        "lambda:UpdateFunctionConfiguration",
        "s3:PutObject",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "sts:AssumeRole",
    }
    partition = "aws-cn" if stage.region.startswith("cn-") else "aws"
    named = [
        one
        for statement in person
        for one in statement["Resource"]
        if not LISTS.issuperset(statement["Action"])
    ]
    assert all(one.startswith(f"arn:{partition}:") and one != "*" for one in named)
    (reads,) = (one for one in person if "lambda:UpdateEventSourceMapping" in one["Action"])
    (functions,) = reads["Condition"]["ArnLike"]["lambda:FunctionArn"]
    assert functions.endswith(f":function:{stage.prefix}*")
    # A release is taken back by its group, whose names the stack gives.
    (stops,) = (one["Resource"] for one in person if "codedeploy:StopDeployment" in one["Action"])
    for group in properties(templates, "AWS::CodeDeploy::DeploymentGroup"):
        named_so = f":deploymentgroup:{stage.named('api')}/{group['DeploymentGroupName']}"
        assert any(fnmatch(named_so, f"*{one.partition(':*')[2]}") for one in stops)
    # What the stack names its roles begins with its own name.
    for role in templates.resources("AWS::IAM::Role").values():
        assert "RoleName" not in role["Properties"]


def test_a_former_release_of_the_api_is_kept(templates: Templates) -> None:
    versions = templates.resources("AWS::Lambda::Version").values()
    assert len(versions) == 2
    # But not that of a release that went back, whose code Lambda would publish no second time.
    assert {one["DeletionPolicy"] for one in versions} == {"RetainExceptOnCreate"}
    assert {one["UpdateReplacePolicy"] for one in versions} == {"Retain"}
