"""Which platform, authority and register is asked: as the settings say, and nobody else."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import dependencies
from chalicelib.core.errors import NotFound
from chalicelib.core.settings import SETTINGS, SettingsError
from chalicelib.identity import providers
from chalicelib.identity.domain import InvalidLoginCode

MADE: tuple[Any, ...] = (
    providers.login_provider,
    providers.staff_directory,
    providers.identity_authority,
    providers.platform_authority,
    providers.guardian_register,
)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Set a stage's settings; what was made by others is made anew."""

    def change(**settings: object) -> None:
        for make in MADE:
            make.cache_clear()
        changed: Any = replace(SETTINGS, **settings)  # type: ignore[arg-type]
        monkeypatch.setattr(providers, "SETTINGS", changed)

    yield change
    for make in MADE:
        make.cache_clear()


@pytest.mark.parametrize(
    ("platform", "adapter"), [("wechat", "Wechat"), ("alipay", "Alipay"), ("demo", "Demo")]
)
def test_each_platform_has_its_adapter(
    stage: Callable[..., None], platform: str, adapter: str
) -> None:
    stage(demonstration=True)
    made = providers.login_provider(platform)
    assert type(made).__name__ == adapter
    assert providers.login_provider(platform) is made


@pytest.mark.parametrize("platform", ["demo", "", "qq"])
def test_nobody_logs_in_by_a_demonstration_where_there_is_none(
    stage: Callable[..., None], platform: str
) -> None:
    stage(demonstration=False)
    with pytest.raises(InvalidLoginCode):
        providers.login_provider(platform)


def test_a_city_without_a_directory_of_staff_has_no_log_in_by_it(
    stage: Callable[..., None],
) -> None:
    stage(oidc_issuer="")
    with pytest.raises(NotFound):
        providers.staff_directory()
    stage(oidc_issuer="https://staff.example")
    assert type(providers.staff_directory()).__name__ == "Oidc"


@pytest.mark.parametrize(
    ("authorities", "adapter"),
    [
        ((), "NoneType"),
        (("wechat", "alipay"), "NoneType"),
        (("embedded",), "EmbeddedIdentity"),
    ],
)
def test_names_and_numbers_are_confirmed_by_whom_the_settings_name(
    stage: Callable[..., None], authorities: tuple[str, ...], adapter: str
) -> None:
    stage(identity_authorities=authorities)
    assert type(providers.identity_authority()).__name__ == adapter


MAPPING = {
    "key_id": "city",
    "request": {"name": "/name", "id_number": "/number"},
    "document_types": {"resident_id": "01"},
    "answer": {"result": "/result", "confirmed": ["01"], "denied": ["02"]},
}


def test_the_authoritys_fields_are_those_of_the_citys_file(
    stage: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dependencies, "secret", lambda _name: "key")
    file = tmp_path / "mapping.json"
    for text in ("no JSON", "{}"):
        file.write_text(text)
        stage(identity_authorities=("embedded", "http"), identity_mapping=file)
        with pytest.raises(SettingsError, match="IDENTITY_MAPPING"):
            providers.identity_authority()
    stage(identity_authorities=("http",), identity_mapping=None)
    with pytest.raises(SettingsError, match="IDENTITY_MAPPING"):
        providers.identity_authority()
    file.write_text(json.dumps(MAPPING))
    stage(identity_authorities=("embedded", "http"), identity_mapping=file)
    assert type(providers.identity_authority()).__name__ == "HttpAuthority"


@pytest.mark.parametrize(
    ("platform", "believed", "adapter"),
    [
        ("wechat", ("wechat",), "WechatRealName"),
        ("alipay", ("alipay",), "AlipayRealName"),
        ("wechat", ("alipay",), "NoneType"),
        ("alipay", (), "NoneType"),
        # Other words of the same setting name no platform.
        ("http", ("http",), "NoneType"),
        (None, ("wechat",), "NoneType"),
    ],
)
def test_a_platforms_word_counts_where_the_settings_believe_it(
    stage: Callable[..., None], platform: str | None, believed: tuple[str, ...], adapter: str
) -> None:
    stage(identity_authorities=believed)
    assert type(providers.platform_authority(platform)).__name__ == adapter


@pytest.mark.parametrize("demonstration", [True, False])
def test_guardians_are_confirmed_by_a_register_or_by_nobody(
    stage: Callable[..., None], *, demonstration: bool
) -> None:
    stage(demonstration=demonstration)
    register = providers.guardian_register()
    assert (register is not None) is demonstration
