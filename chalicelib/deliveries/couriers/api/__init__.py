"""The routes of staff for couriers, each subject in a module that is loaded with the room."""

from chalicelib.deliveries.couriers.api import accounts, messages

__all__ = ["accounts", "messages"]
