"""The export to the province: a closed bucket, and a bus by setting."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infra import stages
from infra.stacks.export import export_bucket, export_bus
from infra.stages import Stage, StageError
from tests.infra.conftest import Templates

STAGE = stages.load("production")
PROVINCE = "arn:aws-cn:events:cn-north-1:111122223333:event-bus/province"


def made(folder: Path, stage: Stage) -> dict[str, Any]:
    """Return the resources of a stack of the export alone, as the stage has it."""
    cloud = cdk.App(outdir=str(folder), analytics_reporting=False)
    stack = cdk.Stack(cloud, "export", env=cdk.Environment(region=stage.region))
    export_bucket(stack, stage)
    if stage.exports_events:
        export_bus(stack, stage)
    cloud.synth()
    found: dict[str, Any] = json.loads((folder / "export.template.json").read_text())["Resources"]
    return found


def of_type(resources: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in resources.values() if one["Type"] == kind]


def readers(resources: dict[str, Any]) -> list[str]:
    (policy,) = of_type(resources, "AWS::S3::BucketPolicy")
    allowed = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    return sorted(one["Action"] for one in allowed)


def test_a_stage_keeps_the_lines_to_itself_and_has_no_bus(tmp_path: Path) -> None:
    found = made(tmp_path, STAGE)
    (bucket,) = of_type(found, "AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 400
    assert readers(found) == []
    assert of_type(found, "AWS::Events::EventBus") == []


def test_a_province_reads_lines_and_gets_events_on_its_own_bus(tmp_path: Path) -> None:
    stage = replace(STAGE, province_account="111122223333", province_bus_arn=PROVINCE)
    found = made(tmp_path, replace(stage, events_archived_days=30))
    assert readers(found) == ["s3:GetObject", "s3:ListBucket"]
    (archive,) = of_type(found, "AWS::Events::Archive")
    assert archive["RetentionDays"] == 30
    (rule,) = of_type(found, "AWS::Events::Rule")
    (target,) = rule["Targets"]
    assert target["Arn"] == PROVINCE
    assert {"RoleArn", "DeadLetterConfig"} <= target.keys()
    assert rule["EventPattern"] == {"source": ["onetrip"]}
    (policy,) = of_type(found, "AWS::IAM::Policy")
    (allowed,) = policy["PolicyDocument"]["Statement"]
    assert (allowed["Action"], allowed["Resource"]) == ("events:PutEvents", PROVINCE)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("province_account", "1111"),
        ("province_account", "arn:aws:iam::111122223333:root"),
        ("province_bus_arn", "province"),
        ("province_bus_arn", "arn:aws:sqs:eu-central-1:111122223333:bus"),
    ],
)
def test_a_province_that_is_none_is_refused(tmp_path: Path, setting: str, value: str) -> None:
    file = tmp_path / "stages.json"
    entry = json.loads(stages.STAGES_FILE.read_text())["production"]
    file.write_text(json.dumps({"city": {**entry, setting: value}}))
    with pytest.raises(StageError, match=setting):
        stages.load("city", file)


def test_the_function_writes_lines_and_nothing_else(templates: Templates) -> None:
    policies = templates.resources("AWS::IAM::Policy")
    ((_, policy),) = [(n, p) for n, p in policies.items() if n.startswith("ExportEvents")]
    said = policy["Properties"]["PolicyDocument"]["Statement"]
    allowed = {s["Sid"]: s["Action"] for s in said if "Sid" in s}
    assert allowed["Export"] == "s3:PutObject"
    assert not any("dynamodb" in json.dumps(action) for action in allowed.values())
    mappings = templates.resources("AWS::Lambda::EventSourceMapping").values()
    (taken,) = [m["Properties"] for m in mappings if m["Properties"]["BatchSize"] == 1000]
    assert taken["MaximumBatchingWindowInSeconds"] == 60
