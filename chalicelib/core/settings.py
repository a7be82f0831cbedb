"""The settings, read once: the only reader of the environment."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

_METHODS: Final = (
    "wechat_pay/wechat_mini=wechat_pay alipay/alipay_mini=alipay card/*=stripe "
    "wechat_pay/web=stripe wechat_pay/kiosk=stripe alipay/web=stripe alipay/kiosk=stripe"
)

Network = IPv4Network | IPv6Network

EMBEDDED: Final = "embedded"
HTTP: Final = "http"
DRAND: Final = "drand"
_AUTHORITIES: Final = frozenset({EMBEDDED, HTTP, "alipay", "wechat"})
_THIS_MACHINE: Final = ("127.0.0.1", "localhost", "::1")
# DEMO_LOGIN was how a stage let everybody in before demonstrations declared themselves.
_DEMONSTRATIONS_ONLY: Final = (
    *("DEMO_LOGIN", "CLOCK_FILE", "COURIER_TRUSTED_ORIGINS", "DEMONSTRATION_DATA"),
)
_SMS_PROVIDERS: Final = ("alibaba", "tencent")
_ADDRESSES: Final = (
    *(
        "ALIPAY_GATEWAY",
        "ASSISTANT_MODEL_URL",
        "BUSINESS_REGISTER_URL",
        "DRAW_BEACON_URL",
        "IDENTITY_URL",
        "OIDC_ISSUER",
    ),
    *("MAIL_HOST", "REGISTERS_URL", "SMS_HOST", "STRIPE_HOST", "WECHAT_HOST", "WECHAT_PAY_HOST"),
)


class SettingsError(Exception):
    """The settings contradict each other; the process must not start."""


def _text(_: str, value: str) -> str:
    return value


def _url(_: str, value: str) -> str:
    return value.rstrip("/")


def _optional(_: str, value: str) -> str | None:
    return value or None


def _path(_: str, value: str) -> Path | None:
    return Path(value) if value else None


def _words(_: str, value: str) -> frozenset[str]:
    return frozenset(value.split())


def _origins(_: str, value: str) -> frozenset[str]:
    return frozenset(filter(None, (one.strip().rstrip("/").lower() for one in value.split(","))))


def _methods(name: str, value: str) -> Mapping[tuple[str, str], str]:
    """Read `method/client=provider …`, where a client may be `*`."""
    methods = {}
    for pair in value.split():
        served, _, provider = pair.partition("=")
        method, _, client = served.partition("/")
        if not (method and client and provider):
            message = f"{name} has {pair!r}; write method/client=provider"
            raise SettingsError(message)
        methods[method, client] = provider
    return methods


def _known_authorities(name: str, value: str) -> tuple[str, ...]:
    unknown = set(value.split()) - _AUTHORITIES
    if unknown:
        message = f"{name} has {', '.join(sorted(unknown))}, which is none"
        raise SettingsError(message)
    return tuple(value.split())


def _known_register(name: str, value: str) -> str:
    if value not in {"", EMBEDDED, HTTP}:
        message = f"{name} is {EMBEDDED}, {HTTP} or nothing, not {value!r}"
        raise SettingsError(message)
    return value


def _known_beacon(name: str, value: str) -> str:
    if value not in {"", EMBEDDED, DRAND}:
        message = f"{name} is {EMBEDDED}, {DRAND} or nothing, not {value!r}"
        raise SettingsError(message)
    return value


def _known_sms(name: str, value: str) -> str:
    if value and value not in _SMS_PROVIDERS:
        message = f"{name} is {' or '.join(_SMS_PROVIDERS)} or nothing, not {value!r}"
        raise SettingsError(message)
    return value


def _flag(name: str, value: str) -> bool:
    if value not in {"", "0", "1"}:
        message = f"{name} is 1 or 0, not {value!r}"
        raise SettingsError(message)
    return value == "1"


def _networks(name: str, value: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(one) for one in value.split())
    except ValueError as error:
        message = f"{name} must be networks like 10.0.0.0/8, with spaces between: {error}"
        raise SettingsError(message) from error


def _whole(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) == 0:
        message = f"{name} must be a whole number above 0, not {value!r}"
        raise SettingsError(message)
    return int(value)


def _setting(
    default: str = "", parse: Callable[[str, str], object] = _text, *, names: tuple[str, ...] = ()
) -> Any:
    """Declare a setting: the first of the variables `names`, else the field's name in capitals."""
    return field(metadata={"default": default, "parse": parse, "names": names})


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from stage to stage; secrets themselves are loaded by `core.dependencies`."""

    stage: str = _setting("production")
    table_prefix: str = _setting("onetrip-")
    event_bus: str = _setting("onetrip-events")
    region: str = _setting("cn-north-1", names=("AWS_REGION", "AWS_DEFAULT_REGION"))
    public_url: str = _setting("http://127.0.0.1:8000", _url)
    allowed_origins: frozenset[str] = _setting(parse=_origins)
    secrets_file: Path | None = _setting(parse=_path)
    secrets_arn: str | None = _setting(parse=_optional)
    kms_key_id: str | None = _setting(parse=_optional)
    audit_kms_key_id: str | None = _setting(parse=_optional)
    audit_key_ids: frozenset[str] = _setting(parse=_words)
    anchor_bucket: str = _setting("onetrip-anchors")
    anchor_retention_days: int = _setting("3650", _whole)
    export_bucket: str = _setting("onetrip-exports")
    export_bus: str | None = _setting(parse=_optional)
    upload_bucket: str = _setting("onetrip-uploads")
    index_buckets: int = _setting("64", _whole)
    # While a release runs beside that knows keys in profiles alone.
    keys_in_profiles: bool = _setting(parse=_flag)
    # While one runs beside that takes a note of a key for a booking or a payment.
    keys_noted_apart: bool = _setting(parse=_flag)
    clock_file: Path | None = _setting(parse=_path)
    demonstration: bool = _setting(parse=_flag)
    identity_authorities: tuple[str, ...] = _setting(parse=_known_authorities)
    identity_url: str = _setting()
    identity_mapping: Path | None = _setting(parse=_path)
    business_register: str = _setting(parse=_known_register)
    business_register_url: str = _setting()
    registers: str = _setting(parse=_known_register)
    registers_url: str = _setting(parse=_url)
    draw_beacon: str = _setting(parse=_known_beacon)
    draw_beacon_url: str = _setting("", _url)
    message_templates: Path | None = _setting(parse=_path)
    wechat_host: str = _setting("https://api.weixin.qq.com", _url)
    wechat_app_id: str = _setting()
    wechat_soter: bool = _setting(parse=_flag)
    alipay_gateway: str = _setting("https://openapi.alipay.com/gateway.do")
    alipay_app_id: str = _setting()
    sms_provider: str = _setting(parse=_known_sms)
    sms_host: str = _setting("", _url)
    sms_sign_name: str = _setting()
    sms_app_id: str = _setting()
    sms_price_mills: int = _setting("45", _whole)
    mail_sender: str = _setting()
    mail_region: str = _setting()
    mail_host: str = _setting("", _url)
    mail_price_mills: int = _setting("1", _whole)
    codes_a_day: int = _setting("20000", _whole)
    codes_a_source_an_hour: int = _setting("60", _whole)
    oidc_issuer: str = _setting()
    oidc_audience: str = _setting()
    oidc_username_claim: str = _setting("sub")
    courier_trusted_origins: frozenset[str] = _setting(parse=_origins)
    payment_methods: Mapping[tuple[str, str], str] = _setting(_METHODS, _methods)
    shared_accounts: frozenset[str] = _setting(parse=_words)
    stripe_host: str = _setting("https://api.stripe.com", _url)
    stripe_account: str = _setting()
    wechat_pay_host: str = _setting("https://api.mch.weixin.qq.com", _url)
    wechat_pay_merchant: str = _setting()
    wechat_pay_serial: str = _setting()
    wechat_pay_public_key_id: str = _setting()
    wechat_pay_public_key_id_old: str = _setting()
    refund_approval_cents: int = _setting("10000", _whole)
    access_token_seconds: int = _setting("900", _whole)
    refresh_token_seconds: int = _setting("2592000", _whole)
    # How many times wider limits of a network address are, as carriers put many people behind one.
    address_shared_by: int = _setting("1", _whole)
    trusted_proxies: tuple[Network, ...] = _setting(parse=_networks)
    login_attempts_per_minute: int = _setting("120", _whole)
    login_failures_per_five_minutes: int = _setting("20", _whole)
    machine_sample: int = _setting("50", _whole)
    question_days: int = _setting("1", _whole)
    complaint_days: int = _setting("5", _whole)
    enquiry_days: int = _setting("10", _whole)
    enquiries_an_hour: int = _setting("60", _whole)
    anonymous_enquiries_an_hour: int = _setting("20", _whole)
    assistant_questions_a_minute: int = _setting("120", _whole)
    assistant_model_url: str = _setting(parse=_url)

    def queue(self, name: str) -> str:
        """Return the name of a queue in this stage."""
        return f"{self.table_prefix}{name}"


def read(environment: Mapping[str, str]) -> Settings:
    """Make the settings of an environment, or raise SettingsError."""
    settings = Settings(
        **{one.name: _value(one.name, one.metadata, environment) for one in fields(Settings)}
    )
    if settings.oidc_issuer and not settings.oidc_audience:
        message = "OIDC_ISSUER needs OIDC_AUDIENCE: a token for others must not open our door"
        raise SettingsError(message)
    is_told = settings.identity_url and settings.identity_mapping
    if HTTP in settings.identity_authorities and not is_told:
        message = "the identity authority http needs IDENTITY_URL and IDENTITY_MAPPING"
        raise SettingsError(message)
    if settings.business_register == HTTP and not settings.business_register_url:
        message = "the business register http needs BUSINESS_REGISTER_URL"
        raise SettingsError(message)
    if settings.registers == HTTP and not settings.registers_url:
        message = "the registers http need REGISTERS_URL"
        raise SettingsError(message)
    if settings.draw_beacon == DRAND and not settings.draw_beacon_url:
        message = "the beacon drand needs DRAW_BEACON_URL"
        raise SettingsError(message)
    if settings.sms_provider and not settings.sms_sign_name:
        message = f"the SMS service {settings.sms_provider} needs SMS_SIGN_NAME"
        raise SettingsError(message)
    if settings.sms_provider == "tencent" and not settings.sms_app_id:
        message = "the SMS service tencent needs SMS_APP_ID"
        raise SettingsError(message)
    _check_stage(settings, environment)
    return settings


def _value(field_name: str, declared: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    names = declared["names"] or (field_name.upper(),)
    name = next((one for one in names if one in environment), names[0])
    return declared["parse"](name, environment.get(name, declared["default"]))


def _check_stage(settings: Settings, environment: Mapping[str, str]) -> None:
    """Refuse what only a demonstration may have in a stage that does not declare itself one."""
    if settings.demonstration:
        return
    for name in _DEMONSTRATIONS_ONLY:
        if environment.get(name):
            message = f"{name} is for demonstrations only; a real stage refuses it"
            raise SettingsError(message)
    others = (settings.business_register, settings.registers, settings.draw_beacon)
    if EMBEDDED in (*settings.identity_authorities, *others):
        message = "what is embedded believes everyone; a real stage refuses it"
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


SETTINGS: Final = read(os.environ)
