"""A stage is real unless it declares itself a demonstration, whatever its name is."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.dependencies import check_secrets
from chalicelib.core.settings import SettingsError, read
from infra import ops, package, stage_checks, stages
from infra.app import build
from infra.lambdas import Parts
from infra.local.stand_ins import IDENTITY_MAPPING
from infra.stages import Stage, StageError

DEMONSTRATION = {"DEMONSTRATION": "1"}
SECRETS = {
    "identity_key": "k",
    "wechat_secret": "0f3a",
    "alipay_private_key": "-----BEGIN",
    "alipay_public_key": "-----BEGIN",
    "stripe_key": "sk_live_1",
    "stripe_webhook_secret": "whsec_1",
    "wechat_pay_v3_key": "k",
    "wechat_pay_private_key": "-----BEGIN",
}
NAMES = st.sampled_from(["local", "test", "dev", "demo", "prod", "production", "ningbo"])
ADDRESSES = (
    *("ALIPAY_GATEWAY", "IDENTITY_URL", "OIDC_ISSUER"),
    *("STRIPE_HOST", "WECHAT_HOST", "WECHAT_PAY_HOST"),
)


@given(
    NAMES | st.text("abcdefghijklmnopqrstuvwxyz", min_size=1),
    st.sampled_from(
        [
            {"DEMO_LOGIN": "1"},
            {"CLOCK_FILE": "/tmp/clock"},
            {"COURIER_TRUSTED_ORIGINS": "http://127.0.0.1:1"},
            {"DEMONSTRATION_DATA": "month"},
            {"IDENTITY_AUTHORITIES": "embedded"},
            {"IDENTITY_AUTHORITIES": "wechat embedded"},
        ]
    ),
)
def test_a_stage_of_any_name_is_real_unless_it_says_otherwise(
    name: str, given: dict[str, str]
) -> None:
    assert not read({"STAGE": name}).demonstration
    with pytest.raises(SettingsError):
        read({"STAGE": name, **given})
    with pytest.raises(SettingsError):
        read({"STAGE": name, **given, "DEMONSTRATION": "0"})
    if "DEMO_LOGIN" not in given:
        assert read({"STAGE": name, **given, **DEMONSTRATION}).demonstration


@pytest.mark.parametrize("value", ["true", "yes", "on", "2", " 1"])
def test_a_declaration_is_not_guessed(value: str) -> None:
    with pytest.raises(SettingsError, match="DEMONSTRATION"):
        read({"DEMONSTRATION": value})


@pytest.mark.parametrize("value", ["police", "wechat,alipay", "HTTP"])
def test_an_authority_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="IDENTITY_AUTHORITIES"):
        read({"IDENTITY_AUTHORITIES": value})


@pytest.mark.parametrize("told", [{}, {"IDENTITY_URL": "https://x"}, {"IDENTITY_MAPPING": "x"}])
def test_an_authority_by_http_needs_an_address_and_a_mapping(told: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="IDENTITY_URL"):
        read({"IDENTITY_AUTHORITIES": "http", **told})


@pytest.mark.parametrize("mapping", ["{}", None])
def test_synthesis_reads_the_mapping_that_will_be_packaged(
    mapping: str | None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "STAGE_FILES", tmp_path)
    stage = changed(settings={**REAL, **BY_HTTP})
    path = tmp_path / stage.name / "identity.json"
    path.parent.mkdir()
    if mapping:
        path.write_text(mapping)
    with pytest.raises(StageError, match="IDENTITY_MAPPING"):
        stage_checks.check(stage)
    path.write_text(IDENTITY_MAPPING.read_text())
    stage_checks.check(stage)


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("url", ["http://id.example", "http://127.0.0.1.example", "ftp://x", "id"])
def test_a_real_stage_talks_to_nobody_in_clear(name: str, url: str) -> None:
    given = {"OIDC_AUDIENCE": "desk", name: url}
    with pytest.raises(SettingsError, match=name):
        read(given)
    read({**given, name: "https://id.example"})


@pytest.mark.parametrize("name", SECRETS)
def test_a_demonstration_refuses_real_providers_secrets(name: str) -> None:
    given = {name: SECRETS[name], "token_keys": []}
    with pytest.raises(SettingsError, match=name):
        check_secrets(read(DEMONSTRATION), given)
    check_secrets(read({}), given)
    # Where the provider's address is a stand-in's, no real provider is asked.
    on_machine = dict.fromkeys(ADDRESSES, "http://127.0.0.1:8000/x")
    check_secrets(read({**DEMONSTRATION, **on_machine, "OIDC_AUDIENCE": "desk"}), given)
    with pytest.raises(StageError, match=name):
        stage_checks.check_secrets(stages.load("dev"), given)


def changed(**entry: Any) -> Stage:
    return replace(stages.load("production"), **entry)


BY_HTTP = {
    "IDENTITY_AUTHORITIES": "http",
    "IDENTITY_URL": "https://id.example/confirm",
    "IDENTITY_MAPPING": "stage/identity.json",
}
REAL = {"IDENTITY_AUTHORITIES": "wechat", "PAYMENT_METHODS": "alipay/alipay_mini=alipay"}


@pytest.mark.parametrize(
    ("stage", "word"),
    [
        (changed(settings={**REAL, "IDENTITY_AUTHORITIES": ""}), "IDENTITY_AUTHORITIES"),
        (changed(settings={**REAL, "IDENTITY_AUTHORITIES": "embedded"}), "embedded"),
        (changed(settings={**REAL, "DEMO_LOGIN": "1"}), "DEMO_LOGIN"),
        (changed(alarm_email=None), "alarm_email"),
        (changed(retain=False), "retain must be true"),
        (changed(logs_kept="TEN_WEEKS"), "logs_kept is one of ONE_DAY, "),
        (changed(public_url="http://api.onetrip.example"), "public_url"),
        (changed(settings={"IDENTITY_AUTHORITIES": "wechat"}), "Stripe"),
        (
            changed(region="cn-northwest-1", settings={**REAL, "PAYMENT_METHODS": "card/*=stripe"}),
            "Stripe",
        ),
        (changed(name="ningbo", alarm_email=None), "alarm_email"),
        (
            changed(region="cn-north-1", settings={**REAL, "MAIL_SENDER": "no@city.example"}),
            "MAIL_SENDER must be left out",
        ),
        (changed(warm_throughput={"appointment": [8000, 24000]}), "no table is called appointment"),
        (changed(restored_streams={"case": "arn:…"}), "no table is called case"),
    ],
)
def test_synthesis_refuses_a_real_stage_that_lacks_something(
    stage: Stage, word: str, tmp_path: Any
) -> None:
    with pytest.raises(StageError, match=word):
        build(stage, Parts("code", "layer"), tmp_path)


def test_synthesis_takes_the_stages_that_are_there_and_stripe_elsewhere() -> None:
    for name in stages.names():
        stage_checks.check(stages.load(name))
    elsewhere = {"IDENTITY_AUTHORITIES": "wechat", "MAIL_SENDER": "notices@city.example"}
    stage_checks.check(changed(region="eu-central-1", settings=elsewhere))
    stage_checks.check(changed(alarm_email=None, settings=DEMONSTRATION))


@pytest.mark.parametrize("name", json.loads(stages.STAGES_FILE.read_text()))
def test_what_an_operator_makes_anew_is_ours_alone_and_fits_every_stage(name: str) -> None:
    """Nobody invents a provider's secret, and a demonstration can be filled as it comes."""
    made = ops.made({})
    assert set(made) == {"certificate_keys", "cursor_key", "pass_keys", "person_key", "token_keys"}
    assert "cursor_key" not in ops.made({"cursor_key": "kept"})
    stage_checks.check_secrets(stages.load(name), made)
