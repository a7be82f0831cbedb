"""The settings, read once: the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_METHODS: Final = (
    "wechat_pay/wechat_mini=wechat_pay alipay/alipay_mini=alipay card/*=stripe "
    "wechat_pay/web=stripe wechat_pay/kiosk=stripe alipay/web=stripe alipay/kiosk=stripe"
)

EMBEDDED: Final = "embedded"
HTTP: Final = "http"
_AUTHORITIES: Final = frozenset({EMBEDDED, HTTP, "alipay", "wechat"})
_THIS_MACHINE: Final = ("127.0.0.1", "localhost", "::1")
# DEMO_LOGIN was how a stage let everybody in before demonstrations declared themselves.
_DEMONSTRATIONS_ONLY: Final = ("DEMO_LOGIN", "CLOCK_FILE", "COURIER_TRUSTED_ORIGINS")
_ADDRESSES: Final = (
    *("ALIPAY_GATEWAY", "IDENTITY_URL", "OIDC_ISSUER"),
    *("STRIPE_HOST", "WECHAT_HOST", "WECHAT_PAY_HOST"),
)


class SettingsError(Exception):
    """The settings contradict each other; the process must not start."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from stage to stage; secrets themselves are loaded by `core.dependencies`."""

    stage: str
    table_prefix: str
    event_bus: str
    region: str
    public_url: str
    allowed_origins: frozenset[str]
    secrets_file: Path | None
    secrets_arn: str | None
    kms_key_id: str | None
    upload_bucket: str
    clock_file: Path | None
    demonstration: bool
    identity_authorities: tuple[str, ...]
    identity_url: str
    identity_mapping: Path | None
    message_templates: Path | None
    wechat_host: str
    wechat_app_id: str
    alipay_gateway: str
    alipay_app_id: str
    oidc_issuer: str
    oidc_audience: str
    oidc_username_claim: str
    courier_trusted_origins: frozenset[str]
    payment_methods: Mapping[tuple[str, str], str]
    shared_accounts: frozenset[str]
    stripe_host: str
    stripe_account: str
    wechat_pay_host: str
    wechat_pay_merchant: str
    wechat_pay_serial: str
    wechat_pay_public_key_id: str
    wechat_pay_public_key_id_old: str
    refund_approval_cents: int
    access_token_seconds: int
    refresh_token_seconds: int
    login_attempts_per_minute: int
    login_failures_per_five_minutes: int
    question_days: int
    complaint_days: int
    enquiry_days: int
    enquiries_an_hour: int
    anonymous_enquiries_an_hour: int

    def queue(self, name: str) -> str:
        """Return the name of a queue in this stage."""
        return f"{self.table_prefix}{name}"


def read(environment: Mapping[str, str]) -> Settings:
    """Make the settings of an environment, or raise SettingsError."""
    settings = _settings(environment)
    if settings.oidc_issuer and not settings.oidc_audience:
        message = "OIDC_ISSUER needs OIDC_AUDIENCE: a token for others must not open our door"
        raise SettingsError(message)
    is_told = settings.identity_url and settings.identity_mapping
    if HTTP in settings.identity_authorities and not is_told:
        message = "the identity authority http needs IDENTITY_URL and IDENTITY_MAPPING"
        raise SettingsError(message)
    _check_stage(settings, environment)
    return settings


