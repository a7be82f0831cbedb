"""What synthesis refuses: a stage for real people that lacks what they rely on.

Every stage is real unless its settings declare it a demonstration (`DEMONSTRATION`).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.settings import HTTP, Settings, SettingsError, is_safe, read
from chalicelib.core.tables import Table
from chalicelib.identity.providers.http_authority import read_mapping
from infra import package
from infra.stages import Stage, StageError

_CHINA: Final = "cn-"


def check(stage: Stage) -> None:
    """Raise StageError with all that keeps a stage from being deployed."""
    settings = _settings(stage)
    # A misspelt one would be left out, and a rush would meet a cold table.
    unknown = sorted({*stage.warm_throughput, *stage.restored_streams} - {*Table.registry})
    if unknown:
        message = f"the stage {stage.name!r} cannot be: no table is called {', '.join(unknown)}"
        raise StageError(message)
    lacking = [] if settings.demonstration else list(_lacking(stage, settings))
    if lacking:
        message = f"the stage {stage.name!r} is for real people, and so {'; '.join(lacking)}"
        raise StageError(message)


def _wrong_mapping(stage: Stage, settings: Settings) -> Iterator[str]:
    """Read what the code will find under `stage/` in the package."""
    if HTTP not in settings.identity_authorities or settings.identity_mapping is None:
        return
    path = package.STAGE_FILES / stage.name / settings.identity_mapping.name
    try:
        read_mapping(path.read_text())
    except OSError:
        yield f"IDENTITY_MAPPING must be a file of {path.parent}"
    except SettingsError as refused:
        yield str(refused)


def check_secrets(stage: Stage, secrets: Mapping[str, object]) -> None:
    """Raise StageError when a demonstration is given a real provider's secrets."""
    try:
        dependencies.check_secrets(_settings(stage), secrets)
    except SettingsError as refused:
        message = f"the stage {stage.name!r}: {refused}"
        raise StageError(message) from refused


def _settings(stage: Stage) -> Settings:
    try:
        return read({"STAGE": stage.name, "AWS_REGION": stage.region, **stage.settings})
    except SettingsError as refused:
        message = f"the stage {stage.name!r} cannot be: {refused}"
        raise StageError(message) from refused


def _lacking(stage: Stage, settings: Settings) -> Iterator[str]:
    if not settings.identity_authorities:
        yield "IDENTITY_AUTHORITIES must say who confirms identities"
    yield from _wrong_mapping(stage, settings)
    if not stage.retain:
        yield "retain must be true: without it all data goes with its stack"
    if not stage.alarm_email:
        yield "alarm_email must say who hears of alarms"
    if not is_safe(stage.public_url):
        yield "public_url must begin with https://"
    if stage.region.startswith(_CHINA) and "stripe" in settings.payment_methods.values():
        yield "PAYMENT_METHODS must do without Stripe, which does not serve mainland China"
    # That of another partition takes no credentials of this one.
    if stage.region.startswith(_CHINA) and settings.mail_sender and not settings.mail_host:
        yield "MAIL_SENDER must be left out, as the regions of China have no SES"
