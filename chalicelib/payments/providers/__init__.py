"""The payment providers; each adapter is imported when it is first used.

A new one is one file beside these and one line in `_MAKERS`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.settings import SETTINGS
from chalicelib.payments.domain.errors import MethodNotServed
from chalicelib.payments.providers.base import Bookkeeper, Provider

_ANY: Final = "*"


def _stripe() -> Provider:
    from chalicelib.payments.providers.stripe import Stripe  # noqa: PLC0415 - cold start.

    return Stripe(
        SETTINGS.stripe_host,
        dependencies.secret("stripe_key"),
        _with_old("stripe_webhook_secret"),
        SETTINGS.public_url,
        SETTINGS.stripe_account or None,
    )


def _wechat_pay() -> Provider:
    from chalicelib.payments.providers.wechat_pay import WechatPay  # noqa: PLC0415 - cold start.
    from chalicelib.payments.providers.wechat_pay_client import Merchant  # noqa: PLC0415

    merchant = Merchant(
        SETTINGS.wechat_pay_merchant,
        SETTINGS.wechat_app_id,
        SETTINGS.wechat_pay_serial,
        dependencies.secret("wechat_pay_private_key"),
        dependencies.secret("wechat_pay_v3_key"),
    )
    ids = [SETTINGS.wechat_pay_public_key_id, SETTINGS.wechat_pay_public_key_id_old]
    keys = dict(zip(ids, _with_old("wechat_pay_public_key"), strict=False))
    return WechatPay(SETTINGS.wechat_pay_host, merchant, keys, _notify("wechat_pay"))


def _alipay() -> Provider:
    from chalicelib.core.alipay_client import AlipayClient  # noqa: PLC0415 - cold start.
    from chalicelib.payments.providers.alipay import Alipay  # noqa: PLC0415 - cold start.

    private = dependencies.secret("alipay_private_key")
    clients = [
        AlipayClient(SETTINGS.alipay_gateway, SETTINGS.alipay_app_id, private, public)
        for public in _with_old("alipay_public_key")
    ]
    return Alipay(clients, SETTINGS.alipay_app_id, _notify("alipay"))


_MAKERS: Final[Mapping[str, Callable[[], Provider]]] = {
    "stripe": _stripe,
    "wechat_pay": _wechat_pay,
    "alipay": _alipay,
}
NAMES: Final = tuple(_MAKERS)


@cache
def provider(name: str) -> Provider:
    """Return an adapter as the settings say; raises KeyError for a name that is none.

    An empty secret raises SettingsError: a signature under it could be forged.
    """
    return _MAKERS[name]()


def in_use() -> list[str]:
    """Return the names of the providers that are served here."""
    return sorted(set(NAMES) & set(SETTINGS.payment_methods.values()))


def bookkeeper(name: str, day: date, now: datetime) -> Bookkeeper | None:
    """Return the provider if it lists what moved on a day; None where it does not, or not yet."""
    adapter = provider(name)
    if not isinstance(adapter, Bookkeeper):
        return None
    over = datetime.combine(day + timedelta(days=1), time(), OFFICE_ZONE)
    return adapter if over + adapter.lists_after <= now else None


def serving(method: str, client: str) -> str:
    """Return the name of the provider of a method on a client; raises MethodNotServed."""
    served = SETTINGS.payment_methods
    name = served.get((method, client)) or served.get((method, _ANY))
    if name is None or name not in _MAKERS:
        raise MethodNotServed
    return name


def _with_old(name: str) -> list[str]:
    """Return a secret, and after it the old one while it is being rotated."""
    old = dependencies.secrets().get(f"{name}_old")
    return [dependencies.secret(name), *([str(old)] if old else [])]


def _notify(name: str) -> str:
    return f"{SETTINGS.public_url}/v1/webhooks/payments/{name}"
