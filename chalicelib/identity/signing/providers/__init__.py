"""What verifies factors that the house does not; each is imported when it is first used."""

from functools import cache
from typing import TYPE_CHECKING

from chalicelib.core import dependencies
from chalicelib.core.settings import SETTINGS

if TYPE_CHECKING:
    from chalicelib.identity.signing.providers.soter import WechatSoter


@cache
def soter_verifier() -> "WechatSoter | None":
    """Return who verifies what phones sign by SOTER; None where the stage does not offer it."""
    if not SETTINGS.wechat_soter:
        return None
    from chalicelib.identity.signing.providers.soter import (  # noqa: PLC0415 - cold start.
        WechatSoter,
    )

    secret = dependencies.secret("wechat_secret")
    return WechatSoter(SETTINGS.wechat_host, SETTINGS.wechat_app_id, secret)
