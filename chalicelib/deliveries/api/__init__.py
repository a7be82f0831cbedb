"""The routes of citizens, staff and couriers, each in a module that is loaded with the room."""

from chalicelib.deliveries.api import citizen, staff, tracking

__all__ = ["citizen", "staff", "tracking"]
