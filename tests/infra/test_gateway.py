"""What an account has once, and when the API is deployed anew."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import app
from infra import gateway


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


def test_a_deployment_of_the_api_changes_with_its_routes_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = gateway.digest(app, (), browsers=False)
    tokens = SimpleNamespace(PARTITION="${Token[AWS.Partition.7]}", REGION="${Token[AWS.Region.9]}")
    monkeypatch.setattr(gateway, "Aws", tokens)
    assert gateway.digest(app, (), browsers=False) == before
    assert gateway.digest(app, (), browsers=True) != before
    assert gateway.digest(app, ("10.0.0.0/8",), browsers=False) != before
