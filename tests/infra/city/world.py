"""The moment at which the months of these tests end."""

from datetime import datetime

from chalicelib.core.clock import OFFICE_ZONE

NOON = datetime(2026, 11, 29, 12, tzinfo=OFFICE_ZONE)
