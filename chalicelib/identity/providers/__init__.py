"""The platforms by which citizens log in; each adapter is imported when it is first used."""

from functools import cache
from typing import TYPE_CHECKING

from chalicelib.core import dependencies
from chalicelib.core.errors import NotFound
from chalicelib.core.settings import EMBEDDED, HTTP, SETTINGS
from chalicelib.identity.domain import InvalidLoginCode
from chalicelib.identity.providers.base import (
    GuardianRegister,
    IdentityAuthority,
    LoginProvider,
    StaffDirectory,
)

if TYPE_CHECKING:
    from chalicelib.core.alipay_client import AlipayClient


@cache
def login_provider(platform: str) -> LoginProvider:
    """Return the adapter of a platform as the settings say."""
    if platform == "wechat":
        from chalicelib.identity.providers.wechat import Wechat  # noqa: PLC0415 - cold start.

        secret = dependencies.secret("wechat_secret")
        return Wechat(SETTINGS.wechat_host, SETTINGS.wechat_app_id, secret)
    if platform == "alipay":
        from chalicelib.identity.providers.alipay import Alipay  # noqa: PLC0415 - cold start.

        return Alipay(_alipay_client())
    if SETTINGS.demonstration:
        from chalicelib.identity.providers.demo import Demo  # noqa: PLC0415 - cold start.

        return Demo()
    raise InvalidLoginCode


@cache
def staff_directory() -> StaffDirectory:
    """Return the city's own directory of staff; raises NotFound where the settings name none."""
    if not SETTINGS.oidc_issuer:
        raise NotFound
    from chalicelib.identity.providers.oidc import Oidc  # noqa: PLC0415 - cold start.

    return Oidc(SETTINGS.oidc_issuer, SETTINGS.oidc_audience, SETTINGS.oidc_username_claim)


@cache
def identity_authority() -> IdentityAuthority | None:
    """Return who confirms names and numbers as the settings say; None where only platforms do."""
    if HTTP in SETTINGS.identity_authorities:
        from chalicelib.identity.providers import http_authority  # noqa: PLC0415 - cold start.

        text = SETTINGS.identity_mapping.read_text() if SETTINGS.identity_mapping else ""
        mapping = http_authority.read_mapping(text)
        key = dependencies.secret("identity_key").encode()
        return http_authority.HttpAuthority(SETTINGS.identity_url, mapping, key)
    if EMBEDDED in SETTINGS.identity_authorities:
        from chalicelib.identity.providers.demo import EmbeddedIdentity  # noqa: PLC0415 - as above.

        return EmbeddedIdentity()
    return None


@cache
def platform_authority(platform: str | None) -> IdentityAuthority | None:
    """Return the platform's own real-name result, where the settings say that it is believed."""
    if platform not in SETTINGS.identity_authorities:
        return None
    if platform == "wechat":
        from chalicelib.identity.providers.wechat_real_name import (  # noqa: PLC0415 - cold start.
            WechatRealName,
        )

        secret = dependencies.secret("wechat_secret")
        return WechatRealName(SETTINGS.wechat_host, SETTINGS.wechat_app_id, secret)
    if platform == "alipay":
        from chalicelib.identity.providers.alipay_real_name import (  # noqa: PLC0415 - cold start.
            AlipayRealName,
        )

        return AlipayRealName(_alipay_client())
    return None


def _alipay_client() -> "AlipayClient":
    from chalicelib.core.alipay_client import AlipayClient  # noqa: PLC0415 - cold start.

    return AlipayClient(
        SETTINGS.alipay_gateway,
        SETTINGS.alipay_app_id,
        dependencies.secret("alipay_private_key"),
        dependencies.secret("alipay_public_key"),
    )


@cache
def guardian_register() -> GuardianRegister | None:
    """Return who confirms guardians; None where only their own consent makes anybody one."""
    if not SETTINGS.demonstration:
        return None
    from chalicelib.identity.providers.demo import EmbeddedIdentity  # noqa: PLC0415 - cold start.

    return EmbeddedIdentity()
