"""The templates deploy what the code declares, safely, in every partition."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.cases.uploads.domain import UNUSED_FOR
from chalicelib.core import logs, table_definitions
from chalicelib.core.greedy import GREEDY
from chalicelib.core.tables import Table
from functions import manifest
from infra import stages
from infra.gateway import STAFF_PATHS, is_for_staff
from infra.stacks import releases
from infra.stages import Stage, StageError
from tests.infra.conftest import Templates

# Each of these is offered by AWS in cn-north-1 and cn-northwest-1.
IN_EVERY_PARTITION = {
    "ApiGateway",
    "CloudWatch",
    "CodeDeploy",
    "DynamoDB",
    "Events",
    "IAM",
    "KMS",
    "Lambda",
    "Logs",
    "S3",
    "SNS",
    "SQS",
    "SecretsManager",
}
PRINCIPALS = {
    "apigateway.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "codedeploy.amazonaws.com",
    "events.amazonaws.com",
    "lambda.amazonaws.com",
}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def api_of(templates: Templates) -> dict[str, Any]:
    every = properties(templates, "AWS::ApiGateway::RestApi")
    return next(one for one in every if one["Name"].endswith("-api"))


def properties(templates: Templates, kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in templates.resources(kind).values()]


# The checker reads every stage anew for many seconds; the other partition has the same resources.
@pytest.mark.parametrize("stage", ["production", pytest.param("dev", marks=pytest.mark.slow)])
def test_the_checker_finds_nothing(written: Path, stage: str) -> None:
    checker = str(Path(sys.executable).parent / "cfn-lint")
    files = Templates(stage, written / stage).files
    command = [checker, "--regions", stages.load(stage).region, "--", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_partition_is_written_in(templates: Templates) -> None:
    assert len(templates.files) == 6
    for text in texts(templates.resources()):
        assert not re.search(r"arn:aws(-cn)?:", text)
        if "amazonaws.com" in text:
            assert text in PRINCIPALS


def test_every_service_is_there_in_china(templates: Templates) -> None:
    used = {resource["Type"].split("::")[1] for resource in templates.resources().values()}
    assert used == IN_EVERY_PARTITION
    for gateway in properties(templates, "AWS::ApiGateway::RestApi"):
        assert gateway["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_both_partitions_get_the_same_resources(written: Any) -> None:
    dev, production = (Templates(name, written / name) for name in ("dev", "production"))
    kinds = [sorted(r["Type"] for r in one.resources().values()) for one in (dev, production)]
    assert kinds[0] == kinds[1]


def test_tables_are_those_of_the_code(templates: Templates, engine: object) -> None:
    made = {p["TableName"]: p for p in properties(templates, "AWS::DynamoDB::Table")}
    prefix = f"onetrip-{templates.stage}-"
    assert set(made) == {f"{prefix}{room}" for room in Table.registry}
    for room, table in Table.registry.items():
        declared = table_definitions.definition(table)
        found = made[f"{prefix}{room}"]
        for part in ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes"):
            assert found.get(part) == declared.get(part)
        assert found["BillingMode"] == "PAY_PER_REQUEST"
        stream = {"StreamViewType": "NEW_IMAGE"} if table.streams else None
        assert found.get("StreamSpecification") == stream
        assert found["PointInTimeRecoverySpecification"] == {
            "PointInTimeRecoveryEnabled": True,
            "RecoveryPeriodInDays": 7 if room == "keys" else 35,
        }
        assert found["SSESpecification"]["SSEType"] == "KMS"
        assert found["TimeToLiveSpecification"] == {"AttributeName": "tidy_at", "Enabled": True}


def test_tables_with_indexes_are_made_in_turn(templates: Templates) -> None:
    # DynamoDB makes few of these at once, and CloudFormation all that wait for nothing.
    tables = templates.resources("AWS::DynamoDB::Table")
    indexed = {n for n, made in tables.items() if "GlobalSecondaryIndexes" in made["Properties"]}
    waits = {name: indexed & {*tables[name].get("DependsOn", ())} for name in indexed}
    (first,) = (name for name, others in waits.items() if not others)
    after = {other: name for name, others in waits.items() for other in others}
    turn = [first]
    while turn[-1] in after:
        turn.append(after[turn[-1]])
    assert {*turn} == indexed


def test_alarms_keep_nothing_that_they_watch_from_being_taken_out(templates: Templates) -> None:
    # An export that is imported cannot be taken away, and alarms are deployed last.
    prefix = f"onetrip-{templates.stage}-"
    text = (templates.folder / f"{prefix}monitoring.template.json").read_text()
    imported = re.findall(r'"Fn::ImportValue": "([^:"]+)', text)
    assert {*imported} == {f"{prefix}data"}
    manifest_ = json.loads((templates.folder / "manifest.json").read_text())["artifacts"]
    needs = {*manifest_[f"{prefix}monitoring"]["dependencies"]}
    assert {f"{prefix}workers", f"{prefix}api"} <= needs
    alarms = properties(templates, "AWS::CloudWatch::Alarm")
    named = {
        one["Value"]
        for alarm in alarms
        for one in alarm.get("Dimensions", ())
        if one["Name"] == "FunctionName"
    }
    assert named == {p["FunctionName"] for p in properties(templates, "AWS::Lambda::Function")}


def test_production_keeps_what_must_not_be_lost(written: Any) -> None:
    production = Templates("production", written / "production")
    kept = ("DynamoDB::Table", "KMS::Key", "S3::Bucket", "SecretsManager::Secret")
    for kind in kept:
        for name, resource in production.resources(f"AWS::{kind}").items():
            assert resource["DeletionPolicy"] == "Retain", name
            assert resource["UpdateReplacePolicy"] == "Retain", name
    for table in properties(production, "AWS::DynamoDB::Table"):
        assert table["DeletionProtectionEnabled"] is True


def test_uploads_are_private(templates: Templates) -> None:
    (bucket,) = [b for b in properties(templates, "AWS::S3::Bucket") if "fresh/" in str(b)]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (tidied,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (tidied["Prefix"], tidied["ExpirationInDays"]) == ("fresh/", UNUSED_FOR.days)
    for policy in properties(templates, "AWS::S3::BucketPolicy"):
        denied = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [s["Condition"] for s in denied]


def test_anchors_are_kept_where_nobody_can_delete_them(templates: Templates) -> None:
    buckets = templates.resources("AWS::S3::Bucket")
    ((bucket, kept),) = [(b, b["Properties"]) for n, b in buckets.items() if "Anchors" in n]
    assert (bucket["DeletionPolicy"], kept["ObjectLockEnabled"]) == ("Retain", True)
    rule = kept["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    days = stages.load(templates.stage).settings.get("ANCHOR_RETENTION_DAYS", "3650")
    assert rule == {"Mode": "COMPLIANCE", "Days": int(days)}
    assert set(kept["PublicAccessBlockConfiguration"].values()) == {True}
    (key,) = [k for k in properties(templates, "AWS::KMS::Key") if "KeySpec" in k]
    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")


def test_the_secret_is_in_no_template(templates: Templates) -> None:
    (secret,) = properties(templates, "AWS::SecretsManager::Secret")
    assert "SecretString" not in secret
    assert "GenerateSecretString" not in secret


def test_every_function_of_the_list_is_deployed(templates: Templates) -> None:
    made = {p["FunctionName"]: p for p in properties(templates, "AWS::Lambda::Function")}
    prefix = f"onetrip-{templates.stage}-"
    wanted = {f"{prefix}{f.queue_name}": f"functions.entry.{f.name}" for f in manifest.FUNCTIONS}
    wanted |= {f"{prefix}{name}": "app.app" for name in ("api", "staff")}
    assert {name: p["Handler"] for name, p in made.items()} == wanted
    for function in made.values():
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["Timeout"] <= 900
        assert len(function["Layers"]) == 1
    roles = [json.dumps(function["Role"]) for function in made.values()]
    assert len(set(roles)) == len(roles)


def test_sources_tell_failures_one_by_one(templates: Templates, engine: object) -> None:
    sources = properties(templates, "AWS::Lambda::EventSourceMapping")
    streams = [source for source in sources if "FilterCriteria" in source]
    streamed = [table.room for table in Table.registry.values() if table.streams]
    assert len(streams) == sum(
        len(f.stream.rooms or streamed) for f in manifest.with_streams() if f.stream
    )
    parts = sum(bool(function.parts) for function in manifest.FUNCTIONS)
    assert len(sources) - len(streams) == len(manifest.with_queues()) + parts
    for source in sources:
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    for stream in streams:
        (pattern,) = stream["FilterCriteria"]["Filters"]
        assert json.loads(pattern["Pattern"])["eventName"] == ["INSERT"]
        assert stream["StartingPosition"] == "TRIM_HORIZON"
        assert stream["DestinationConfig"]["OnFailure"]


def test_every_queue_ends_in_dead_letters_with_an_alarm(templates: Templates) -> None:
    every = templates.resources("AWS::SQS::Queue")
    # What a message of a part would have done the next minute's does.
    queues = {n: q for n, q in every.items() if not q["Properties"]["QueueName"].endswith("-parts")}
    dead = {n for n, q in queues.items() if q["Properties"]["QueueName"].endswith("-dead")}
    assert len(dead) == len(manifest.FUNCTIONS)
    for name, queue in queues.items():
        if name not in dead:
            target = queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]
            assert target["Fn::GetAtt"][0] in dead
            hidden = queue["Properties"]["VisibilityTimeout"]
            (function,) = (
                one
                for one in manifest.with_queues()
                if queue["Properties"]["QueueName"] == f"onetrip-{templates.stage}-{one.queue_name}"
            )
            assert function.queue
            # "Configuring a queue to use with Lambda", and the time for which it collects.
            assert hidden >= 6 * function.timeout_seconds + function.queue.window_seconds
        assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 86400
    alarms = properties(templates, "AWS::CloudWatch::Alarm")
    watched = {
        text
        for alarm in alarms
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        for text in texts(alarm["Dimensions"])
    }
    assert {queues[name]["Properties"]["QueueName"] for name in dead} <= watched


def test_alarms_reach_the_topic(templates: Templates) -> None:
    alarms = properties(templates, "AWS::CloudWatch::Alarm")
    (topic,) = templates.resources("AWS::SNS::Topic")
    # Those of a release take it back, and tell nobody.
    telling = [alarm for alarm in alarms if not alarm["AlarmName"].endswith(releases.FAILS)]
    assert len(telling) == len(alarms) - 3
    for alarm in telling:
        assert alarm["AlarmActions"] == [{"Ref": topic}]
    metrics = [alarm["MetricName"] for alarm in telling]
    assert metrics.count("Errors") == metrics.count("Throttles") == len(manifest.FUNCTIONS) + 2
    assert {"5XXError", "Latency", "IteratorAge"} <= set(metrics)
    (repaired,) = [one for one in alarms if one["MetricName"] == logs.REPAIRED]
    told = {one["Name"]: one["Value"] for one in repaired["Dimensions"]}
    assert told == {"stage": templates.stage, "function": "reconcile_events"}
    assert (repaired["Namespace"], repaired["Threshold"]) == (logs.NAMESPACE, 0)
    assert len(templates.resources("AWS::CloudWatch::Dashboard")) == 2


def test_every_function_that_sets_something_aside_raises_an_alarm(templates: Templates) -> None:
    alarms = properties(templates, "AWS::CloudWatch::Alarm")
    found = {}
    for alarm in (one for one in alarms if one["MetricName"] == logs.FAILED):
        by = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
        assert (alarm["Namespace"], by["stage"]) == (logs.NAMESPACE, templates.stage)
        assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 0, 300)
        assert alarm["AlarmName"].endswith("SetAside")
        found[by["function"]] = alarm["EvaluationPeriods"]
    # A daily run is one period; what fails now and then in the others comes again by itself.
    assert found == {
        function.name: 1 if any(one.daily_at for one in function.schedules) else 3
        for function in manifest.FUNCTIONS
    }


def test_every_function_that_is_late_raises_an_alarm(templates: Templates) -> None:
    alarms = properties(templates, "AWS::CloudWatch::Alarm")
    found = {}
    for alarm in (one for one in alarms if one["MetricName"] == logs.AGE):
        by = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
        assert (alarm["Namespace"], by["stage"]) == (logs.NAMESPACE, templates.stage)
        assert (alarm["Statistic"], alarm["EvaluationPeriods"]) == ("Maximum", 3)
        found[by["function"]] = alarm["Threshold"]
    assert found == {
        f.name: f.late_after_seconds for f in manifest.FUNCTIONS if f.late_after_seconds
    }
    assert {"send_notifications", "follow_up", "send_reminders", "publish_events"} <= set(found)


def test_a_start_by_the_clock_that_could_not_run_is_dropped(templates: Templates) -> None:
    kept = properties(templates, "AWS::Lambda::EventInvokeConfig")
    assert len(kept) == len(manifest.with_schedules())
    ages = {one["MaximumEventAgeInSeconds"] for one in kept}
    # By the minute, by ten minutes, and daily.
    assert ages == {300, 600, 3600}


def test_timers_run_by_the_offices_clocks(templates: Templates) -> None:
    rules = properties(templates, "AWS::Events::Rule")
    told = {rule["ScheduleExpression"] for rule in rules if "ScheduleExpression" in rule}
    # Five past midnight in China.
    assert "cron(5 16 * * ? *)" in told
    assert "rate(1 minute)" in told
    # Run-books name them. A name has 64 letters, and what is made up of longer ones is cut.
    prefix = f"onetrip-{templates.stage}-"
    named = {rule["Name"] for rule in rules if "ScheduleExpression" in rule}
    assert named == {
        f"{prefix}{function.queue_name}-{'daily' if schedule.daily_at else 'timer'}"
        for function in manifest.with_schedules()
        for schedule in function.schedules
    }
    longest = max(len(name.removeprefix(prefix)) for name in named)
    assert len("onetrip-") + 16 + len("-") + longest <= 64


def test_the_gateway_knows_every_route(templates: Templates, engine: object) -> None:
    from chalicelib.core.routes import Routes

    gateway = api_of(templates)
    known = {
        (method.upper(), path)
        for path, methods in gateway["Body"]["paths"].items()
        for method in methods
    }
    whole = {
        (method, f"{top}/{GREEDY}" if path.startswith(f"{top}/") else path)
        for method, path in Routes.declared
        for top in STAFF_PATHS
        if path.startswith(f"{top}/") or not is_for_staff(path)
    }
    assert {route for route in known if route[0] != "OPTIONS"} == whole
    assert {path for method, path in known if method == "OPTIONS"} == {p for _, p in known}


def test_a_stack_stays_below_what_aws_takes(templates: Templates) -> None:
    # "CloudFormation quotas": a template has 1 MB, 500 resources and 200 outputs.
    for file in templates.folder.glob("*.template.json"):
        text = file.read_text()
        stack = json.loads(text)
        assert len(text.encode()) < 750_000, file.name
        assert len(stack["Resources"]) < 400, file.name
        assert len(stack.get("Outputs", ())) < 150, file.name
    # "IAM and AWS STS quotas": the policies in a role have 10,240 letters together. What stands for
    # an account's number or a region is longer than these.
    for name, made in templates.resources("AWS::IAM::Policy").items():
        assert (
            len(json.dumps(made["Properties"]["PolicyDocument"], separators=(",", ":"))) < 9500
        ), name
    # "Lambda quotas": a function's variables have 4 kB.
    for made in properties(templates, "AWS::Lambda::Function"):
        assert len(json.dumps(made["Environment"]["Variables"])) < 4000, made["FunctionName"]


def test_an_api_has_no_more_resources_than_an_account_is_given(templates: Templates) -> None:
    # "Quotas for configuring and running a REST API": more is granted for an API that is there.
    for gateway in properties(templates, "AWS::ApiGateway::RestApi"):
        paths = [path.strip("/").split("/") for path in gateway["Body"]["paths"]]
        every = {tuple(parts[:end]) for parts in paths for end in range(len(parts) + 1)}
        assert len(every) <= 300 - 50


def test_the_gateway_is_throttled_logged_and_traced(templates: Templates) -> None:
    made = templates.resources("AWS::ApiGateway::Stage").values()
    assert len(made) == 2
    logs_ = templates.resources("AWS::Logs::LogGroup")
    for one in made:
        # Its log, which it names and does not refer to, is there before it.
        own = [logs_[other]["Properties"] for other in one["DependsOn"] if other in logs_]
        access, errors = sorted(own, key=lambda log: "Execution" in str(log["LogGroupName"]))
        assert access["LogGroupName"] in str(one["Properties"]["AccessLogSetting"])
        # "API-Gateway-Execution-Logs_{rest-api-id}/{stage_name}" is API Gateway's own name for it.
        named = errors["LogGroupName"]["Fn::Join"][1]
        api, name = one["Properties"]["RestApiId"], one["Properties"]["StageName"]
        assert named == ["API-Gateway-Execution-Logs_", api, f"/{name}"]
        assert access["RetentionInDays"] == errors["RetentionInDays"]
    for stage in (one["Properties"] for one in made):
        (settings,) = stage["MethodSettings"]
        wanted = stages.load(templates.stage)
        assert settings["ThrottlingRateLimit"] == wanted.requests_per_second
        assert settings["ThrottlingBurstLimit"] == wanted.burst
        assert settings["DataTraceEnabled"] is False
        assert stage["TracingEnabled"] is True
        assert "$context.path" not in stage["AccessLogSetting"]["Format"]


def test_demonstration_log_ins_are_not_in_production(written: Any) -> None:
    for function in properties(
        Templates("production", written / "production"), "AWS::Lambda::Function"
    ):
        variables = function["Environment"]["Variables"]
        assert variables["STAGE"] == "production"
        assert "DEMONSTRATION" not in variables
        assert "CLOCK_FILE" not in variables


@pytest.mark.parametrize(
    "entry",
    [
        {"unknown": 1},
        {"domain_name": "api.example"},
        {"certificate_arn": "arn:aws:acm:eu-central-1:1:certificate/1"},
    ],
)
def test_a_stage_that_cannot_be_is_refused(entry: dict[str, Any], tmp_path: Any) -> None:
    whole = json.loads(stages.STAGES_FILE.read_text())["dev"]
    path = tmp_path / "stages.json"
    path.write_text(json.dumps({"dev": whole, "odd": {**whole, **entry}}))
    assert isinstance(stages.load("dev", path), Stage)
    with pytest.raises(StageError):
        stages.load("odd", path)
    with pytest.raises(StageError):
        stages.load("none", path)
