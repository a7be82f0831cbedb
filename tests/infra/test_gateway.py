"""What an account has once, and when the API is deployed anew."""

import base64
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from chalice.app import Request

from app import app
from infra import gateway
from tests.infra.conftest import Templates


def test_what_an_account_has_once_is_the_same_for_all_stages_and_outlives_each(
    written: Path,
) -> None:
    texts_ = {
        (written / stage / "onetrip-account.template.json").read_text()
        for stage in ("dev", "production")
    }
    (text,) = texts_
    found = json.loads(text)["Resources"].values()
    assert sorted(one["Type"] for one in found) == ["AWS::ApiGateway::Account", "AWS::IAM::Role"]
    assert {one["DeletionPolicy"] for one in found} == {"Retain"}
    for stage in ("dev", "production"):
        manifest_ = json.loads((written / stage / "manifest.json").read_text())["artifacts"]
        for name in ("api", "pages"):
            needs = manifest_[f"onetrip-{stage}-{name}"]["dependencies"]
            assert "onetrip-account" in needs


def test_bytes_are_sent_as_bytes_whatever_is_accepted(templates: Templates) -> None:
    # The first type of a request's Accept has to be among these, and most clients say that.
    for made in templates.resources("AWS::ApiGateway::RestApi").values():
        assert made["Properties"]["BinaryMediaTypes"] == ["*/*"]
        body = made["Properties"]["Body"]
        assert body.get("x-amazon-apigateway-binary-media-types", ["*/*"]) == ["*/*"]


def test_a_body_comes_in_base64_then_and_is_read_as_it_was_sent() -> None:
    sent = '{"name": "王"}'.encode()
    event = {
        "body": base64.b64encode(sent).decode(),
        "isBase64Encoded": True,
        "headers": {"content-type": "application/json"},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"httpMethod": "POST", "resourcePath": "/v1/login"},
    }
    assert Request(event).raw_body == sent


def test_a_deployment_of_the_api_changes_with_its_routes_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = gateway.digest(app, (), browsers=False, closed=False)
    tokens = SimpleNamespace(PARTITION="${Token[AWS.Partition.7]}", REGION="${Token[AWS.Region.9]}")
    monkeypatch.setattr(gateway, "Aws", tokens)
    assert gateway.digest(app, (), browsers=False, closed=False) == before
    assert gateway.digest(app, (), browsers=True, closed=False) != before
    assert gateway.digest(app, ("10.0.0.0/8",), browsers=False, closed=False) != before
    # Else the address that API Gateway gives would answer on beside the domain.
    assert gateway.digest(app, (), browsers=False, closed=True) != before
