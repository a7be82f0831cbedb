"""The routes of citizens, staff and everyone, each in a module that is loaded with the room."""

from chalicelib.enquiries.api import citizen, everyone, staff, steps

__all__ = ["citizen", "everyone", "staff", "steps"]
