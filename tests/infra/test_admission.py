"""Who is let in when there are too many: concurrency, refusals, staff before the crowd."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra import gateway, stages
from infra.stages import Stage, StageError
from tests.infra.conftest import Templates


def properties(templates: Templates, kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in templates.resources(kind).values()]


def api_of(templates: Templates) -> dict[str, Any]:
    every = properties(templates, "AWS::ApiGateway::RestApi")
    return next(one for one in every if one["Name"].endswith("-api"))


def functions(templates: Templates) -> dict[str, dict[str, Any]]:
    prefix = f"onetrip-{templates.stage}-"
    made = properties(templates, "AWS::Lambda::Function")
    return {one["FunctionName"].removeprefix(prefix): one for one in made}


def test_the_gateway_calls_aliases_and_staffs_paths_a_function_of_their_own(
    templates: Templates,
) -> None:
    aliases = templates.resources("AWS::Lambda::Alias")
    assert {alias["Properties"]["Name"] for alias in aliases.values()} == {stages.LIVE}
    api = api_of(templates)
    for path, methods in api["Body"]["paths"].items():
        for method, described in methods.items():
            if method == "options":
                continue
            uri = json.dumps(described["x-amazon-apigateway-integration"]["uri"])
            called = [name for name in aliases if f'"{name}"' in uri]
            assert len(called) == 1, path
            assert called[0].startswith("Staff") == gateway.is_for_staff(path), path
    # Each alias may be called by this gateway, and the version beneath it by nobody.
    allowed = [
        json.dumps(one["FunctionName"])
        for one in properties(templates, "AWS::Lambda::Permission")
        if one["Principal"] == "apigateway.amazonaws.com"
    ]
    assert sorted(json.dumps({"Ref": name}) for name in aliases) == sorted(allowed)
    assert len(aliases) == 2


@pytest.mark.parametrize(
    ("path", "staff"),
    [
        ("/v1/admin/cases", True),
        ("/v1/admin", True),
        ("/v1/staff/login", True),
        ("/v1/staffing", False),
        ("/v1/administration", False),
        ("/v1/offices/x/admin", False),
    ],
)
def test_staffs_paths_are_told_by_their_first_parts(path: str, *, staff: bool) -> None:
    assert gateway.is_for_staff(path) is staff


def test_a_stage_reserves_runs_and_holds_some_ready(templates: Templates) -> None:
    stage = stages.load(templates.stage)
    made = functions(templates)
    for name, function in made.items():
        assert function.get("ReservedConcurrentExecutions") == stage.reserved.get(name)
    held = {
        logical[:3]: alias["Properties"].get("ProvisionedConcurrencyConfig")
        for logical, alias in templates.resources("AWS::Lambda::Alias").items()
    }
    ready = {
        name[:3].capitalize(): {"ProvisionedConcurrentExecutions": count}
        for name, count in stage.ready.items()
    }
    assert {name: config for name, config in held.items() if config} == ready


def test_no_queue_takes_all_runs_of_the_account(templates: Templates) -> None:
    stage = stages.load(templates.stage)
    sources = properties(templates, "AWS::Lambda::EventSourceMapping")
    queues = [one for one in sources if "FilterCriteria" not in one]
    assert queues
    for queue in queues:
        assert queue["ScalingConfig"] == {"MaximumConcurrency": stage.queue_concurrency}


def test_tables_are_as_warm_as_the_stage_says(templates: Templates) -> None:
    prefix = f"onetrip-{templates.stage}-"
    found = {
        table["TableName"].removeprefix(prefix): table["WarmThroughput"]
        for table in properties(templates, "AWS::DynamoDB::Table")
        if "WarmThroughput" in table
    }
    assert found == {
        room: {"WriteUnitsPerSecond": writes, "ReadUnitsPerSecond": reads}
        for room, (writes, reads) in stages.load(templates.stage).warm_throughput.items()
    }


@pytest.mark.parametrize(
    "kind", ["DEFAULT_5XX", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "THROTTLED"]
)
def test_what_is_too_much_now_may_be_asked_again(templates: Templates, kind: str) -> None:
    api = api_of(templates)
    answer = api["Body"]["x-amazon-apigateway-gateway-responses"][kind]
    assert answer["statusCode"] == "503"
    after = answer["responseParameters"]["gatewayresponse.header.Retry-After"]
    assert 1 <= int(after.strip("'")) <= 5
    body = json.loads(answer["responseTemplates"]["application/json"])
    assert (body["status"], body["code"]) == (503, "try_again")


def test_staff_may_be_kept_to_networks() -> None:
    assert gateway.staff_only_from(()) is None
    policy = gateway.staff_only_from(["10.0.0.0/8", "203.0.113.0/24"])
    assert policy
    allowed, denied = policy["Statement"]
    assert (allowed["Effect"], allowed["Resource"]) == ("Allow", ["execute-api:/*"])
    assert denied["Condition"] == {
        "NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}
    }
    assert set(denied["Resource"]) == {
        f"execute-api:/*/*/v1/{of}{end}" for of in ("admin", "staff") for end in ("", "/*")
    }


@pytest.mark.parametrize(
    "entry",
    [
        {"reserved": {"workers": 5}},
        {"reserved": {"api": 0}},
        {"reserved": {"api": 800, "staff": 101}},
        {"ready": {"api": -1}},
        {"reserved": {"api": 5}, "ready": {"api": 6}},
        {"queue_concurrency": 1},
        {"canary": "Canary10Percent5Minutes"},
        {"canary": "LambdaCanary10Percent20Minutes"},
        # A function's variables have 4 kB in all.
        {"settings": {"ALLOWED": "浙" * 1100}},
    ],
)
def test_what_lambda_refuses_is_refused_before(entry: dict[str, Any], tmp_path: Path) -> None:
    whole = json.loads(stages.STAGES_FILE.read_text())["production"]
    path = tmp_path / "stages.json"
    path.write_text(json.dumps({"fine": whole, "odd": {**whole, **entry}}))
    fine = stages.load("fine", path)
    assert isinstance(replace(fine, name="other"), Stage)
    with pytest.raises(StageError):
        stages.load("odd", path)
