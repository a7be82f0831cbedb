"""The routes of holders, staff and everyone, each in a module that is loaded with the room."""

from chalicelib.certificates.api import citizen, everyone, presentations, staff

__all__ = ["citizen", "everyone", "presentations", "staff"]
