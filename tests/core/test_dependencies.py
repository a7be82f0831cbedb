import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.core import dependencies
from chalicelib.core.settings import SETTINGS, Settings, SettingsError


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    dependencies.secrets.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    dependencies.secrets.cache_clear()


def stage(**changes: object) -> Settings:
    return dataclasses.replace(SETTINGS, **changes)  # type: ignore[arg-type]


def test_what_is_made_is_made_once() -> None:
    for make in (
        dependencies.clock,
        dependencies.tokens,
        dependencies.cursors,
        dependencies.vault,
        dependencies.pass_keys,
        dependencies.certificate_keys,
    ):
        assert make() is make()
    assert dependencies.token_keys().purpose == "token"
    assert dependencies.pass_keys().purpose == "pass"
    assert dependencies.certificate_keys().purpose == "certificate"


def test_secrets_are_in_a_file_or_nowhere(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    settings.setattr(dependencies, "SETTINGS", stage(secrets_file=file))
    file.write_text("[]")
    with pytest.raises(SettingsError, match="not a JSON object"):
        dependencies.secrets()
    file.write_text(json.dumps({"empty": "", "number": 1, "good": "x"}))
    assert dependencies.secret("good") == "x"
    for name in ("empty", "number", "absent"):
        with pytest.raises(SettingsError, match=name):
            dependencies.secret(name)
    with pytest.raises(SettingsError, match="token_keys"):
        dependencies._ring("token", "token_keys")


def test_a_stage_without_secrets_does_not_start(settings: pytest.MonkeyPatch) -> None:
    settings.setattr(dependencies, "SETTINGS", stage(secrets_file=None, secrets_arn=None))
    with pytest.raises(SettingsError, match="SECRETS_FILE or SECRETS_ARN"):
        dependencies.secrets()
