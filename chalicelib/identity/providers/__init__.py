"""The platforms by which citizens log in; each adapter is imported when it is first used."""

from functools import cache

from chalicelib.core import dependencies
from chalicelib.core.errors import NotFound
from chalicelib.core.settings import EMBEDDED, SETTINGS
from chalicelib.identity.domain import InvalidLoginCode, ProviderUnavailable
from chalicelib.identity.providers.base import IdentityAuthority, LoginProvider, StaffDirectory


@cache
def login_provider(platform: str) -> LoginProvider:
    """Return the adapter of a platform as the settings say."""
    if platform == "wechat":
        from chalicelib.identity.providers.wechat import Wechat  # noqa: PLC0415 - cold start.

        secret = dependencies.secret("wechat_secret")
        return Wechat(SETTINGS.wechat_host, SETTINGS.wechat_app_id, secret)
    if platform == "alipay":
        from chalicelib.core.alipay_client import AlipayClient  # noqa: PLC0415 - cold start.
        from chalicelib.identity.providers.alipay import Alipay  # noqa: PLC0415 - cold start.

        return Alipay(
            AlipayClient(
                SETTINGS.alipay_gateway,
                SETTINGS.alipay_app_id,
                dependencies.secret("alipay_private_key"),
                dependencies.secret("alipay_public_key"),
            )
        )
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
def identity_authority() -> IdentityAuthority:
    """Return who confirms identities, as the settings say; raises ProviderUnavailable without."""
    if EMBEDDED not in SETTINGS.identity_authorities:
        raise ProviderUnavailable(retry_after=3600)
    from chalicelib.identity.providers.demo import EmbeddedIdentity  # noqa: PLC0415 - cold start.

    return EmbeddedIdentity()
