"""Singletons made from settings and secrets: clock, key rings, tokens, cursors, vault; lazy."""

import base64
import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import cache, lru_cache
from typing import Final

from chalicelib.core import aws
from chalicelib.core.cache import TimedCache
from chalicelib.core.clock import Clock
from chalicelib.core.crypto import KmsMasterKey, LocalMasterKey, MasterKey, Vault
from chalicelib.core.keys import KeyRing, SigningKey
from chalicelib.core.pagination import Cursors
from chalicelib.core.settings import SETTINGS, Settings, SettingsError, is_on_this_machine
from chalicelib.core.tokens import Tokens

_SECRETS: Final = "secrets"
_REREAD_SECONDS: Final = 300
_fresh: Final = TimedCache[str, Mapping[str, object]](_REREAD_SECONDS)
_last: Final = dict[str, Mapping[str, object]]()
_LOG: Final = logging.getLogger("onetrip.secrets")


@cache
def clock() -> Clock:
    """Return the product's clock."""
    return Clock(SETTINGS.clock_file)


def secrets() -> Mapping[str, object]:
    """Return the secrets as they were read within minutes, so that turned keys become known.

    While they cannot be read again, those that are known stay good.
    """
    known = _fresh.get(_SECRETS)
    if known is not None:
        return known
    before = _last.get(_SECRETS)
    if before is None:
        return _remember(_load())
    # Others go on with these meanwhile.
    _fresh.put(_SECRETS, before)
    try:
        found = _load()
    except Exception as error:  # noqa: BLE001 - whatever is wrong there, the known keys are good.
        _LOG.error("secrets_unread", extra={"reason": type(error).__name__})
        return before
    # Rings are made of the same keys once.
    return before if found == before else _remember(found)


def forget_secrets() -> None:
    """Forget what was read, as a process that starts."""
    _fresh.clear()
    _last.clear()


def _remember(found: Mapping[str, object]) -> Mapping[str, object]:
    _last[_SECRETS] = found
    _fresh.put(_SECRETS, found)
    return found


def _load() -> Mapping[str, object]:
    """Load the secrets: a JSON object in a file, or in AWS Secrets Manager."""
    if SETTINGS.secrets_file:
        text = SETTINGS.secrets_file.read_text()
    elif SETTINGS.secrets_arn:
        manager = aws.client("secretsmanager")
        text = manager.get_secret_value(SecretId=SETTINGS.secrets_arn)["SecretString"]
    else:
        message = "set SECRETS_FILE or SECRETS_ARN"
        raise SettingsError(message)
    try:
        loaded = json.loads(text)
    except ValueError:
        loaded = None
    if not isinstance(loaded, dict):
        message = "the secrets are not a JSON object; in AWS `infra.ops secrets STAGE` fills them"
        raise SettingsError(message)
    check_secrets(SETTINGS, loaded)
    return loaded


def check_secrets(settings: Settings, given: Mapping[str, object]) -> None:
    """Refuse a demonstration to which a real provider would listen.

    It believes everybody, so it may hold a provider's secrets only where the provider's address is
    a stand-in's, on this machine; raises SettingsError.
    """
    if not settings.demonstration:
        return
    addresses = {
        "alipay_": settings.alipay_gateway,
        "assistant_model_key": settings.assistant_model_url,
        "business_register_key": settings.business_register_url,
        "identity_key": settings.identity_url,
        "registers_key": settings.registers_url,
        "sms_": settings.sms_host,
        "stripe_": settings.stripe_host,
        "wechat_pay_": settings.wechat_pay_host,
        "wechat_secret": settings.wechat_host,
    }
    for name in sorted(given):
        begins = next((prefix for prefix in addresses if name.startswith(prefix)), None)
        if begins and given[name] and not is_on_this_machine(addresses[begins]):
            message = f"a demonstration refuses the real provider's secret {name!r}"
            raise SettingsError(message)


def secret(name: str) -> str:
    """Return one secret text; an empty or missing one is refused."""
    value = secrets().get(name)
    if not isinstance(value, str) or not value:
        message = f"the secret {name!r} is missing"
        raise SettingsError(message)
    return value


def token_keys() -> KeyRing:
    """Return the keys of access tokens."""
    return _ring("token", "token_keys")


def pass_keys() -> KeyRing:
    """Return the keys of appointment passes."""
    return _ring("pass", "pass_keys")


def certificate_keys() -> KeyRing:
    """Return the keys of presentations of certificates and of their status lists."""
    return _ring("certificate", "certificate_keys")


def tokens() -> Tokens:
    """Return the issuer and verifier of access tokens."""
    return _tokens(token_keys())


@lru_cache(1)
def _tokens(ring: KeyRing) -> Tokens:
    return Tokens(ring, timedelta(seconds=SETTINGS.access_token_seconds))


@cache
def cursors() -> Cursors:
    """Return the signer of pagination cursors."""
    return Cursors(base64.b64decode(secret("cursor_key")))


@cache
def vault() -> Vault:
    """Return the vault of the keys of personal data."""
    master: MasterKey
    if SETTINGS.kms_key_id:
        master = KmsMasterKey(SETTINGS.kms_key_id)
    else:
        master = LocalMasterKey(base64.b64decode(secret("master_key")))
    return Vault(master, base64.b64decode(secret("person_key")))


def _ring(purpose: str, name: str) -> KeyRing:
    keys = secrets().get(name)
    if not isinstance(keys, list):
        message = f"the secret {name!r} is missing"
        raise SettingsError(message)
    return _made(purpose, tuple((key["kid"], key["private_pem"]) for key in keys))


@lru_cache(8)
def _made(purpose: str, keys: tuple[tuple[str, str], ...]) -> KeyRing:
    return KeyRing(purpose, [SigningKey(kid, private_pem) for kid, private_pem in keys])
