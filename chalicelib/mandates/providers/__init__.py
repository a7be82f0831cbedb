"""The business register; the adapter is imported when it is first used."""

from functools import cache

from chalicelib.core import dependencies
from chalicelib.core.settings import EMBEDDED, HTTP, SETTINGS
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.mandates.providers.base import BusinessRegister


@cache
def business_register() -> BusinessRegister:
    """Return the register as the settings say; raises ProviderUnavailable where there is none."""
    if SETTINGS.business_register == HTTP:
        from chalicelib.mandates.providers.http_register import (  # noqa: PLC0415 - cold start.
            HttpBusinessRegister,
        )

        key = dependencies.secret("business_register_key").encode()
        return HttpBusinessRegister(SETTINGS.business_register_url, key)
    if SETTINGS.business_register == EMBEDDED:
        from chalicelib.mandates.providers.embedded import (  # noqa: PLC0415 - cold start.
            EmbeddedBusinessRegister,
        )

        return EmbeddedBusinessRegister()
    raise ProviderUnavailable(retry_after=3600)
