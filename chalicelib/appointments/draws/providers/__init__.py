"""The beacon of this stage; its adapter is imported when it is first used."""

from functools import cache

from chalicelib.appointments.draws.providers.base import Beacon
from chalicelib.core.settings import DRAND, EMBEDDED, SETTINGS
from chalicelib.identity.domain import ProviderUnavailable


def has_beacon() -> bool:
    """Tell whether the settings name a beacon; without one no draw can be proven."""
    return bool(SETTINGS.draw_beacon)


@cache
def beacon() -> Beacon:
    """Return the beacon that the settings name; raises ProviderUnavailable where there is none."""
    if SETTINGS.draw_beacon == DRAND:
        from chalicelib.appointments.draws.providers.drand import (  # noqa: PLC0415 - cold start.
            DrandBeacon,
        )

        return DrandBeacon(SETTINGS.draw_beacon_url)
    if SETTINGS.draw_beacon == EMBEDDED:
        from chalicelib.appointments.draws.providers.embedded import (  # noqa: PLC0415 - cold start.
            EmbeddedBeacon,
        )

        return EmbeddedBeacon()
    raise ProviderUnavailable(retry_after=3600)
