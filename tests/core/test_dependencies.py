import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.core import aws, dependencies
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS, Settings, SettingsError
from infra.local.engine import Engine
from infra.local.secrets import signing_key


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    dependencies.forget_secrets()
    yield monkeypatch
    monkeypatch.undo()
    dependencies.forget_secrets()


def stage(**changes: object) -> Settings:
    return dataclasses.replace(SETTINGS, **changes)  # type: ignore[arg-type]


def test_what_is_made_is_made_once() -> None:
    for make in (
        dependencies.clock,
        dependencies.tokens,
        dependencies.cursors,
        dependencies.vault,
        dependencies.pass_keys,
    ):
        assert make() is make()
    assert dependencies.token_keys().purpose == "token"
    assert dependencies.pass_keys().purpose == "pass"


def test_secrets_are_in_a_file_or_nowhere(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    settings.setattr(dependencies, "SETTINGS", stage(secrets_file=file))
    # Before an operator fills it a secret is empty.
    for none in ("[]", ""):
        file.write_text(none)
        with pytest.raises(SettingsError, match="not a JSON object"):
            dependencies.secrets()
    file.write_text(json.dumps({"empty": "", "number": 1, "good": "x"}))
    assert dependencies.secret("good") == "x"
    for name in ("empty", "number", "absent"):
        with pytest.raises(SettingsError, match=name):
            dependencies.secret(name)
    with pytest.raises(SettingsError, match="token_keys"):
        dependencies._ring("token", "token_keys")


def test_secrets_are_read_anew_within_minutes_and_stay_good_while_they_cannot_be(
    settings: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "secrets.json"
    settings.setattr(dependencies, "SETTINGS", stage(secrets_file=file))
    first, second = signing_key(), signing_key()

    def keys(*ring: dict[str, str]) -> None:
        file.write_text(json.dumps({"token_keys": ring}))

    keys(first)
    ring, tokens = dependencies.token_keys(), dependencies.tokens()
    keys(first, second)
    assert dependencies.token_keys() is ring
    dependencies._fresh.clear()
    assert dependencies.token_keys().get(second["kid"])
    assert dependencies.token_keys().signing.kid == first["kid"]
    assert dependencies.tokens() is not tokens
    ring = dependencies.token_keys()
    for broken in ("{", "[]"):
        file.write_text(broken)
        dependencies._fresh.clear()
        assert dependencies.token_keys() is ring
        assert dependencies.token_keys() is ring
    file.unlink()
    dependencies._fresh.clear()
    assert dependencies.token_keys() is ring
    assert [one.getMessage() for one in caplog.records].count("secrets_unread") == 3
    keys(second, first)
    dependencies._fresh.clear()
    assert dependencies.token_keys().signing.kid == second["kid"]


def test_a_stage_without_secrets_does_not_start(settings: pytest.MonkeyPatch) -> None:
    settings.setattr(dependencies, "SETTINGS", stage(secrets_file=None, secrets_arn=None))
    with pytest.raises(SettingsError, match="SECRETS_FILE or SECRETS_ARN"):
        dependencies.secrets()


def test_secrets_are_read_from_their_manager(
    engine: Engine, settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = f"onetrip-{new_id()}"
    aws.client("secretsmanager").create_secret(Name=name, SecretString='{"good": "x"}')
    settings.setattr(dependencies, "SETTINGS", stage(secrets_file=None, secrets_arn=name))
    assert dependencies.secret("good") == "x"


@pytest.mark.parametrize(
    ("key_id", "kind"), [("", "LocalMasterKey"), ("alias/onetrip", "KmsMasterKey")]
)
def test_keys_are_wrapped_in_aws_where_the_settings_name_a_key(
    settings: pytest.MonkeyPatch, key_id: str, kind: str
) -> None:
    settings.setattr(dependencies, "SETTINGS", stage(kms_key_id=key_id))
    made = dependencies.vault.__wrapped__()
    assert type(made._master).__name__ == kind