def _settings(environment: Mapping[str, str]) -> Settings:
    ask = environment.get
    return Settings(
        stage=ask("STAGE", "production"),
        table_prefix=ask("TABLE_PREFIX", "onetrip-"),
        event_bus=ask("EVENT_BUS", "onetrip-events"),
        region=ask("AWS_REGION") or ask("AWS_DEFAULT_REGION") or "cn-north-1",
        public_url=ask("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        allowed_origins=frozenset(filter(None, ask("ALLOWED_ORIGINS", "").split(","))),
        secrets_file=_path(ask("SECRETS_FILE")),
        secrets_arn=ask("SECRETS_ARN"),
        kms_key_id=ask("KMS_KEY_ID"),
        upload_bucket=ask("UPLOAD_BUCKET", "onetrip-uploads"),
        clock_file=_path(ask("CLOCK_FILE")),
        demonstration=_flag("DEMONSTRATION", ask("DEMONSTRATION", "")),
        identity_authorities=_known_authorities(ask("IDENTITY_AUTHORITIES", "")),
        identity_url=ask("IDENTITY_URL", ""),
        identity_mapping=_path(ask("IDENTITY_MAPPING")),
        message_templates=_path(ask("MESSAGE_TEMPLATES")),
        wechat_host=ask("WECHAT_HOST", "https://api.weixin.qq.com").rstrip("/"),
        wechat_app_id=ask("WECHAT_APP_ID", ""),
        alipay_gateway=ask("ALIPAY_GATEWAY", "https://openapi.alipay.com/gateway.do"),
        alipay_app_id=ask("ALIPAY_APP_ID", ""),
        oidc_issuer=ask("OIDC_ISSUER", ""),
        oidc_audience=ask("OIDC_AUDIENCE", ""),
        oidc_username_claim=ask("OIDC_USERNAME_CLAIM", "sub"),
        courier_trusted_origins=_origins(ask("COURIER_TRUSTED_ORIGINS", "")),
        payment_methods=_methods(ask("PAYMENT_METHODS", _METHODS)),
        shared_accounts=frozenset(ask("SHARED_ACCOUNTS", "").split()),
        stripe_host=ask("STRIPE_HOST", "https://api.stripe.com").rstrip("/"),
        stripe_account=ask("STRIPE_ACCOUNT", ""),
        wechat_pay_host=ask("WECHAT_PAY_HOST", "https://api.mch.weixin.qq.com").rstrip("/"),
        wechat_pay_merchant=ask("WECHAT_PAY_MERCHANT", ""),
        wechat_pay_serial=ask("WECHAT_PAY_SERIAL", ""),
        wechat_pay_public_key_id=ask("WECHAT_PAY_PUBLIC_KEY_ID", ""),
        wechat_pay_public_key_id_old=ask("WECHAT_PAY_PUBLIC_KEY_ID_OLD", ""),
        refund_approval_cents=_whole(environment, "REFUND_APPROVAL_CENTS", "10000"),
        access_token_seconds=_whole(environment, "ACCESS_TOKEN_SECONDS", "900"),
        refresh_token_seconds=_whole(environment, "REFRESH_TOKEN_SECONDS", "2592000"),
        login_attempts_per_minute=_whole(environment, "LOGIN_ATTEMPTS_PER_MINUTE", "120"),
        login_failures_per_five_minutes=_whole(
            environment, "LOGIN_FAILURES_PER_FIVE_MINUTES", "20"
        ),
        question_days=_whole(environment, "QUESTION_DAYS", "1"),
        complaint_days=_whole(environment, "COMPLAINT_DAYS", "5"),
        enquiry_days=_whole(environment, "ENQUIRY_DAYS", "10"),
        enquiries_an_hour=_whole(environment, "ENQUIRIES_AN_HOUR", "60"),
        anonymous_enquiries_an_hour=_whole(environment, "ANONYMOUS_ENQUIRIES_AN_HOUR", "20"),
    )


def _check_stage(settings: Settings, environment: Mapping[str, str]) -> None:
    """Refuse what only a demonstration may have in a stage that does not declare itself one."""
    if settings.demonstration:
        return
    for name in _DEMONSTRATIONS_ONLY:
        if environment.get(name):
            message = f"{name} is for demonstrations only; a real stage refuses it"
            raise SettingsError(message)
    if EMBEDDED in settings.identity_authorities:
        message = "the embedded identity authority believes everyone; a real stage refuses it"
        raise SettingsError(message)
    for name in _ADDRESSES:
        if environment.get(name) and not is_safe(environment[name]):
            message = f"{name} must begin with https:// in a real stage"
            raise SettingsError(message)


def is_safe(url: str) -> bool:
    """Tell whether nobody between here and an address can listen or answer in its place."""
    return url.startswith("https://") or is_on_this_machine(url)


def is_on_this_machine(url: str) -> bool:
    """Tell whether an address is this machine's own, where stand-ins are and no provider is."""
    return urlsplit(url).hostname in _THIS_MACHINE


def _origins(value: str) -> frozenset[str]:
    given = (origin.strip().rstrip("/").lower() for origin in value.split(","))
    return frozenset(filter(None, given))


def _methods(value: str) -> Mapping[tuple[str, str], str]:
    """Read `method/client=provider …`, where a client may be `*`."""
    found = {}
    for pair in value.split():
        served, _, provider = pair.partition("=")
        method, _, client = served.partition("/")
        if not (method and client and provider):
            message = f"PAYMENT_METHODS has {pair!r}; write method/client=provider"
            raise SettingsError(message)
        found[method, client] = provider
    return found


def _path(value: str | None) -> Path | None:
    return Path(value) if value else None


def _known_authorities(value: str) -> tuple[str, ...]:
    unknown = set(value.split()) - _AUTHORITIES
    if unknown:
        message = f"IDENTITY_AUTHORITIES has {', '.join(sorted(unknown))}, which is none"
        raise SettingsError(message)
    return tuple(value.split())


def _flag(name: str, value: str) -> bool:
    if value not in {"", "0", "1"}:
        message = f"{name} is 1 or 0, not {value!r}"
        raise SettingsError(message)
    return value == "1"


def _whole(environment: Mapping[str, str], name: str, default: str) -> int:
    value = environment.get(name, default)
    if not value.isdecimal() or int(value) == 0:
        message = f"{name} must be a whole number above 0, not {value!r}"
        raise SettingsError(message)
    return int(value)


SETTINGS: Final = read(os.environ)
