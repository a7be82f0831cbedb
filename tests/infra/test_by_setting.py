"""What a stage has by setting alone: a CDN for its pages, and copies of its tables elsewhere."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from chalicelib.core.tables import Table
from infra import deployer, stages
from infra.lambdas import Parts
from infra.package import placeholder
from infra.stacks.data import DataStack
from infra.stacks.pages import PagesStack
from infra.stacks.workers import WorkersStack
from infra.stages import StageError
from tests.infra.conftest import Templates

STAGE = stages.load("dev")
VAULT = "arn:aws:backup:eu-central-1:111122223333:backup-vault:province"
STREAM = "arn:aws:dynamodb:eu-central-1:111122223333:table/onetrip-dev-cases/stream/2026"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/1"


def synthesized(folder: Path, kind: Any, stage: stages.Stage) -> dict[str, Any]:
    """Return the template of one stack of a stage."""
    cloud = cdk.App(outdir=str(folder), analytics_reporting=False)
    made = kind(cloud, stage, env=cdk.Environment(region=stage.region))
    cloud.synth()
    found: dict[str, Any] = json.loads((folder / f"{made.stack_name}.template.json").read_text())
    return found


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    every = template["Resources"].values()
    return [one["Properties"] for one in every if one["Type"] == kind]


def test_no_stage_has_either_unless_it_says_so(templates: Templates) -> None:
    kinds = {one["Type"].split("::")[1] for one in templates.resources().values()}
    assert not {"Backup", "CloudFront"} & kinds


@pytest.mark.parametrize("domain", [None, "city.example"])
def test_a_cdn_shows_what_the_gateway_shows(tmp_path: Path, domain: str | None) -> None:
    certificate = CERTIFICATE if domain else None
    stage = replace(STAGE, pages_cdn=True, pages_domain_name=domain)
    stage = replace(stage, pages_certificate_arn=certificate)
    template = synthesized(tmp_path, PagesStack, stage)
    (cdn,) = of_type(template, "AWS::CloudFront::Distribution")
    config = cdn["DistributionConfig"]
    (origin,) = config["Origins"]
    assert origin["OriginPath"] == "/pages"
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    assert config.get("Aliases") == ([domain] if domain else None)
    (api,) = of_type(template, "AWS::ApiGateway::RestApi")
    assert api["DisableExecuteApiEndpoint"] is False
    assert of_type(template, "AWS::ApiGateway::DomainName") == []
    told = template["Outputs"]
    target = {"Fn::GetAtt": ["PagesCdn", "DomainName"]}
    assert told["PagesDomainTarget"]["Value"] == target
    address = {"Fn::Join": ["", ["https://", target, "/"]]}
    assert told["PagesUrl"]["Value"] == (f"https://{domain}/" if domain else address)


def test_every_table_but_that_of_keys_is_copied_into_the_other_vault(tmp_path: Path) -> None:
    template = synthesized(tmp_path, DataStack, replace(STAGE, backup_vault_arn=VAULT))
    (vault,) = of_type(template, "AWS::Backup::BackupVault")
    assert "DataKey" in json.dumps(vault["EncryptionKeyArn"])
    (plan,) = of_type(template, "AWS::Backup::BackupPlan")
    (rule,) = plan["BackupPlan"]["BackupPlanRule"]
    (copied,) = rule["CopyActions"]
    assert copied == {
        "DestinationBackupVaultArn": VAULT,
        "Lifecycle": {"DeleteAfterDays": 35},
    }
    (selected,) = of_type(template, "AWS::Backup::BackupSelection")
    tables = [one["Fn::Join"][1][-1] for one in selected["BackupSelection"]["Resources"]]
    named = {one.rpartition("/")[2] for one in tables}
    # A copy is ciphertext once a citizen's key is gone, so it has no keys.
    assert named == {STAGE.named(room) for room in Table.registry if room != "keys"}


@pytest.mark.parametrize(
    ("stage", "given", "why"),
    [
        ("production", {"pages_cdn": True}, "outside of China"),
        (
            "dev",
            {
                "pages_cdn": True,
                "pages_domain_name": "city.example",
                "pages_certificate_arn": "arn:aws:acm:eu-central-1:1:certificate/1",
            },
            "us-east-1",
        ),
        ("dev", {"backup_vault_arn": "province"}, "backup_vault_arn"),
        ("dev", {"staff_networks": ["203.0.113.0/33"]}, "staff_networks: '203.0.113.0/33'"),
        ("dev", {"staff_networks": ["203.0.113.7/24"]}, "staff_networks: 203.0.113.7/24"),
        ("dev", {"restored_streams": {"cases": STREAM}}, "restored_streams"),
    ],
)
def test_what_aws_would_refuse_is_refused_before(
    tmp_path: Path, stage: str, given: dict[str, Any], why: str
) -> None:
    file = tmp_path / "stages.json"
    entry = json.loads(stages.STAGES_FILE.read_text())[stage]
    file.write_text(json.dumps({"city": {**entry, **given}}))
    with pytest.raises(StageError, match=why):
        stages.load("city", file)


def test_readers_follow_a_restored_table_and_nothing_else_changes(tmp_path: Path) -> None:
    restored = replace(STAGE, restored_streams={"cases": STREAM})
    parts = Parts(str(placeholder(tmp_path / "code")), str(placeholder(tmp_path / "layer")))
    found = []
    for name, stage in (("before", STAGE), ("after", restored)):
        cloud = cdk.App(outdir=str(tmp_path / name), analytics_reporting=False)
        environment = cdk.Environment(region=stage.region)
        data = DataStack(cloud, stage, env=environment)
        workers = WorkersStack(cloud, stage, data, parts, env=environment)
        cloud.synth()
        files = [tmp_path / name / f"{one.stack_name}.template.json" for one in (data, workers)]
        found.append([json.loads(file.read_text()) for file in files])
    (data_before, before), (data_after, after) = found
    # The readers import what the data exports, which therefore cannot be changed.
    assert data_after == data_before
    kind = "AWS::Lambda::EventSourceMapping"
    read = [one["EventSourceArn"] for one in of_type(after, kind)]
    assert STREAM in read
    others = [one["EventSourceArn"] for one in of_type(before, kind)]
    assert sum(one not in others for one in read) == 1
    assert STREAM in json.dumps(of_type(after, "AWS::IAM::Policy"))


def test_who_deploys_may_do_what_a_setting_asks_for() -> None:
    def services(stage: stages.Stage) -> list[str]:
        used = deployer.execution(stage)["Statement"][0]["Action"]
        return [one for one in used if one.startswith(("backup", "cloudfront"))]

    assert services(STAGE) == []
    every = replace(STAGE, pages_cdn=True, backup_vault_arn=VAULT)
    vaults = ["backup-storage:Mount", "backup-storage:MountCapsule"]
    assert services(every) == ["backup:*", "cloudfront:*", *vaults]
