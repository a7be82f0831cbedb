"""The registers of other offices; the adapter is imported when it is first used."""

from functools import cache

from chalicelib.core import dependencies
from chalicelib.core.settings import EMBEDDED, HTTP, SETTINGS
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.registers.providers.base import OfficeRegister


@cache
def office_register() -> OfficeRegister:
    """Return who answers for registers, by the settings; raises ProviderUnavailable for nobody."""
    if SETTINGS.registers == HTTP:
        from chalicelib.registers.providers.http_register import (  # noqa: PLC0415 - cold start.
            HttpOfficeRegister,
        )

        key = dependencies.secret("registers_key").encode()
        return HttpOfficeRegister(SETTINGS.registers_url, key)
    if SETTINGS.registers == EMBEDDED:
        from chalicelib.registers.providers.embedded import (  # noqa: PLC0415 - cold start.
            EmbeddedOfficeRegister,
        )

        return EmbeddedOfficeRegister()
    raise ProviderUnavailable(retry_after=3600)
