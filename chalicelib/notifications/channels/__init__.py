"""The channels beside the inbox; each adapter is imported when it is first used.

Which template of a platform shows which subscription's notices is a city's own: it registers its
templates with the platforms and writes their ids into the file that MESSAGE_TEMPLATES names, see
docs/notifications.md. Without the file there is the inbox alone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from chalicelib.core import aws, dependencies
from chalicelib.core.settings import SETTINGS, SettingsError
from chalicelib.notifications.channels.base import Channel, TextService
from chalicelib.notifications.domain import SUBSCRIPTIONS
from chalicelib.notifications.domain.kinds import CODE, PLATFORMS, TEXTS, fits


@dataclass(frozen=True, slots=True)
class Registered:
    """A platform's template: its id, where a tap leads, and which value fills which field."""

    template_id: str
    page: str
    fields: Mapping[str, str]


Registry = Mapping[str, Mapping[str, Registered]]


def platform_of(platform: str | None) -> str | None:
    """Return on which platform's channel an account is reached; the demonstration's is WeChat's."""
    if platform == "demo":
        return "wechat" if SETTINGS.demonstration else None
    return platform


def registered(platform: str | None, subscription: str) -> Registered | None:
    """Return the template that a platform shows a subscription's notices with."""
    return registry().get(platform_of(platform) or "", {}).get(subscription)


def subscription_of(platform: str | None, template_id: str) -> str | None:
    """Return which subscription a platform's template stands for."""
    known = registry().get(platform_of(platform) or "", {})
    return next((name for name, found in known.items() if found.template_id == template_id), None)


@cache
def registry() -> Registry:
    """Return the templates that the city registered; raises SettingsError."""
    if SETTINGS.message_templates is None:
        return {}
    return read(json.loads(SETTINGS.message_templates.read_text()))


def read(given: Mapping[str, Any]) -> Registry:
    """Read a city's templates; raises SettingsError for what no notice could fill."""
    return {
        platform: {name: _registered(platform, name, one) for name, one in templates.items()}
        for platform, templates in given.items()
    }


def _registered(platform: str, name: str, given: Mapping[str, Any]) -> Registered:
    known = (*SUBSCRIPTIONS, CODE) if platform in TEXTS else SUBSCRIPTIONS
    if platform not in PLATFORMS or name not in known:
        message = f"message templates: there is no {platform}/{name}"
        raise SettingsError(message)
    try:
        filled = {field: str(value) for field, value in given["fields"].items()}
        found = Registered(given["template_id"], given["page"], filled)
        found.page.format(subject="")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        message = f"message templates: {platform}/{name} is not complete: {error!r}"
        raise SettingsError(message) from error
    for field, value in found.fields.items():
        if not fits(platform, name, field, value):
            message = f"message templates: {platform}/{name} cannot fill {field} with {value}"
            raise SettingsError(message)
    return found


@cache
def channel(platform: str) -> Channel:
    """Return the adapter of a platform, `wechat` or `alipay`."""
    if platform == "wechat":
        from chalicelib.notifications.channels.wechat import Wechat  # noqa: PLC0415 - cold start.

        return Wechat(
            SETTINGS.wechat_host, SETTINGS.wechat_app_id, dependencies.secret("wechat_secret")
        )
    from chalicelib.core.alipay_client import AlipayClient  # noqa: PLC0415 - cold start.
    from chalicelib.notifications.channels.alipay import Alipay  # noqa: PLC0415 - cold start.

    return Alipay(
        AlipayClient(
            SETTINGS.alipay_gateway,
            SETTINGS.alipay_app_id,
            dependencies.secret("alipay_private_key"),
            dependencies.secret("alipay_public_key"),
        )
    )


@cache
def text_service(channel: str) -> TextService | None:
    """Return what sends for `sms` or `email`; None where the stage has none."""
    if channel == "email":
        return _mail() if SETTINGS.mail_sender else None
    return _sms() if SETTINGS.sms_provider else None


def text_template(channel: str, name: str) -> Registered | None:
    """Return the template by which a channel says a subscription's notices, or a code.

    Mail has no templates. None where the stage has no such channel or no template of the name.
    """
    service = text_service(channel)
    if service is None:
        return None
    if channel == "email":
        return Registered("", "", {})
    return registry().get(service.name, {}).get(name)


def _sms() -> TextService:
    key = dependencies.secret("sms_key_id"), dependencies.secret("sms_key_secret")
    sign_name = SETTINGS.sms_sign_name
    if SETTINGS.sms_provider == "tencent":
        from chalicelib.notifications.channels import tencent_sms  # noqa: PLC0415 - cold start.

        host = SETTINGS.sms_host or tencent_sms.HOST
        return tencent_sms.TencentSms(host, key, SETTINGS.sms_app_id, sign_name)
    from chalicelib.notifications.channels import alibaba_sms  # noqa: PLC0415 - cold start.

    return alibaba_sms.AlibabaSms(SETTINGS.sms_host or alibaba_sms.HOST, key, sign_name)


def _mail() -> TextService:
    from chalicelib.notifications.channels.ses import Ses  # noqa: PLC0415 - cold start.

    client = aws.asked_once("sesv2", SETTINGS.mail_region, SETTINGS.mail_host)
    return Ses(client, SETTINGS.mail_sender)


# What is wrong in the file stops the start, not the first message.
registry()
