"""The rights of who deploys: `python -m infra.deployer STAGE [--out FOLDER]` writes two policies.

They go into a folder of the stage's name. `person.json` is for a person or a pipeline: to take on
the roles that `cdk bootstrap` made, to fill the secret, make slots, restart, pause and resume
functions by `infra.ops`, to take a release back, and to publish pages. `execution.json` is for
CloudFormation, as `--cloudformation-execution-policies` of `cdk bootstrap` names it: the services
that the templates use, and of IAM the roles of the stage alone, so that no template makes itself an
administrator.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from infra import commands, package, stages
from infra.iam import SUFFIX_OF_SERVICES
from infra.stacks import account
from infra.stages import Stage

# By the second part of a resource's type: what its service is called in IAM, where that differs.
_CALLED: Final = {"Events": "events", "SecretsManager": "secretsmanager"}
SERVICES: Final = (
    "ApiGateway", "CloudWatch", "CodeDeploy", "DynamoDB", "Events", "KMS", "Lambda", "Logs", "S3",
    "SNS", "SQS", "SecretsManager",
)  # fmt: skip
# A domain of one's own makes it, the first time in an account ("Using service-linked roles for API
# Gateway"); who may not is refused the domain.
_GATEWAYS_OWN: Final = "aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"
_QUALIFIER: Final = "hnb659fds"
_STOPPING: Final = ("GetDeployment", "ListDeployments", "StopDeployment")
_ROLES: Final = ("deploy", "file-publishing", "lookup")


def person(stage: Stage) -> dict[str, Any]:
    """Return the policy of a person who deploys a stage and fills it."""
    where = f"{stage.account or '*'}-{stage.region}"
    roles = [_iam(stage, f"role/cdk-{_QUALIFIER}-{role}-role-{where}") for role in _ROLES]
    functions = [_arn(stage, "lambda", f"function:{stage.prefix}*")]
    secret = [_arn(stage, "secretsmanager", f"secret:{stage.named('secrets')}-*")]
    calls = [
        "GetFunction", "GetFunctionConfiguration", "InvokeFunction", "ListAliases",
        "ListVersionsByFunction", "PublishVersion", "UpdateAlias", "UpdateFunctionConfiguration",
    ]  # fmt: skip
    stacks = [_arn(stage, "cloudformation", f"stack/{stage.prefix}*")]
    pages = [f"arn:{_partition(stage)}:s3:::{stage.named('pages')}-*/*"]
    releases = [_arn(stage, "codedeploy", f"deploymentgroup:{stage.named('api')}/{stage.prefix}*")]
    return _policy(
        _allow("TakeOnTheRolesOfTheToolkit", ["sts:AssumeRole"], roles),
        _allow("RunFunctions", [f"lambda:{one}" for one in calls], functions),
        # With the functions' versions all that docs/runbooks/roll-back.md asks for.
        _allow("StopReleases", [f"codedeploy:{one}" for one in _STOPPING], releases),
        *_pause(stage, functions),
        _allow(
            "FillTheSecret",
            ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
            secret,
        ),
        _use_key_by(stage, "secretsmanager"),
        _allow("FindThePages", ["cloudformation:DescribeStacks"], stacks),
        _allow("PublishPages", ["s3:PutObject"], pages),
    )


def _pause(stage: Stage, functions: list[str]) -> Iterator[dict[str, Any]]:
    """Allow to switch what starts the stage's functions, as `infra.pausing` does."""
    calls = [
        "DeleteFunctionConcurrency", "DeleteProvisionedConcurrencyConfig",
        "PutFunctionConcurrency", "PutProvisionedConcurrencyConfig",
    ]  # fmt: skip
    yield _allow("PauseRequests", [f"lambda:{one}" for one in calls], functions)
    sources = [_arn(stage, "lambda", "event-source-mapping:*")]
    reading = ["lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping"]
    of_the_stage = {"ArnLike": {"lambda:FunctionArn": functions}}
    yield {**_allow("PauseReading", reading, sources), "Condition": of_the_stage}
    # Lists are of no single thing (Service Authorization Reference, Lambda and EventBridge).
    lists = ["events:ListRuleNamesByTarget", "lambda:ListEventSourceMappings"]
    yield _allow("WhatStartsFunctions", lists, ["*"])
    rules = [_arn(stage, "events", f"rule/{stage.prefix}*")]
    yield _allow("PauseClocks", ["events:DisableRule", "events:EnableRule"], rules)


def execution(stage: Stage) -> dict[str, Any]:
    """Return the policy of CloudFormation while it makes or changes the stage."""
    prefixes = (stage.prefix, f"{account.NAME}-")
    own = [_iam(stage, f"{kind}/{one}*") for kind in ("role", "policy") for one in prefixes]
    by_setting = [name for name, is_used in _used_by_setting(stage) if is_used]
    services = [f"{_CALLED.get(one, one.lower())}:*" for one in (*SERVICES, *by_setting)]
    # A vault is made with the rights of both.
    if "backup:*" in services:
        services += ["backup-storage:Mount", "backup-storage:MountCapsule"]
    return _policy(
        _allow("WhatTheTemplatesUse", services, ["*"]),
        _allow("RolesOfTheStage", ["iam:*"], own),
        _allow(
            "RoleOfTheGateway",
            ["iam:CreateServiceLinkedRole"],
            [_iam(stage, f"role/{_GATEWAYS_OWN}")],
        ),
        _allow("AssetsAndVersion", ["s3:GetObject", "ssm:GetParameters"], ["*"]),
    )


def _used_by_setting(stage: Stage) -> Iterator[tuple[str, bool]]:
    yield "Backup", bool(stage.backup_vault_arn)
    yield "CloudFront", stage.pages_cdn


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*statements]}


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _use_key_by(stage: Stage, service: str) -> dict[str, Any]:
    """Allow the account's keys where a service asks in the person's name."""
    asked = {"kms:ViaService": f"{service}.{stage.region}.{SUFFIX_OF_SERVICES}"}
    actions = ["kms:Decrypt", "kms:GenerateDataKey"]
    allowed = _allow("KeyOfTheSecret", actions, [_arn(stage, "kms", "key/*")])
    return {**allowed, "Condition": {"StringLike": asked}}


def _partition(stage: Stage) -> str:
    return "aws-cn" if stage.region.startswith("cn-") else "aws"


def _iam(stage: Stage, resource: str) -> str:
    return f"arn:{_partition(stage)}:iam::{stage.account or '*'}:{resource}"


def _arn(stage: Stage, service: str, resource: str) -> str:
    return f"arn:{_partition(stage)}:{service}:{stage.region}:{stage.account or '*'}:{resource}"


def main() -> None:
    """Write the policies of a stage."""
    parser = argparse.ArgumentParser(prog="python -m infra.deployer", description=__doc__)
    parser.add_argument("stage")
    parser.add_argument("--out", type=Path, default=package.ROOT / "build" / "deployer")
    asked = parser.parse_args()
    stage = stages.load(asked.stage)
    folder = asked.out / stage.name
    folder.mkdir(parents=True, exist_ok=True)
    for name, policy in (("person", person(stage)), ("execution", execution(stage))):
        file = folder / f"{name}.json"
        file.write_text(json.dumps(policy, indent=2))
        sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    with commands.plainly():
        main()
